"""Where drills are played: a small network, folders on disk, and the auditor who reads them."""

import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, final

from carnet.audit import CHECKS, Report, Source, Verdict, audit_sources, finish
from carnet.crypto.coins import system_coins
from carnet.errors import PeerError
from carnet.log.tiles import CHECKPOINT, PROOFS, RECORDS, WIDTH, bundle_at, decode_bundle
from carnet.testing.ledger.chronicle import HONEST, Conduct
from carnet.testing.ledger.generate import AUTHORITY, Folders, folders, plan_of
from carnet.testing.ledger.plan import Plan
from carnet.testing.ledger.writer import LogWriter
from carnet_audit.explain import refusals
from carnet_audit.fetch import folder

SEED: Final = "a small network for drills"
ALICE: Final = "alice"
BOB: Final = "bob"
QUIET: Final = 10
"""So many days with reports alone follow: no record of the first day can come any more."""
LINKING: Final = "ch-finma-2019"
"""A law that adds up what a customer sends, and what a customer receives, within thirty days."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A check that failed before the auditor's eyes, and what it said."""

    check: str
    where: str
    message: str

    def to_json(self) -> dict[str, Any]:
        """Return this as JSON holds it."""
        return {"check": self.check, "where": self.where, "message": self.message}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What the auditor saw: a *verdict*, and the *findings* it rests on; *command* looks at the same again."""

    verdict: Verdict
    findings: tuple[Seen, ...]
    command: str | None = None

    @property
    def checks(self) -> set[str]:
        """The names of the checks that failed."""
        return {each.check for each in self.findings}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """A network that is cheated in, and a folder of a drill's own to show it in."""

    root: Path
    plan: Plan = field(default_factory=lambda: network())  # noqa: PLW0108 - defined below

    def folders(self, conduct: Conduct = HONEST, *, plan: Plan | None = None) -> Folders:
        """Return what the VASPs publish who behave like this."""
        return folders(plan or self.plan, conduct=conduct)

    def audit(
        self, shown: Mapping[str, Mapping[str, bytes]], *, seen: Sequence[bytes] = (), plan: Plan | None = None
    ) -> Sight:
        """Publish what is *shown*, by the folder's name, and audit all of it together.

        *seen* are checkpoints that the auditor has kept; *plan* is that of the network, if it is another.
        """
        for name, files in shown.items():
            for path, data in files.items():
                file = self.root / name / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
        society = (plan or self.plan).society
        (self.root / AUTHORITY).write_text(society.authority.hex() + "\n", encoding="ascii")
        kept = [self.root / f"checkpoint-from-before-{number}" for number, _ in enumerate(seen, start=1)]
        for file, note in zip(kept, seen, strict=True):
            file.write_bytes(note)
        sources = [Source(name=name, read=folder(self.root / name)) for name in shown]
        report = finish(
            audit_sources(sources, authority=society.authority, now=society.end, coins=system_coins, seen=tuple(seen))
        )
        command = ["carnet-audit", "verify", "--authority", str(self.root / AUTHORITY), "--now", str(society.end)]
        for file in kept:
            command += ["--seen", str(file)]
        return sight(report, command=shlex.join([*command, *(str(self.root / name) for name in shown)]))


def network(*, days: int = 1) -> Plan:
    """Return the network of the drills: two VASPs under two laws, a day of transfers or more, and the days after."""
    return plan_of(seed=SEED, records=20, epochs=days, quiet=QUIET)


def linking(plan: Plan) -> Plan:
    """Return *plan* with alice under a law that links the transfers of a customer."""
    return replace(plan, society=replace(plan.society, laws=(LINKING, *plan.society.laws[1:])))


def sight(report: Report, *, command: str | None = None) -> Sight:
    """Return what *report* says."""
    found = [(each, source.source) for source in report.sources for each in source.findings]
    told = [
        Seen(check=each.check, where=f"{name}: {each.where}", message=_says(each.check, each.message))
        for each, name in found
    ]
    told += [
        Seen(check=each.check, where=each.where, message=_says(each.check, each.message)) for each in report.findings
    ]
    return Sight(verdict=report.verdict, findings=tuple(told), command=command)


def attempts(*acts: tuple[str, Callable[[], object]]) -> Sight:
    """Return what an auditor sees who does *acts*, each with its place: those that are refused are findings."""
    found = []
    for where, act in acts:
        try:
            act()
        except PeerError as error:
            found.append(Seen(check=error.check, where=where, message=_says(error.check, error.detail)))
    return Sight(verdict=Verdict.UNSOUND if found else Verdict.SOUND, findings=tuple(found))


def _says(check: str, message: str) -> str:
    says = (CHECKS.get(check) or refusals()[check]).says
    return f"{says} ({message})" if message else says


# --- what cheats do with folders -------------------------------------------------------------------------------------

Item = tuple[bytes, bytes]
"""A record or a notice, and what lies beside it."""


def items(files: Mapping[str, bytes]) -> list[Item]:
    """Return what the log of a small folder holds."""
    size = size_of(files)
    found: list[Item] = []
    for start in range(0, size, WIDTH):
        both = (
            decode_bundle(files[where.path], width=where.width)
            for where in (bundle_at(tree, leaf=start, size=size) for tree in (RECORDS, PROOFS))
        )
        found += zip(*both, strict=True)
    return found


def size_of(files: Mapping[str, bytes]) -> int:
    """Return the size of the log of a folder, as its checkpoint says."""
    return int(files[CHECKPOINT].split(b"\n")[1])


def with_items(files: Mapping[str, bytes], changed: Iterable[Item]) -> dict[str, bytes]:
    """Return a folder with another log of the same size, whose checkpoint stays as it was."""
    made = dict(files)
    writer = LogWriter(made.__setitem__, origin="-")
    for data, proof in changed:
        writer.append(data, proof)
    writer.finish()
    return made
