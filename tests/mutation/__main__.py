"""Change the verifiers, one place at a time, and see whether a test fails: `make mutants`.

The tests are collected once, and run once to learn which of them reach which function. Each mutant then lives in a
process of its own, a copy of the first, in which the function's code is exchanged and just those tests are run, the
quickest first. Ends with 1 for a survivor without a reason in survivors.toml, or a reason without its survivor.
"""

import argparse
import ast
import importlib
import inspect
import os
import pickle
import resource
import select
import sys
import time
import tomllib
import traceback
from bisect import bisect_right
from collections import Counter
from contextlib import suppress
from itertools import accumulate
from pathlib import Path

import pytest

from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from mutation.operators import code_of, functions, mutants
from mutation.scope import BUDGET_S, CHOSEN, CORE, ROOT, TESTS, files

SURVIVORS = Path(__file__).with_name("survivors.toml")
KILLED, SURVIVED, NEVER, BROKEN = "killed", "survived", "unreached", "broken"
LIMIT_S = 10 * BUDGET_S
"""How much processor time one mutant may take: what never ends is noticed too."""
LIMIT_BYTES = 2 << 30
"""How much memory it may take."""
GENERATORS = 512
"""How many of either family the tests need."""


def all_mutants(chosen=(), *, compiled=True):
    """Return every mutant of the files whose path holds one of *chosen*."""
    for path, wanted in files().items():
        label = path.relative_to(CORE).as_posix()
        if not chosen or any(each in label for each in chosen):
            yield from mutants(path, label, wanted=wanted, compiled=compiled)


def reasons():
    """Return why each survivor that is accepted may live."""
    said = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")) if SURVIVORS.exists() else {}
    return {mutant: group["reason"] for group in said.get("survivor", []) for mutant in group["mutants"]}


# --- exchanging code -------------------------------------------------------------------------------------------------


def held(module, function):
    """Return the function called *function* in *module*, whatever is wrapped around it."""
    owner = module
    *classes, name = function.split(".")
    for each in classes:
        owner = vars(owner)[each]
    value = vars(owner)[name]
    value = getattr(value, "fget", None) or getattr(value, "__func__", value)
    return inspect.unwrap(value)


def module_of(path):
    parts = path.relative_to(CORE.parent).with_suffix("").parts
    return importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))


def exchange(mutant):
    held(module_of(mutant.file), mutant.function).__code__ = mutant.code


def probe(file, function, hits):
    """Have *function* say in *hits* that it was called."""
    module = module_of(file)
    vars(module)["__hits__"] = hits
    tree = ast.parse(file.read_text(encoding="utf-8"))
    node = dict(functions(tree))[function]
    node.body.insert(0, ast.parse(f"__hits__.add((__hits_file__, {function!r}))").body[0])
    vars(module)["__hits_file__"] = file
    held(module, function).__code__ = code_of(tree, file, function)


# --- within pytest ---------------------------------------------------------------------------------------------------


class Runner:
    """Takes the place of pytest's loop over the tests."""

    def __init__(self, asked):
        self.asked = asked
        self.found = {}
        self.killers = []  # numbers of tests that killed a mutant, the last one first: they tend to kill again

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self):
        """Draw few examples, and the same ones each time."""
        from hypothesis import HealthCheck, settings

        unhurried = {"deadline": None, "suppress_health_check": list(HealthCheck)}
        settings.register_profile("mutants", max_examples=10, derandomize=True, database=None, **unhurried)
        settings.load_profile("mutants")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        if session.testsfailed:
            raise session.Interrupted(f"{session.testsfailed} errors during collection")
        chosen = [each for each in all_mutants(self.asked.files) if self._is_asked_for(each.name)]
        print(f"{len(session.items)} tests, {len(chosen)} mutants", flush=True)
        bases(group()).vectors(GENERATORS)  # a second's work, of which every process has a copy then
        reached, seconds = self._learn(session, {(each.file, each.function) for each in chosen})
        waiting = [(each, reached[each.file, each.function]) for each in chosen]
        running = {}
        while waiting or running:
            while waiting and len(running) < self.asked.jobs:
                mutant, tests = waiting.pop(0)
                if not tests:
                    self._note(mutant, NEVER)
                    continue
                first = [at for at in self.killers if at in tests][:10]
                quickest = sorted(tests.difference(first), key=lambda at: seconds[at])
                order = [*first, *_within_budget(quickest, seconds)]
                process = _forked(lambda mutant=mutant, order=order: _judge(session, mutant, order))
                running[process[1]] = (process[0], mutant)
            self._collect(running)
        return True

    def _is_asked_for(self, name):
        return self.asked.only in name and (not self.asked.named or any(name in line for line in self.asked.named))

    def _learn(self, session, functions):
        """Run every test once; return which reach which of *functions*, and how long each takes."""

        def work():
            hits = set()
            resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))  # which is plenty for them all
            for file, name in functions:
                probe(file, name, hits)
            reached, seconds, failed = {each: set() for each in functions}, [], []
            for at, item in enumerate(session.items):
                hits.clear()
                started = time.process_time()
                if not _passes(session, item, session.items[at + 1 : at + 2]):
                    failed.append(item.nodeid)
                seconds.append(time.process_time() - started)
                for each in hits:
                    reached[each].add(at)
            return reached, seconds, failed

        pid, pipe = _forked(work)
        with os.fdopen(pipe, "rb") as answer:
            status, (reached, seconds, failed) = pickle.load(answer)  # noqa: S301 - our own child's
        os.waitpid(pid, 0)
        assert status == "ok"
        if failed:
            raise session.Interrupted(f"without any change, these fail: {failed}")
        print(f"the tests take {sum(seconds):.0f} s", flush=True)
        return reached, seconds

    def _collect(self, running):
        """Take the answers that are there."""
        ready, _, _ = select.select(list(running), [], [], 1.0)
        for pipe in ready:
            pid, mutant = running.pop(pipe)
            with os.fdopen(pipe, "rb") as answer:
                data = answer.read()
            os.waitpid(pid, 0)
            self._note(mutant, *(pickle.loads(data)[1] if data else (KILLED, "it never ended")))  # noqa: S301

    def _note(self, mutant, outcome, by="", killer=None):
        self.found[mutant.name] = outcome
        if killer is not None:
            self.killers = [killer, *(each for each in self.killers if each != killer)]
        if outcome != KILLED or self.asked.verbose:
            print(f"{outcome}: {mutant.name}{f'  ({by})' if by else ''}", flush=True)


