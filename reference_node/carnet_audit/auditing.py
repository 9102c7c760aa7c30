"""An audit as ``verify`` and ``report`` run it: sources opened, work spread, state kept, progress shown."""

import sys
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from carnet.audit import Report, Source, audit_sources
from carnet.audit.reminders import Shelf
from carnet.audit.report import Progress as Step
from carnet.audit.state import Keep, StateError
from carnet.crypto.coins import system_coins
from carnet.errors import PeerError
from carnet.log.checkpoint import unverified_note
from carnet.workers import WorkerDiedError, Workers
from carnet_audit.arguments import MIB, fail, moment, read_key, read_own, read_token
from carnet_audit.cluster import ClusterError, cluster
from carnet_audit.fetch import SCHEMES, SourceError, open_source, published_in
from carnet_audit.keep import state_folder
from carnet_audit.spill import DiskShelf, ScratchError, ScratchFullError, scratch


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What is to be audited, and with what: the options of the command."""

    sources: tuple[str, ...]
    authority: bytes | None
    now: int
    seen: tuple[Path, ...]
    workers: int | None
    state: Path | None
    scratch: Path | None
    scratch_mib: int
    token_file: Path | None
    scheduler: str | None


def assigned(
    sources: Sequence[str],
    *,
    authority: str | None,
    now: int | None,
    seen: Sequence[Path] | None,
    workers: int | None,
    state: Path | None,
    scratch: Path | None,
    scratch_limit: int,
    token_file: Path | None,
    scheduler: str | None,
) -> Assignment:
    """Return what the options of a command ask for; a key that is none is one clear line."""
    return Assignment(
        sources=tuple(sources),
        authority=read_key(authority),
        now=moment(now),
        seen=tuple(seen or ()),
        workers=workers,
        state=state,
        scratch=scratch,
        scratch_mib=scratch_limit,
        token_file=token_file,
        scheduler=scheduler,
    )


def run(assignment: Assignment) -> Report:
    """Audit; whatever stops an audit is one clear line, and exit status 2."""
    try:
        with ExitStack() as stack:
            token = read_token(assignment.token_file)
            sources = [
                Source(name=each, read=stack.enter_context(open_source(each, token=token)))
                for each in assignment.sources
            ]
            workers = stack.enter_context(_workers(assignment))
            keep, shelf = stack.enter_context(_desk(assignment))
            seen = {path: read_own(path) for path in assignment.seen}
            audit = audit_sources(
                sources,
                authority=assignment.authority,
                now=assignment.now,
                coins=system_coins,
                stream=workers.stream,
                seen=list(seen.values()),
                shelf=shelf,
                keep=keep,
            )
            report = _watched(audit, [each.name for each in sources])
            _advise(assignment.sources)
            _tell_unused(seen, report)
            return report
    except WorkerDiedError as error:
        fail(f"{error}; --workers 1 does without them")
    except ScratchFullError as error:
        fail(f"{error}; --scratch-limit allows more, and --scratch says where")
    except StateError as error:
        fail(f"--state: {error}; an empty folder begins anew")
    except (SourceError, ClusterError, ScratchError) as error:
        fail(str(error))


def _advise(sources: Sequence[str]) -> None:
    """Say of each source that is no published folder, but near one, what it is; the audit says the rest."""
    for each in sources:
        if inner := published_in(each):
            sys.stderr.write(f"carnet-audit: {each}: a node's own folder; what it publishes is in {inner}\n")
        elif not each.startswith(SCHEMES) and not Path(each).exists():
            sys.stderr.write(f"carnet-audit: {each}: there is no such folder or file\n")


def _tell_unused(seen: Mapping[Path, bytes], report: Report) -> None:
    """Say which checkpoints from before guard against nothing: they are of other logs than were audited."""
    origins = {each.origin for each in report.sources}
    for path, note in seen.items():
        with suppress(PeerError):  # what is no note is a finding
            if unverified_note(note).checkpoint.origin not in origins:
                sys.stderr.write(f"carnet-audit: --seen {path}: of none of these logs, and so held against nothing\n")


@contextmanager
def _workers(assignment: Assignment) -> Iterator[Workers]:
    """Open the processes that do the work, here or on a cluster."""
    if assignment.scheduler is None:
        with Workers(assignment.workers) as workers:
            yield workers
    else:
        with cluster(assignment.scheduler) as (executor, processes), Workers(processes, executor=executor) as workers:
            yield workers


@contextmanager
def _desk(assignment: Assignment) -> Iterator[tuple[Keep | None, Shelf]]:
    """Open what is kept: for the next audit too, or until this one ends."""
    limit = assignment.scratch_mib * MIB
    if assignment.state is None:
        with scratch(assignment.scratch, limit=limit) as shelf:
            yield None, shelf
    else:
        with state_folder(assignment.state) as keep:
            yield keep, DiskShelf(assignment.state / "rows", limit=limit)


def _watched(audit: Generator[Step, None, Report], names: list[str]) -> Report:
    """Run *audit* to its end, with a progress bar if somebody looks."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        tasks: dict[str, TaskID] = {name: bars.add_task(name, total=None) for name in names}
        resumed: set[str] = set()
        while True:
            try:
                step = next(audit)
            except StopIteration as stop:
                report: Report = stop.value
                return report
            if step.resumed and step.source not in resumed:
                resumed.add(step.source)
                sys.stderr.write(f"carnet-audit: {step.source}: going on after {step.resumed} entries\n")
            bars.update(tasks[step.source], completed=step.done, total=step.size)
