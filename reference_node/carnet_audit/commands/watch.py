"""``carnet-audit watch``: follow logs, catch those that show another history than before, cosign the others."""

import json
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from carnet.audit.rules import CHECKS, Verdict
from carnet.cli import files
from carnet.crypto.sign import SEED_SIZE
from carnet.errors import DecodeError, UsageError
from carnet.log.checkpoint import LOG_KEY, WITNESS_KEY, VerifierKey, parse_vkey, require_name
from carnet.log.witness import WitnessPolicy, witness_key
from carnet.secret import Secret
from carnet_audit.arguments import Authority, fail, read_key, read_own
from carnet_audit.fetch import SourceError, published
from carnet_audit.render import WORDS, printable
from carnet_audit.watch import Outcome, Resolve, Watcher, by_directory, by_key
from carnet_audit.watch_state import State, StateError

PROVEN: Final = frozenset({"log.fork", "log.rollback", "sources.fork"})
"""The checks that end a watch: nothing that comes later makes them good."""


def watch(
    sources: Annotated[list[str], typer.Argument(metavar="SOURCE", help="Published folders, or their URLs.")],
    *,
    state: Annotated[Path, typer.Option(metavar="DIR", help="Where to keep what was seen; made if need be.")],
    authority: Authority = None,
    log_key: Annotated[
        list[str] | None,
        typer.Option(metavar="VKEY", help="A log's key, name+id+key: for logs that publish no directory."),
    ] = None,
    witness: Annotated[
        list[str] | None, typer.Option(metavar="VKEY", help="A witness's key, in place of the directory's witnesses.")
    ] = None,
    quorum: Annotated[int | None, typer.Option(min=0, help="How many of the witnesses must have cosigned.")] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, and leave.")] = False,
    interval: Annotated[float, typer.Option(min=0.1, metavar="S", help="Seconds between two looks.")] = 60.0,
    cosign: Annotated[
        Path | None, typer.Option(metavar="KEYFILE", help="Be a witness, with the key in this file; made if need be.")
    ] = None,
    name: Annotated[str, typer.Option(help="The witness's name, such as witness.example/w1.")] = "",
    listen: Annotated[str, typer.Option(metavar="HOST:PORT", help="Where logs ask the witness.")] = "127.0.0.1:7390",
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line, for each look.")] = False,
) -> None:
    """Follow logs: exit status 1 as soon as one is proven to have shown two histories, or to have lost entries."""
    key = read_key(authority)
    resolve = _resolve(key, logs=log_key or [], witnesses=witness or [], quorum=quorum)
    if cosign is not None and once:
        fail("--cosign: a witness stays; --once leaves")
    try:
        kept = State(state)
    except StateError as error:
        fail(str(error))
    except OSError as error:
        fail(f"{error.filename or state}: {error.strerror}")
    for each in log_key or []:
        kept.expect(each, _vkey(each, kind=LOG_KEY, option="--log-key"))
    try:
        watcher = Watcher({each: published(each) for each in sources}, resolve=resolve, state=kept, clock=time.time)
        with _witness(kept, cosign, name=name, listen=listen):
            verdict = _follow(watcher, once=once, interval=interval, stays=cosign is not None, as_json=as_json)
    except OSError as error:
        fail(f"{error.filename or state}: {error.strerror}")
    except (SourceError, UsageError) as error:  # a URL that is none; or the state is gone from under us
        fail(str(error))
    finally:
        kept.close()
    raise typer.Exit(int(verdict))


def _follow(watcher: Watcher, *, once: bool, interval: float, stays: bool, as_json: bool) -> Verdict:
    """Look until told to stop, or until a log is proven wrong; a witness *stays*, for the sake of the other logs."""
    stop, shown = threading.Event(), dict[str, str]()
    proven = False
    with _signals(stop):
        while True:
            outcomes = watcher.look()
            for each in outcomes:
                _tell(each, shown, as_json=as_json)
            proven |= any(found.check in PROVEN for each in outcomes for found in each.findings)
            if once:
                return Verdict.worst(*(each.verdict for each in outcomes))
            if (proven and not stays) or stop.wait(interval):
                return Verdict.UNSOUND if proven else Verdict.worst(*(each.verdict for each in outcomes))


