import itertools

import pytest

from carnet.crypto.group import N
from carnet.crypto.transcript import Transcript


def heard(protocol=b"p", said=((b"a", b"b"),)):
    on = Transcript(protocol)
    for label, message in said:
        on.say(label, message)
    return on


def test_the_same_words_give_the_same_answers():
    assert heard().ask(b"c", 100) == heard().ask(b"c", 100)


def test_no_two_ways_to_cut_the_same_bytes_agree():
    conversations = [
        heard(b"p", [(b"a", b"b")]),
        heard(b"pa", [(b"", b"b")]),
        heard(b"p", [(b"ab", b"")]),
        heard(b"p", [(b"", b"ab")]),
        heard(b"p", [(b"a", b""), (b"b", b"")]),
        heard(b"p", [(b"a", b""), (b"", b"b")]),
        heard(b"p", [(b"a", b"b"), (b"", b"")]),
        heard(b"p", []),
    ]
    answers = [on.ask(b"c", 32) for on in conversations]
    assert len(set(answers)) == len(answers)


def test_order_matters():
    pairs = [(b"a", b"1"), (b"b", b"2"), (b"c", b"3")]
    answers = {heard(said=order).ask(b"c", 32) for order in itertools.permutations(pairs)}
    assert len(answers) == 6


def test_asking_is_not_saying():
    asked, said = heard(), heard()
    asked.ask(b"x", 4)
    said.say(b"x", (4).to_bytes(4, "big"))
    assert asked.ask(b"c", 32) != said.ask(b"c", 32)


def test_label_and_length_of_a_question_are_bound():
    assert heard().ask(b"c", 32) != heard().ask(b"d", 32)
    assert heard().ask(b"c", 64)[:32] != heard().ask(b"c", 32)


@pytest.mark.parametrize("length", [0, 1, 63, 64, 65, 200])
def test_an_answer_has_the_length_asked_for(length):
    assert len(heard().ask(b"c", length)) == length


def test_a_clone_goes_its_own_way():
    on = heard()
    other = on.clone()
    other.say(b"more", b"")
    assert on.ask(b"c", 32) == heard().ask(b"c", 32)
    assert other.ask(b"c", 32) != heard().ask(b"c", 32)


def test_a_challenge_is_a_scalar_other_than_zero(monkeypatch):
    assert 0 < heard().challenge(b"c") < N
    monkeypatch.setattr(Transcript, "ask", lambda *_: (N - 1).to_bytes(64, "big"))
    assert heard().challenge(b"c") == 1
    monkeypatch.setattr(Transcript, "ask", lambda *_: (N - 2).to_bytes(64, "big"))
    assert heard().challenge(b"c") == N - 1
