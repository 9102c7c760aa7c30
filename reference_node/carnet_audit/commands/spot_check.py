"""``carnet-audit spot-check``: hold what was opened of drawn records against the pages (spec/window.md#spot-checks).

The request is made by ``carnet-audit disclose request --spot-check``. No pseudonym is printed: findings name records.
"""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console

from carnet.audit import Verdict
from carnet.audit.spot import (
    SPOT_RULES,
    SpotFinding,
    SpotRecord,
    drawn_chance,
    judge_spot,
    openings_needed,
    split_chance,
)
from carnet.cli.terminal import AsJson, PassphraseFile
from carnet.evidence import BUNDLE, read_bundle, read_directory
from carnet.identity.directory import Trust
from carnet_audit.arguments import Authority, Now, TokenFile, fail, moment, read_key, read_token
from carnet_audit.disclosing import drawn_chains, open_spot
from carnet_audit.fetch import open_source
from carnet_audit.render import WORDS
from carnet_audit.supervising import OneSource, OwnKeys, one_line, read_request, read_response, unlock

SHARE: Final = 0.01
CONFIDENCE: Final = 0.95


def spot_check(
    response: Annotated[list[Path], typer.Argument(metavar="RESPONSE", help="The sealed responses of one VASP.")],
    *,
    request_file: Annotated[
        list[Path], typer.Option("--request", metavar="FILE", help="The request that each answers, in that order.")
    ],
    keys_file: OwnKeys,
    source: OneSource,
    authority: Authority = None,
    token_file: TokenFile = None,
    passphrase_file: PassphraseFile = None,
    now: Now = None,
    as_json: AsJson = False,
) -> None:
    """Open responses to spot checks and judge them together: exit status 0 sound, 1 unsound, 2 could not tell."""
    if len(response) != len(request_file):
        fail("each response needs the request that it answers (--request)")
    with one_line(source), open_source(source, token=read_token(token_file)) as read:
        trust = Trust(directory=read_directory(read, authority=read_key(authority)))
        vasp = read_bundle(read, BUNDLE, trust=trust).bundle.vasp
        key = unlock(keys_file, passphrase_file)
        chains: dict[int, bytes] = {}
        opened: dict[int, SpotRecord] = {}  # what two checks have drawn counts once
        findings: list[SpotFinding] = []
        for sealed, asked in zip(response, request_file, strict=True):
            request = read_request(asked, trust=trust)
            if request.request.vasp != vasp:
                fail(f"{asked}: a request to {request.request.vasp}, and the source is {vasp}'s")
            chains |= drawn_chains(read, request.request, trust=trust)
            data = read_response(sealed)
            found = open_spot(data, request, chains, read=read, trust=trust, key=key, now=moment(now))
            opened |= {each.index: each for each in found[0]}
            findings += [each for each in found[1] if each not in findings]
        findings += judge_spot(list(opened.values()))
    _tell(len(opened), findings, total=len(chains), as_json=as_json)


def _tell(opened: int, findings: list[SpotFinding], *, total: int, as_json: bool) -> None:
    verdict = Verdict.worst(*(each.shows for each in findings))
    told: dict[str, Any] = {
        "verdict": verdict.name,
        "exit": int(verdict),
        "records": total,
        "opened": opened,
        "findings": [
            {"check": each.check, "shows": each.shows.name, "records": list(each.indices)} for each in findings
        ],
        "chances": {
            "drawn_1_percent": drawn_chance(SHARE, opened),
            "needed_1_percent": openings_needed(SHARE, CONFIDENCE),
            "split_in_two": split_chance(total, opened, [1, 1]) if total > 1 else 0.0,
            "split_in_ten": split_chance(total, opened, [1] * 10) if total > 9 else 0.0,
        },
    }
    if as_json:
        sys.stdout.write(json.dumps(told, indent=1) + "\n")
    else:
        _render(told, findings, Console(highlight=False))
    raise typer.Exit(int(verdict))


def _render(told: dict[str, Any], findings: list[SpotFinding], console: Console) -> None:
    console.print(f"{WORDS[Verdict[told['verdict']]]}: {told['opened']} of {told['records']} records opened")
    for each in findings:
        records = ", ".join(map(str, each.indices))
        console.print(f"  {each.check}: {SPOT_RULES[each.check].says} (records {records})")
    if findings:
        console.print(f"  carnet-audit explain {findings[0].check} says what it means, and what to do next")
    chances = told["chances"]
    console.print(f"  at least one of 1 % of the records was drawn with probability {chances['drawn_1_percent']:.1%}")
    console.print(f"  a customer split into 2 chains of one record is caught with {chances['split_in_two']:.1%},")
    console.print(f"  into 10 chains with {chances['split_in_ten']:.1%}; responses may be judged together")
