"""Act 3: who sees what of one transfer."""

from dataclasses import dataclass
from typing import Any, final

from carnet.log.record import Record
from carnet_node.demo.acts.transfers import Sent, show
from carnet_node.demo.script import secrets_of
from carnet_node.demo.stage import Node, expect, until
from carnet_node.demo.theatre import Theatre

FIELDS = ("value", "unit", "window", "flag", "header_ref", "receipt_ref", "terminal_ref")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing on the wire: its size, how it begins, and how many of the transfer's secrets it holds."""

    what: str
    size: int
    head: str
    secrets: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One side's line in its log."""

    vasp: str
    index: int
    entry: str
    record: Record
    proof_size: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """What alice, the wire, bob and the logs hold of one transfer; what the auditor sees is act 6."""

    sent: Sent
    originator: dict[str, Any]
    beneficiary: dict[str, Any]
    wire: list[Line]
    secrets: list[str]
    log: list[Entry]


def look(theatre: Theatre, sent: Sent) -> Views:
    """Return what each party holds of *sent*."""
    ends = [theatre.nodes[name] for name in (sent.scene.originator.vasp, sent.scene.beneficiary.vasp)]
    ours, theirs = (show(node, sent.transfer_id, payload=True, wire=True) for node in ends)
    expect(ours["payload"] == theirs["payload"], "bob did not open what alice sealed")
    secrets = secrets_of(sent.scene)
    opened = str(theirs["payload"]).encode()
    expect(all(value in opened for value in secrets.values()), "bob cannot read all of it")
    lines = [_line(what, data, secrets) for what, data in _wire(sent, ours).items()]
    expect(not any(line.secrets for line in lines), "somebody who listens can read of it")
    log = [_entry(node, sent.transfer_id) for node in ends]
    _nothing_shared(log[0].record, log[1].record)
    return Views(sent=sent, originator=ours, beneficiary=theirs, wire=lines, secrets=list(secrets), log=log)


def _wire(sent: Sent, shown: dict[str, Any]) -> dict[str, bytes]:
    """Return what passed the tap, and, as if TLS were broken, the messages inside."""
    (offer,) = shown["offers"]
    (reply,) = offer["replies"]
    (ending,) = shown["statements"]
    return {
        "TLS records, alice to bob": sent.sent,
        "TLS records, bob to alice": sent.answered,
        "inside TLS: the offer": bytes.fromhex(offer["message"]),
        "inside TLS: the receipt": bytes.fromhex(reply["message"]),
        "inside TLS: the settlement": bytes.fromhex(ending["ours_message"]),
        "inside TLS: signed by bob too": bytes.fromhex(ending["theirs_message"]),
    }


def _line(what: str, data: bytes, secrets: dict[str, bytes]) -> Line:
    expect(bool(data), f"{what}: nothing passed the tap")
    readable = sum(value.lower() in data.lower() for value in secrets.values())
    return Line(what=what, size=len(data), head=data[:16].hex(" ", 4), secrets=readable)


def _entry(node: Node, transfer_id: str) -> Entry:
    """Return *node*'s record of a transfer, once its proof lies beside it."""

    def proven() -> dict[str, Any] | None:
        record: dict[str, Any] | None = show(node, transfer_id)["record"]
        return record if record is not None and record["state"] == "PROVED" else None

    found = until(proven, surprise=f"{node.name} does not prove its record")
    return Entry(
        vasp=node.name,
        index=found["log_index"],
        entry=found["entry"],
        record=Record.decode(bytes.fromhex(found["record"])),
        proof_size=found["proof_size"],
    )


def _nothing_shared(one: Record, other: Record) -> None:
    """Refuse two records of one transfer that share a byte string: whoever finds it knows who pays whom."""
    strings = [{getattr(record, field) for field in FIELDS} for record in (one, other)]
    expect(not strings[0] & strings[1], "the two records of one transfer share a byte string")
