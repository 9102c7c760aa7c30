"""The maker of mutants makes what it says; every survivor has a reason, and is a mutant."""

import ast

from mutation.__main__ import all_mutants, reasons
from mutation.operators import mutants

SOURCE = '''
def verify(proof, on, limit):
    """A docstring is left alone."""
    if not 0 <= limit < 8:
        raise UsageError("so is the text of a mistake")
    on.say(b"limit", limit).say(b"proof", proof)
    return [limit + 1, -limit, *proof[1:]]
'''


def made(tmp_path):
    file = tmp_path / "example.py"
    file.write_text(SOURCE)
    return {each.name: each for each in mutants(file, "example.py", wanted=lambda _name: True)}


def test_every_kind_of_change_is_made(tmp_path):
    names = list(made(tmp_path))
    for text in (
        "not 0 <= limit < 8 -> 0 <= limit < 8",
        "0 <= limit < 8 -> 0 <= limit <= 8",
        "raise UsageError('so is the text of a mistake') -> pass",
        "on.say(b'limit', limit).say(b'proof', proof) -> on.say(b'limit', limit)",
        "on.say(b'limit', limit) -> on",
        "b'limit' -> b'limit~'",
        "limit + 1 -> limit - 1",
        "limit + 1 -> nothing",
        "-limit -> limit",
        "1: -> :",
    ):
        assert any(name.endswith(f": {text}") for name in names), text
    assert not any("docstring" in name or "mistake~" in name for name in names)


def test_every_mutant_differs_from_what_it_was_made_of_and_from_the_others(tmp_path):
    whole = compile(ast.parse(SOURCE), str(tmp_path / "example.py"), "exec").co_consts[0]
    codes = [each.code for each in made(tmp_path).values()]
    assert None not in codes
    assert whole not in codes


def test_every_reason_is_given_for_mutants_that_there_are():
    names = {each.name for each in all_mutants(compiled=False)}
    assert sorted(reasons().keys() - names) == []
    assert all(len(reason) > 20 for reason in reasons().values())