@contextmanager
def _signals(stop: threading.Event) -> Iterator[None]:
    """Have SIGINT and SIGTERM set *stop*: a look that is under way ends first."""
    before = {each: signal.signal(each, lambda *_: stop.set()) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _tell(outcome: Outcome, shown: dict[str, str], *, as_json: bool) -> None:
    """Print *outcome*: always as JSON, else if it says something new."""
    if as_json:
        line = json.dumps({"time": int(time.time()), **outcome.to_json()}, ensure_ascii=False)
        sys.stdout.write(line + "\n")
    elif (text := _text(outcome)) != shown.get(outcome.source):
        shown[outcome.source] = text
        sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _text(outcome: Outcome) -> str:
    lines = []
    if outcome.view is not None and outcome.verdict is Verdict.SOUND:
        now = outcome.view.checkpoint
        before = "" if outcome.before is None else f", {now.size - outcome.before.size} more than when last seen"
        entries = "entry" if now.size == 1 else "entries"
        witnesses = ", ".join(each.witness for each in outcome.view.cosignatures) or "nobody"
        lines.append(f"{outcome.source}: {now.origin} has {now.size} {entries}{before}; cosigned by {witnesses}")
    for found in outcome.findings:
        rule, said = CHECKS[found.check], ": ".join(filter(None, (found.where, found.message)))
        lines.append(f"{outcome.source}: {WORDS[rule.shows]}: {rule.says} ({said}) [{found.check}]")
    lines += [f"{outcome.source}: what proves it is kept in {each}" for each in outcome.evidence]
    return "\n".join(map(printable, lines))


def _resolve(authority: bytes | None, *, logs: list[str], witnesses: list[str], quorum: int | None) -> Resolve:
    """Return how sources are known, from the options."""
    log_keys = [_vkey(each, kind=LOG_KEY, option="--log-key") for each in logs]
    witness_keys = [_vkey(each, kind=WITNESS_KEY, option="--witness") for each in witnesses]
    wanted = len(witness_keys) if quorum is None else quorum
    if witness_keys and wanted > len({each.name for each in witness_keys}):
        fail(f"--quorum: {wanted} of {len(witness_keys)} witnesses")
    try:
        policy = WitnessPolicy(witnesses=tuple(witness_keys), quorum=wanted)
    except UsageError as error:
        fail(f"--witness: {error}")
    if not log_keys:
        if authority is None:
            sys.stderr.write(
                "note: no --authority was given: trust in keys and witnesses comes from each source itself\n"
            )
        return by_directory(authority, witnesses=witness_keys, quorum=quorum)
    if authority is not None:
        fail("--log-key and --authority: either the directory says whose log it is, or the key does")
    return by_key(log_keys, policy)


def _vkey(line: str, *, kind: int, option: str) -> VerifierKey:
    try:
        key = parse_vkey(line)
    except DecodeError as error:
        fail(f"{option}: no key in the form name+id+key ({error.check})")
    if key.kind != kind:
        fail(f"{option}: a key of another kind")
    return key


@contextmanager
def _witness(state: State, file: Path | None, *, name: str, listen: str) -> Iterator[None]:
    """Serve as a witness while the block runs, if *file* has a key for it."""
    if file is None:
        yield
        return
    try:
        require_name(name)
    except UsageError as error:
        fail(f"--name: {error}")
    try:
        from carnet_audit.watch_witness import LocalWitness, WitnessServer  # noqa: PLC0415 - as above
    except ImportError:
        fail("--cosign: to be a witness, install carnet[audit]")
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port[:6]) > 65535:
        fail("--listen: host:port is needed")
    seed = _seed(file)
    witness = LocalWitness(state, name=name, seed=seed, log_keys=state.keys, clock=time.time)
    server = WitnessServer(witness.answer, host=host.removeprefix("[").removesuffix("]"), port=int(port))
    try:
        server.start()
    except OSError as error:
        fail(f"--listen: {listen}: {error.strerror}")
    sys.stderr.write(f"witness {witness_key(name, seed)} at http://{host}:{server.port}\n")
    try:
        yield
    finally:
        server.stop()


def _seed(file: Path) -> Secret[bytes]:
    """Return the witness's private key, 64 hex digits in *file*, which nobody else may read; make one if need be."""
    if not file.exists():
        try:
            files.write_new_secret(file, secrets.token_hex(SEED_SIZE).encode() + b"\n")
        except UsageError as error:
            fail(f"--cosign: {error}")
    if file.stat().st_mode & 0o077:
        fail(f"--cosign: {file}: others may read it; chmod 600")
    try:
        seed = bytes.fromhex(read_own(file).decode("ascii"))
    except ValueError:
        seed = b""
    if len(seed) != SEED_SIZE:
        fail(f"--cosign: {file}: 64 hex digits are needed")
    return Secret(seed)
