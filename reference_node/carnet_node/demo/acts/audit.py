"""Act 6: the auditor, who has the published folders, the authority's key, and nothing else."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final, final

from carnet_node.demo.acts.tampering import (
    drop_an_entry,
    flip_a_byte,
    leave_a_channel_out,
    swap_two_proofs,
)
from carnet_node.demo.script import JURISDICTIONS
from carnet_node.demo.stage import expect, until
from carnet_node.demo.theatre import Theatre

SOUND: Final = 0
UNSOUND: Final = 1
EQUAL: Final = "equal"
PATIENCE_S: Final = 60
TAMPERED: Final = "alice"

Tamper = Callable[[Path, int], str]

FAULTS: Final[tuple[tuple[Tamper, str], ...]] = (
    (flip_a_byte, "record.entry"),
    (drop_an_entry, "log.entries"),
    (swap_two_proofs, "proof.tier"),
)
"""What a thief may do to a copy, and the check that must find it."""
OMISSION: Final = "report.rows"
"""The check that must find a channel that its VASP has left out of its report."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Audited:
    """What the auditor can tell of one VASP."""

    vasp: str
    verdict: str
    size: int
    proofs: int
    kinds: dict[str, int]
    packs: list[str]
    cosigned: list[str]


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was done to a copy, and the checks that found it."""

    done: str
    status: int
    checks: list[str]
    says: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciled:
    """A channel, whose two ends the auditor has held against each other."""

    channel: str
    one: str | None
    other: str | None
    transfers: int
    state: str


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """All that the auditor found."""

    sound: list[Audited]
    channels: list[Reconciled]
    tampered: list[Found]


def audit(theatre: Theatre) -> Audit:
    """Return what `carnet-audit verify` says of what was published, and of copies that were tampered with."""
    names = list(JURISDICTIONS)
    for name in names:
        _proven(theatre, name)
    status, report = _finish(_start(theatre, [theatre.published(name) for name in names]))
    findings = [each["check"] for source in report["sources"] for each in source["findings"]]
    findings += [each["check"] for each in report["findings"]]
    expect(status == SOUND, f"the auditor finds {report['verdict']}: {', '.join(findings)}")
    channels = [_reconciled(each) for each in report["channels"]]
    expect(all(each.state == EQUAL for each in channels), "the ends of a channel do not agree")
    return Audit(
        sound=[_audited(source) for source in report["sources"]],
        channels=channels,
        tampered=_tampered(theatre, report),
    )


def _reconciled(channel: dict[str, Any]) -> Reconciled:
    return Reconciled(
        channel=channel["channel"],
        one=channel["one"],
        other=channel["other"],
        transfers=channel["count_one"],
        state=channel["state"],
    )


def _tampered(theatre: Theatre, report: dict[str, Any]) -> list[Found]:
    size = next(source["size"] for source in report["sources"] if source["vasp"] == TAMPERED)
    started = []
    omission: Tamper = partial(leave_a_channel_out, seed=theatre.keystores[TAMPERED].identity)
    for number, (tamper, check) in enumerate([*FAULTS, (omission, OMISSION)]):
        folder = theatre.folder / "copies" / str(number) / TAMPERED
        shutil.copytree(theatre.published(TAMPERED), folder)
        done = tamper(folder, size)
        started.append((done, check, _start(theatre, [folder])))
    return [_found(done, check, *_finish(process)) for done, check, process in started]


def _found(done: str, check: str, status: int, report: dict[str, Any]) -> Found:
    findings = [each for source in report["sources"] for each in source["findings"]]
    checks = list(dict.fromkeys(each["check"] for each in findings))
    expect(status == UNSOUND, f"{done}: the auditor exits with {status}")
    expect(check in checks, f"{done}: found by {', '.join(checks)}, not by {check}")
    says = next(each["message"] for each in findings if each["check"] == check)
    return Found(done=done, status=status, checks=checks, says=says)


def _proven(theatre: Theatre, name: str) -> None:
    """Wait until all that ended at *name* is in its log, with a proof."""

    def done() -> bool | None:
        records = theatre.nodes[name].ask("status")["records"]
        return True if records["QUEUED"] == records["LOGGED"] == 0 else None

    until(done, surprise=f"{name} does not prove its records", seconds=30)


def _start(theatre: Theatre, folders: list[Path]) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "carnet_audit", "verify", "--json", "--authority", theatre.authority]
    return subprocess.Popen(  # noqa: S603 - ourselves
        [*command, *map(str, folders)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _finish(process: subprocess.Popen[str]) -> tuple[int, dict[str, Any]]:
    with process:
        output, told = process.communicate(timeout=PATIENCE_S)
    expect(bool(output), f"the auditor says nothing but: {told.strip()}")
    return process.returncode, json.loads(output)


def _audited(source: dict[str, Any]) -> Audited:
    counts = source["counts"]
    return Audited(
        vasp=source["vasp"],
        verdict=source["verdict"],
        size=source["size"],
        proofs=counts["proofs"],
        kinds=counts["kind"],
        packs=sorted(source["packs"].values()),
        cosigned=[each["witness"] for each in source["cosigned"]],
    )
