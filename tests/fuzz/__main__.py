"""Fuzz every decoder: `make fuzz`, or ``PYTHONPATH=tests python -m fuzz --seconds 600 [FAMILY ...]``.

Each family of targets has a process of its own, and its share of the time; what a target may not raise is written to
``tests/fuzz/findings``, where the tests replay it from then on. Ends with 1 if there were findings, 2 without a fuzzer.
"""

import argparse
import hashlib
import random
import re
import subprocess
import sys
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
WORK = ROOT / ".fuzz"
MAX_LENGTH = 20_000
MISSING = """atheris, the fuzzer, cannot be had here: its wheels are for CPython 3.11 to 3.13 on Linux, x86-64.
The seeds and all that was ever found are replayed by `pytest tests/fuzz` without it."""


def main():
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--seconds", type=int, default=600, help="in all; shared among the families")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("families", nargs="*")
    asked = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print(MISSING, file=sys.stderr)
        return 2
    if asked.child:
        return child(atheris, asked.families[0], asked.seconds)
    return parent(asked)


# --- the parent: shares the time out, and tells what came of it ------------------------------------------------------


def parent(asked):
    from fuzz.table import FINDINGS, families

    known = families()
    chosen = asked.families or list(known)
    if unknown := set(chosen) - known.keys():
        print(f"no family is called {', '.join(sorted(unknown))}; known are {', '.join(known)}", file=sys.stderr)
        return 2
    seconds = max(5, asked.seconds * asked.jobs // len(chosen))
    before = set(FINDINGS.rglob("*"))
    print(f"{sum(len(known[name]) for name in chosen)} targets in {len(chosen)} families, {seconds} s each")
    with ThreadPoolExecutor(asked.jobs) as pool:
        ended = list(pool.map(lambda one: run(one, seconds, known), chosen))
    failed = [name for name, bad in zip(chosen, ended, strict=True) if bad]
    found = sorted(path for path in set(FINDINGS.rglob("*")) - before if path.is_file())
    for path in found:
        print(f"finding: {path.relative_to(ROOT)}")
    for name in failed:
        print(f"the fuzzer of {name} ended before its time: see {(WORK / name).relative_to(ROOT)}.log")
    print("nothing found" if not found and not failed else f"{len(found)} findings")
    return 1 if found or failed else 0


def run(family, seconds, known):
    """Fuzz *family* for *seconds*; return whether its process failed."""
    WORK.mkdir(exist_ok=True)
    log = WORK / f"{family}.log"
    command = [sys.executable, "-m", "fuzz", "--child", "--seconds", str(seconds), family]
    started = time.monotonic()
    with log.open("wb") as output:
        status = subprocess.run(command, stdout=output, stderr=subprocess.STDOUT, check=False).returncode
    said = log.read_text(errors="replace")
    number = {key: int((re.findall(rf"stat::{key}:\s+(\d+)", said) or ["0"])[-1]) for key in STATS}
    covered = (re.findall(r"cov: (\d+) ft: (\d+)", said) or [("0", "0")])[-1]
    print(
        f"{family:10} {len(known[family]):3} targets  {time.monotonic() - started:4.0f} s"
        f"  {number['number_of_executed_units']:9} inputs  {covered[0]:>6} edges  {covered[1]:>6} features"
        f"  slowest {number['slowest_unit_time_sec']} s",
        flush=True,
    )
    return status != 0


STATS = ("number_of_executed_units", "slowest_unit_time_sec")


# --- the child: one family in libFuzzer ------------------------------------------------------------------------------


def child(atheris, family, seconds):
    with atheris.instrument_imports(include=["carnet", "carnet_node"], enable_loader_override=False):
        from fuzz.table import families

        targets = families()[family]
    from fuzz.mutation import mutated

    corpus, seeds = WORK / family, WORK / f"{family}.seeds"
    for folder in (corpus, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    for index, each in enumerate(targets):
        for data in (*each.seeds(), *each.findings()):
            whole = bytes([index]) + data
            (seeds / hashlib.sha256(whole).hexdigest()[:24]).write_bytes(whole)
    seen = set()

    def one(data):
        if not data:
            return
        chosen = targets[data[0] % len(targets)]
        try:
            chosen.judge(data[1:])
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            keep(chosen, data[1:], error, seen)

    def change(data, most, seed):
        rng = random.Random(seed)  # noqa: S311 - as the fuzzer asks
        if len(data) < 2:
            return atheris.Mutate(data, most)
        grammar = targets[data[0] % len(targets)].grammar
        changed = mutated(data[1:], grammar, rng, lambda inner: atheris.Mutate(inner, most - 1))
        return (data[:1] + changed)[:most]

    options = [
        f"-max_total_time={seconds}",
        f"-max_len={MAX_LENGTH}",
        "-timeout=60",
        "-rss_limit_mb=3000",
        "-print_final_stats=1",
        f"-artifact_prefix={WORK / family}-",
    ]
    atheris.Setup([sys.argv[0], *options, str(corpus), str(seeds)], one, custom_mutator=change)
    atheris.Fuzz()
    return 0


def keep(target, data, error, seen):
    """Write *data* down as a finding, unless one like it is there."""
    from fuzz.table import FINDINGS

    last = traceback.extract_tb(error.__traceback__)[-1]
    where = (target.name, type(error).__name__, last.filename, last.lineno)
    if where in seen:
        return
    seen.add(where)
    folder = FINDINGS / target.name
    folder.mkdir(parents=True, exist_ok=True)
    name = f"{type(error).__name__}-{Path(last.filename).stem}-{last.lineno}"
    (folder / name).write_bytes(data)
    print(f"FINDING {target.name}: {name}", flush=True)
    traceback.print_exception(error)


if __name__ == "__main__":
    sys.exit(main())
