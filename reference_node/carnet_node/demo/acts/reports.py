"""Act 5: the day ends, and every VASP reports of it; the clocks are moved, so that nobody waits for midnight."""

from dataclasses import dataclass
from typing import Any, Final, final

from carnet_node.demo.script import JURISDICTIONS
from carnet_node.demo.stage import Node, expect, until
from carnet_node.demo.theatre import WITNESS, Theatre

FIRST: Final = 1
PATIENCE_S: Final = 30.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A channel as a report shows it, and with whom it is, which the report does not say."""

    channel: str
    counterparty: str
    role: str
    transfers: int
    agreed: bool


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a VASP reports of the day."""

    vasp: str
    serial: int
    day: str
    entries: int
    rows: list[Row]
    total: int | None
    hash: str


def report(theatre: Theatre) -> list[Reported]:
    """Let the day end for everybody, and return what each VASP reports of it."""
    for name in JURISDICTIONS:
        logged(theatre.nodes[name])
    for name in (WITNESS, *JURISDICTIONS):
        theatre.nodes[name].ask("advance", days=1)
    found = [_reported(theatre.nodes[name]) for name in JURISDICTIONS]
    for name in JURISDICTIONS:
        logged(theatre.nodes[name])
    return found


def logged(node: Node) -> None:
    """Wait until all that ended at *node* is in its log."""

    def done() -> bool | None:
        return True if node.ask("status")["records"]["QUEUED"] == 0 else None

    until(done, surprise=f"{node.name} does not log its records", seconds=PATIENCE_S)


def _reported(node: Node) -> Reported:
    def issued() -> dict[str, Any] | None:
        one = node.ask("report", serial=FIRST)
        return one if one["state"] == "ISSUED" else None

    found = until(issued, surprise=f"{node.name} does not report", seconds=PATIENCE_S)
    said = found["report"]
    rows = [
        Row(
            channel=each["channel"],
            counterparty=each["counterparty"],
            role=each["role"],
            transfers=each["transfers"],
            agreed=each["shown"],
        )
        for each in found["channels"]
    ]
    expect(all(row.agreed for row in rows), f"{node.name} reports a channel whose other end showed nothing")
    return Reported(
        vasp=node.name,
        serial=found["serial"],
        day=found["day"],
        entries=said["end"] - said["start"],
        rows=rows,
        total=said["total"]["unit"] if said["total"] else None,
        hash=found["hash"],
    )
