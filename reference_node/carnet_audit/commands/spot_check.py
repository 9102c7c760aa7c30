"""``carnet-audit spot-check``: hold what was opened of drawn records against the pages (spec/window.md#spot-checks).

The request is made by ``carnet-audit disclose request --spot-check``. No pseudonym is printed: findings name records.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from carnet.audit import Verdict
from carnet.audit.spot import (
    SPOT_RULES,
    SpotFinding,
    SpotRecord,
    chains_of,
    drawn_chance,
    judge_spot,
    openings_needed,
    split_chance,
    spot_records,
)
from carnet.cli.terminal import PassphraseFile, ask_passphrase
from carnet.disclosure.keys import SupervisorKey, unlock_supervisor_key
from carnet.disclosure.request import OpenedRequest, check_selection, open_request
from carnet.disclosure.verify import MAX_SEALED, verify_response
from carnet.errors import CarnetError, PeerError, UsageError
from carnet.evidence import Read, UnreadableError, read_directory, read_pack
from carnet.identity.directory import Trust
from carnet.messages import Directory
from carnet.policy.pack import PolicyPack
from carnet.reporting.window import WindowPage
from carnet_audit.arguments import fail, read_key, read_own
from carnet_audit.disclosing import grouping
from carnet_audit.fetch import SourceError, open_source

SHARE: Final = 0.01
CONFIDENCE: Final = 0.95


def spot_check(
    response: Annotated[list[Path], typer.Argument(metavar="RESPONSE...", help="The sealed responses of one VASP.")],
    *,
    request_file: Annotated[
        list[Path], typer.Option("--request", metavar="FILE", help="The request that each answers, in that order.")
    ],
    keys_file: Annotated[
        Path, typer.Option("--keys", metavar="FILE", help="Your locked keys, which `disclose keys` made.")
    ],
    source: Annotated[str, typer.Option(help="What the VASP publishes: a folder, a URL or a file of evidence.")],
    authority: Annotated[
        str | None, typer.Option(help="The directory authority's public key: 64 hex digits, or a file that holds them.")
    ] = None,
    passphrase_file: PassphraseFile = None,
    now: Annotated[int | None, typer.Option(help="Judge as of this time, in seconds since 1970.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Open responses to spot checks and judge them together: exit status 0 sound, 1 unsound, 2 could not tell."""
    if len(response) != len(request_file):
        fail("each response needs the request that it answers (--request)")
    with _clear(), open_source(source) as read:
        moment = int(time.time()) if now is None else now
        directory = read_directory(read, authority=None if authority is None else read_key(authority))
        key = _unlock(keys_file, passphrase_file)
        opened: list[SpotRecord] = []
        findings: list[SpotFinding] = []
        total = 0
        for sealed, asked in zip(response, request_file, strict=True):
            request = open_request(read_own(asked), trust=Trust(directory=directory))
            data = read_own(sealed, limit=MAX_SEALED)
            more, wrong, size = _opened(data, request, read=read, directory=directory, key=key, now=moment)
            opened += more
            findings += wrong
            total += size
        findings += judge_spot(opened)
    _tell(opened, findings, total=total, as_json=as_json)


def _opened(
    data: bytes, request: OpenedRequest, *, read: Read, directory: Directory, key: SupervisorKey, now: int
) -> tuple[list[SpotRecord], list[SpotFinding], int]:
    """Return what the response *data* opens, what is wrong with the rest, and how many records there were to draw."""

    def pack_of(named: bytes) -> PolicyPack:
        return read_pack(read, named, directory=directory)

    chains = chains_of(_page(read, request, directory))
    trust = Trust(directory=directory)
    found = verify_response(data, request, key=key.sealing, trust=trust, packs=pack_of, now=now)
    return *spot_records(found.records, chains, pack_of), len(chains)


def _page(read: Read, request: OpenedRequest, directory: Directory) -> WindowPage:
    """Return the page from which the records of *request* were drawn, after it is certain that they were."""
    spot = request.request.spot
    if spot is None:
        raise UsageError("the request is no spot check")
    page = grouping(read, spot.report, vasp=request.request.vasp, trust=Trust(directory=directory))
    check_selection(request.request, eligible=sorted(chains_of(page)))
    return page


def _tell(opened: list[SpotRecord], findings: list[SpotFinding], *, total: int, as_json: bool) -> None:
    verdict = Verdict.worst(*(each.shows for each in findings))
    told: dict[str, Any] = {
        "verdict": verdict.name,
        "exit": int(verdict),
        "records": total,
        "opened": len(opened),
        "findings": [
            {"check": each.check, "shows": each.shows.name, "records": list(each.indices)} for each in findings
        ],
        "chances": {
            "drawn_1_percent": drawn_chance(SHARE, len(opened)),
            "needed_1_percent": openings_needed(SHARE, CONFIDENCE),
            "split_in_two": split_chance(total, len(opened), [1, 1]) if total > 1 else 0.0,
            "split_in_ten": split_chance(total, len(opened), [1] * 10) if total > 9 else 0.0,
        },
    }
    if as_json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        _render(told, findings, Console(highlight=False))
    raise typer.Exit(int(verdict))


def _render(told: dict[str, Any], findings: list[SpotFinding], console: Console) -> None:
    console.print(f"{told['verdict'].lower()}: {told['opened']} of {told['records']} records opened")
    for each in findings:
        records = ", ".join(map(str, each.indices))
        console.print(f"  {each.check}: {SPOT_RULES[each.check].says} (records {records})")
    chances = told["chances"]
    console.print(f"  at least one of 1 % of the records was drawn with probability {chances['drawn_1_percent']:.1%}")
    console.print(f"  a customer split into 2 chains of one record is caught with {chances['split_in_two']:.1%},")
    console.print(f"  into 10 chains with {chances['split_in_ten']:.1%}; responses may be judged together")


def _unlock(path: Path, passphrase_file: Path | None) -> SupervisorKey:
    data = read_own(path)
    try:
        return unlock_supervisor_key(data, passphrase=ask_passphrase(passphrase_file))
    except PeerError as error:  # our own file: it shows nothing about the VASP
        fail(f"{path}: the keys cannot be unlocked ({error.check})")


@contextmanager
def _clear() -> Iterator[None]:
    """Turn what goes wrong into one line and an exit status: 1 if something is proven wrong, 2 if it cannot be told."""
    try:
        yield
    except PeerError as error:
        sys.stderr.write(f"carnet-audit: refused: {error}\n")
        raise typer.Exit(int(Verdict.UNSOUND)) from error
    except (SourceError, UnreadableError, UsageError, OSError) as error:
        fail(str(error))
    except CarnetError as error:
        fail(type(error).__name__)