def _within_budget(order, seconds):
    """Return the first of *order* that take no longer than a mutant's tests may; one at least."""
    total = list(accumulate(seconds[at] for at in order))
    return order[: max(1, bisect_right(total, BUDGET_S))]


def _forked(work):
    """Return a child's pid, and a pipe on which it sends what *work* returns."""
    read, write = os.pipe()
    sys.stdout.flush()
    if pid := os.fork():
        os.close(write)
        return pid, read
    os.close(read)
    try:
        result = pickle.dumps(("ok", work()))
    except BaseException:  # noqa: BLE001 - the child must not go on as its parent
        traceback.print_exc()
        result = pickle.dumps(("failed", (BROKEN, "")))
    with suppress(BrokenPipeError), os.fdopen(write, "wb") as answer:
        answer.write(result)
    os._exit(0)


def _judge(session, mutant, order):
    """Return what becomes of *mutant*, and which test killed it."""
    silence()
    resource.setrlimit(resource.RLIMIT_CPU, (LIMIT_S, LIMIT_S))
    resource.setrlimit(resource.RLIMIT_AS, (LIMIT_BYTES, LIMIT_BYTES))
    sys.setrecursionlimit(1000)  # libraries raise it until a process dies of it
    try:
        exchange(mutant)
    except (TypeError, ValueError) as error:  # no code, or code that needs another closure
        return BROKEN, repr(error)
    for at in order:
        if not _passes(session, session.items[at], []):
            return KILLED, session.items[at].nodeid, at
    return SURVIVED, f"{len(order)} tests"


def silence():
    """Let nothing that this process says be heard."""
    sink = os.open(os.devnull, os.O_WRONLY)
    os.dup2(sink, 1)
    os.dup2(sink, 2)


def _passes(session, item, following):
    """Run *item*; tell whether it passed."""
    from _pytest.runner import runtestprotocol

    reports = runtestprotocol(item, log=False, nextitem=following[0] if following else None)
    return all(report.passed or report.skipped for report in reports)


# --- the verdict -----------------------------------------------------------------------------------------------------


def main():
    parser = argparse.ArgumentParser(prog="mutation")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="", help="mutants whose name holds this")
    parser.add_argument("--named", type=_lines, metavar="FILE", help="mutants named in it, such as what was printed")
    parser.add_argument("--verbose", action="store_true", help="tell of those that were killed, and by what")
    parser.add_argument("--list", action="store_true", help="name the mutants, and do nothing")
    parser.add_argument("files", nargs="*", help="parts of paths, such as zk/tier.py")
    asked = parser.parse_args()
    if asked.list:
        print(*(each.name for each in all_mutants(asked.files, compiled=False)), sep="\n")
        return 0
    os.chdir(ROOT)
    runner, started = Runner(asked), time.monotonic()
    options = ["-q", "-p", "no:cacheprovider", "-p", "no:xdist", "-p", "no:cov", "-p", "no:faulthandler", "-s"]
    status = pytest.main([*options, "-m", "not slow", "-k", CHOSEN, *TESTS], plugins=[runner])
    if not runner.found:
        print(f"pytest ended with {status}", file=sys.stderr)
        return 2
    return verdict(
        runner.found, whole=not (asked.files or asked.only or asked.named), seconds=time.monotonic() - started
    )


def _lines(path):
    return Path(path).read_text(encoding="utf-8").splitlines()


def verdict(found, *, whole, seconds):
    """Return 0 if all survivors, and no others, have their reasons."""
    accepted = reasons()
    alive = {name for name, outcome in found.items() if outcome in {SURVIVED, NEVER}}
    counts = Counter(found.values())
    print(f"{len(found)} mutants in {seconds:.0f} s: {', '.join(f'{n} {what}' for what, n in counts.most_common())}")
    new = sorted(alive - accepted.keys())
    gone = sorted(accepted.keys() - alive) if whole else []
    for name in new:
        print(f"survivor without a reason: {name}")
    for name in gone:
        print(f"reason without its survivor: {name}")
    print(f"{len(alive) - len(new)} survivors have reasons, {len(new)} have none; {len(gone)} reasons are spent")
    return 1 if new or gone else 0


if __name__ == "__main__":
    sys.exit(main())
