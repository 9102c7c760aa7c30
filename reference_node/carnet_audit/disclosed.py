"""What a disclosure shows, for people and for programs."""

from enum import IntEnum
from typing import Any, Final

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from carnet.days import moment
from carnet.disclosure.messages import Refusal
from carnet.disclosure.paths import read_value
from carnet.disclosure.request import OpenedRequest
from carnet.disclosure.shown import ShownTransfer
from carnet.disclosure.verify import Disclosed, Disclosure
from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError, read_items
from carnet.identity.directory import Trust
from carnet.log.notice import Notice
from carnet.log.tiles import RECORDS, WIDTH, bundle_at
from carnet.messages import Check
from carnet.wire import Wire
from carnet_audit.disclosing import inclusion, newest_log
from carnet_audit.render import printable

Json = dict[str, Any]
SEARCHED: Final = 64
"""How many bundles of records are searched for the notice of a disclosure, from the newest backwards."""
REFUSALS: Final = {
    Refusal.UNKNOWN.name: "the VASP has no transfer under this number; it may be a notice",
    Refusal.SHREDDED.name: "what would open it was erased",
    Refusal.UNOPENED.name: "the VASP could never open what is asked about",
    Refusal.DECLINED.name: "the VASP's officer declined",
}
FACTS: Final = (
    "refusal",
    "role",
    "ending",
    "ended",
    "signed_by",
    "originator",
    "beneficiary",
    "decision",
    "checked",
    "transfer_id",
)


def notice_index(read: Read, notice: Notice, *, trust: Trust) -> int | None:
    """Return where the source's log has *notice*, or None if it is not among the newest records, or they are hidden.

    Where it lies is not taken at the source's word: it leads to the root that the witnesses have seen.
    """
    wanted = notice.encode()
    try:
        _, log = newest_log(read, trust)
        size = log.size
        last = (size - 1) // WIDTH
        for number in range(last, max(-1, last - SEARCHED), -1):
            items = read_items(read, bundle_at(RECORDS, leaf=number * WIDTH, size=size))
            if wanted in items:
                index = number * WIDTH + items.index(wanted)
                inclusion(read, log)(index, notice.entry())
                return index
    except (PeerError, UnreadableError):
        return None
    return None


def disclosed_json(opened: OpenedRequest, found: Disclosure, *, logged: int | None, trusted: bool) -> Json:
    """Return what *found* shows, as ``carnet-audit disclose open --json`` prints it."""
    request = opened.request
    return {
        "verdict": "SOUND",
        "vasp": request.vasp,
        "network": request.network,
        "kind": request.kind.name,
        "request": opened.hash.hex(),
        "time": found.time,
        "trust": "authority" if trusted else "source",
        "checkpoint": {"origin": found.checkpoint.origin, "size": found.checkpoint.size},
        "notice": {"hash": found.notice.hash.hex(), "index": logged},
        "records": [_record(each) for each in found.records],
    }


def _record(each: Disclosed) -> Json:
    whole: Json = {"index": each.index, "entry": each.entry.hex()}
    if each.refusal is not None:
        return {**whole, "answer": "REFUSED", "refusal": each.refusal.name}
    if each.is_cover:
        return {**whole, "answer": "COVER"}
    return {**whole, "answer": "SHOWN", **(_transfer(each, each.transfer) if each.transfer else {})}


def _transfer(each: Disclosed, transfer: ShownTransfer) -> Json:
    header, statement = transfer.header, transfer.statement
    return {
        "role": each.record.role.name if each.record else None,
        "ending": statement.state.name,
        "ended": statement.time,
        "signed_by": sorted(role.name for role in transfer.signers),
        "transfer_id": header.transfer_id.hex(),
        "originator": header.originator,
        "beneficiary": header.beneficiary,
        "decision": None if transfer.receipt is None else transfer.receipt.decision.name,
        "code": None if transfer.receipt is None else transfer.receipt.code,
        "checked": [] if transfer.receipt is None else [each.name for each in Check if transfer.receipt.checks & each],
        "payload": {path: _plain(path, value) for path, value in sorted(transfer.leaves.items())},
        "opened": transfer.values,
    }


def _plain(path: str, value: Wire) -> Any:
    """Return the value of a leaf as JSON has it: integers of money as text, since they may be large."""
    read = read_value(path, value)
    match read:
        case IntEnum():
            return read.name
        case bytes():
            return read.hex()
        case int() if not isinstance(read, bool) and isinstance(value, bytes):
            return str(read)
    return read


def render_disclosure(shown: Json, console: Console) -> None:
    """Print *shown* for people; what came from others is printed as text, and whole."""
    many = len(shown["records"])
    what = f"{many} record{'' if many == 1 else 's'}"
    console.print(Text(f"verdict: sound; {printable(shown['vasp'])} answered for {what}"))
    if shown["trust"] == "source":
        console.print("no authority's key was given: the directory was taken at the source's word")
    where = shown["notice"]["index"]
    told = "not among the newest records that you are shown" if where is None else f"number {where} of its log"
    console.print(Text(f"its notice of this disclosure: {told}"))
    for record in shown["records"]:
        console.print()
        console.print(Text(f"record {record['index']}: {record['answer'].lower()}", "bold"))
        console.print(Padding(_facts(record), (0, 0, 0, 2)))
        if record.get("payload"):
            console.print(Padding(_tree(record["payload"]), (0, 0, 0, 2)))


def _facts(record: Json) -> Table:
    """Return what a record says beside its payload."""
    facts: Json = {name.replace("_", " "): record.get(name) for name in FACTS}
    if (refusal := record.get("refusal")) is not None:
        facts["refusal"] = f"{refusal}: {REFUSALS[refusal]}"
    if "ended" in record:
        facts["ended"] = moment(record["ended"])
    for name, value in record.get("opened", {}).items():
        facts[f"opened: {name}"] = f"{value} (in minor units)" if name.isupper() else value
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        if value is not None:
            table.add_row(name, Text(printable(", ".join(value) if isinstance(value, list) else str(value))))
    return table


def _tree(payload: Json) -> Tree:
    """Return the leaves of *payload* as the tree that their paths make; an array's own leaf is how many it holds."""
    root = Tree(Text("payload", "dim"))
    nodes = {"": root}
    for path, value in payload.items():
        labels = path.strip("/").split("/")
        for depth, label in enumerate(labels, start=1):
            place = "/".join(labels[:depth])
            if place not in nodes:
                nodes[place] = nodes["/".join(labels[: depth - 1])].add(Text(printable(label), "dim"))
        said = Text("absent", "dim") if value is None else Text(printable(str(value)))
        nodes["/".join(labels)].label = Text.assemble((printable(labels[-1]), "dim"), ": ", said)
    return root
