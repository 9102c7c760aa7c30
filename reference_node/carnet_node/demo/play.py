"""`carnet-node demo`: the six acts, from an empty folder to a stopped network."""

import json
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, NoReturn, final

from rich.console import Console

from carnet.errors import CarnetError
from carnet.schema import Message
from carnet_node.demo import render
from carnet_node.demo.acts import attacks, audit, network, reports, transfers, views
from carnet_node.demo.acts.attacks import Attempt
from carnet_node.demo.acts.audit import Audit
from carnet_node.demo.acts.network import Party
from carnet_node.demo.acts.reports import Reported
from carnet_node.demo.acts.transfers import Sent
from carnet_node.demo.acts.views import Views
from carnet_node.demo.script import Scene
from carnet_node.demo.stage import Surprise
from carnet_node.demo.theatre import Theatre, opened
from carnet_node.errors import NodeError

DONE: Final = 0
SURPRISED: Final = 1
USAGE: Final = 2
INTERRUPTED: Final = 130
LONGEST_PATH: Final = 80
"""What a path may have so that a Unix socket below it can be named."""


@final
@dataclass(slots=True)
class Facts:
    """What the acts have shown; an act that was not reached is empty."""

    parties: list[Party] = field(default_factory=list)
    transfers: dict[str, Sent] = field(default_factory=dict)
    views: Views | None = None
    attempts: list[Attempt] = field(default_factory=list)
    reports: list[Reported] = field(default_factory=list)
    audit: Audit | None = None
    act_ended_s: list[float] = field(default_factory=list)


def demo(*, as_json: bool = False, keep: Path | None = None) -> int:
    """Play all acts and return the exit status: 0 if all is as promised, 1 and a clear line if not."""
    console = Console(quiet=as_json, highlight=False)
    if not console.is_terminal:
        console = Console(quiet=as_json, highlight=False, width=render.WIDTH)
    facts, started, status, surprise = Facts(), time.monotonic(), DONE, None
    try:
        with _terminated_as_interrupted(), _folder(keep) as folder, ExitStack() as stage:
            with console.status("making keys, and starting a process for each node"):
                theatre = stage.enter_context(opened(folder))
            _acts(console, theatre, facts, started=started)
    except KeyboardInterrupt:
        status, surprise = INTERRUPTED, "interrupted; every process is stopped"
    except (Surprise, NodeError, CarnetError, OSError) as error:
        status, surprise = SURPRISED, f"a surprise: {error}"
    seconds = time.monotonic() - started
    if as_json:
        summary = {"ok": status == DONE, "surprise": surprise, "seconds": round(seconds, 1), **_plain(facts)}
        sys.stdout.write(json.dumps(summary, indent=1, ensure_ascii=False) + "\n")
    elif status == DONE:
        render.curtain(console, seconds=seconds, kept=None if keep is None else str(keep))
    if surprise is not None:
        sys.stderr.write(f"carnet-node demo: {surprise}\n")
    return status


def _acts(console: Console, theatre: Theatre, facts: Facts, *, started: float) -> None:
    def lap() -> None:
        facts.act_ended_s.append(round(time.monotonic() - started, 1))

    render.title(console, 1, "Keys, a signed directory, and a process for each node")
    facts.parties = network.introduce(theatre)
    render.network(console, facts.parties)
    lap()
    render.title(console, 2, "Transfers under two laws, around each limit")
    with console.status("") as status:

        def tell(scene: Scene) -> None:
            status.update(f"{scene.originator.vasp} > {scene.beneficiary.vasp}: {scene.about}")

        facts.transfers = transfers.play(theatre, tell=tell)
    render.transfers(console, facts.transfers)
    lap()
    render.title(console, 3, "Who sees what of one transfer")
    facts.views = views.look(theatre, facts.transfers[transfers.SHOWN])
    render.views(console, facts.views)
    lap()
    render.title(console, 4, "Evil knocks, and charlie meddles")
    facts.attempts = attacks.attack(theatre, facts.transfers["killed"])
    render.attacks(console, facts.attempts)
    lap()
    render.title(console, 5, "The day ends, and every VASP reports of it")
    with console.status("moving the clocks"):
        facts.reports = reports.report(theatre)
    render.reports(console, facts.reports)
    lap()
    render.title(console, 6, "The auditor, with published folders and nothing else")
    with console.status("verifying"):
        facts.audit = audit.audit(theatre)
    render.audit(console, facts.audit, authority=theatre.authority)
    lap()


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="carnet-") as folder:
            yield Path(folder)
        return
    if keep.exists() and (not keep.is_dir() or any(keep.iterdir())):
        raise NodeError(f"{keep}: is there already, and not empty")
    if len(os.fsencode(keep.absolute())) > LONGEST_PATH:
        raise NodeError(f"{keep}: too long a path for sockets; {LONGEST_PATH} bytes at most")
    yield keep.absolute()


@contextmanager
def _terminated_as_interrupted() -> Iterator[None]:
    """Have SIGTERM end the demo as Ctrl-C does, so that no process stays behind."""

    def interrupt(_number: int, _frame: object) -> NoReturn:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _plain(value: Any) -> Any:
    """Return facts as JSON holds them; captured bytes by their size."""
    match value:
        case bytes():
            return len(value)
        case Enum():
            return value.name
        case Message():
            return value.encode().hex()
        case dict():
            return {key: _plain(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
        case _ if is_dataclass(value):
            return {each.name: _plain(getattr(value, each.name)) for each in fields(value)}
        case _:
            return value
