"""What people see of the facts. Every text goes in as text, never as markup."""

from collections.abc import Iterable
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from carnet_node.demo.acts.attacks import Attempt
from carnet_node.demo.acts.audit import Audit
from carnet_node.demo.acts.network import Party
from carnet_node.demo.acts.reports import Reported
from carnet_node.demo.acts.transfers import Sent
from carnet_node.demo.acts.views import FIELDS, Views
from carnet_node.demo.script import JURISDICTIONS

HASH: Final = 12
SHOWN: Final = 36
WIDTH: Final = 100
"""Of output that goes into no terminal."""
GOOD: Final = {"SETTLED": "green", "ACCEPTED": "green", "SOUND": "bold green"}
BAD: Final = {"REJECTED": "yellow", "UNSOUND": "bold red"}
SEALED: Final = Text("sealed", "dim")
HIDDEN: Final = Text("hidden", "dim")


def title(console: Console, number: int, text: str) -> None:
    """Print the heading of an act."""
    console.print()
    console.rule(Text.assemble((f" {number} ", "bold reverse"), f"  {text} "), align="left", style="dim")


def note(console: Console, *parts: str | tuple[str, str]) -> None:
    """Print a line beside a table."""
    console.print(Padding(Text.assemble(*parts), (0, 0, 0, 1)))


def _table(*columns: str | Text, **more: Any) -> Table:
    table = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, collapse_padding=True, **more)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _put(console: Console, table: Table) -> None:
    console.print(Padding(table, (0, 0, 0, 1)))


def _row(table: Table, *cells: str | Text) -> None:
    table.add_row(*(cell if isinstance(cell, Text) else Text(cell) for cell in cells))


def _verdict(word: str) -> Text:
    return Text(word, GOOD.get(word) or BAD.get(word) or "")


def network(console: Console, parties: Iterable[Party]) -> None:
    """Show act 1."""
    table = _table("party", "is", "law", "process", "listens on", "identity key", "certificate")
    for column in table.columns:
        column.no_wrap = True
    for each in parties:
        process = str(each.pid) if each.pid else "none"
        key, certificate = (f"{value[:HASH]}..." for value in (each.key, each.certificate))
        _row(table, Text(each.name, "bold"), each.role, each.law, process, each.endpoint or "-", key, certificate)
    _put(console, table)
    note(console, "Nodes talk gRPC over mutual TLS 1.3; whoever the signed directory does not list gets no further.")


def transfers(console: Console, sent: dict[str, Sent]) -> None:
    """Show act 2."""
    laws = ", ".join(f"{name} under {law}" for name, law in JURISDICTIONS.items())
    note(console, f"{laws}; of two laws, the stricter decides.")
    table = _table("customers", "amount", "worth", "tier", "outcome")
    table.columns[1].justify = table.columns[2].justify = "right"
    for each in sent.values():
        scene = each.scene
        ends = (scene.originator, scene.beneficiary)
        revisions = f" r{each.revisions}" if each.revisions > 1 else ""
        customers = " > ".join(f"{end.id}@{end.vasp} {end.country}" for end in ends)
        _row(
            table,
            Text.assemble(customers, "\n", (f"  {scene.about}", "dim")),
            scene.moved,
            scene.worth,
            Text(each.tier, "cyan" if each.tier == "BASIC" else ""),
            _verdict(each.phase) + Text(revisions),
        )
    _put(console, table)
    _stories(console, sent)


def _stories(console: Console, sent: dict[str, Sent]) -> None:
    repaired, rejected, killed = (sent[name] for name in ("repaired", "rejected", "killed"))
    note(console, ("BASIC ", "cyan"), "names and accounts alone: nothing else leaves the house below the limit.")
    note(console, ("REPAIR ", "yellow"), "alice's law is content, bob's is not. He asks for:")
    for path in repaired.paths:
        note(console, f"  {path.removeprefix('/originator/originatorPerson/0/naturalPerson/')}")
    note(
        console,
        ("REJECTED ", "yellow"),
        f"code {rejected.code}; the code says no more, and both ends put it on record.",
    )
    if (story := killed.killed) is not None:
        old, new = story.pids
        note(console, ("kill -9 ", "red"), f"bob answers, the answer is lost, process {old} is killed; ")
        note(
            console, f"  process {new} starts, attempt {story.attempts} of the same bytes brings the very same receipt:"
        )
        for when, value in (("bob before", story.before), ("bob after", story.after), ("alice has", story.received)):
            note(console, f"  {when:<11}SHA-256 {value}")


def views(console: Console, seen: Views) -> None:
    """Show act 3."""
    scene = seen.sent.scene
    ends = [f"{end.id} at {end.vasp}" for end in (scene.originator, scene.beneficiary)]
    note(console, f"{ends[0]} sends {scene.moved} to {ends[1]}.")
    _put(console, _glance(seen))
    wire = _table("on the wire", "bytes", "begins with", "secrets readable")
    wire.columns[1].justify = wire.columns[3].justify = "right"
    for line in seen.wire:
        _row(
            wire,
            line.what,
            f"{line.size:,}",
            Text(line.head, "dim"),
            Text(f"{line.secrets} of {len(seen.secrets)}", "bold green"),
        )
    _put(console, wire)
    note(console, (f"looked for: {_brief(seen.secrets)}", "dim"))
    note(console, ("Inside TLS, the signed header names both VASPs, and never a person.", "dim"))
    _put(console, _logs(seen))
    note(console, "The two records of one transfer share no byte string: nobody learns from the logs who paid whom.")


def _brief(secrets: list[str]) -> str:
    """Return the names of *secrets*, each person named once."""
    told: dict[str, list[str]] = {}
    for each in secrets:
        who, _, what = each.partition(" ")
        told.setdefault(who, []).append(what)
    return "; ".join(f"{who} {', '.join(what)}" for who, what in told.items())


def _glance(seen: Views) -> Table:
    ours, theirs = seen.originator, seen.beneficiary
    record = seen.log[0].record
    table = _table("", *(Text(who, "bold") for who in ("alice", "the wire", "bob", "the log", "the auditor")))
    told = [_person(end["payload"]["identity"]) for end in (ours, theirs)]
    for what, mine in told[0].items():
        _row(table, what, mine, SEALED, told[1][what], HIDDEN, HIDDEN)
    values = [
        ", ".join(f"{value / 100:,.2f} {name}" for name, value in end["payload"]["values"].items())
        for end in (ours, theirs)
    ]
    _row(
        table,
        "amount",
        f"{seen.sent.scene.moved}: {values[0]}",
        SEALED,
        values[1],
        f"commitment {record.value.hex()[:8]}...",
        HIDDEN,
    )
    proven = "proven: below the limit, or FULL"
    _row(
        table,
        "data tier",
        ours["payload"]["tier"],
        SEALED,
        theirs["payload"]["tier"],
        "commitment",
        Text(proven, "green"),
    )
    _row(table, "counterparty", ours["counterparty"], "two addresses", theirs["counterparty"], HIDDEN, HIDDEN)
    checks = ", ".join(theirs["offers"][0]["replies"][0]["checks"]).lower()
    _row(table, "receipt", "signed by bob", SEALED, f"checked: {checks}", "salted hash", HIDDEN)
    endings = (ours["outcome"], "a fixed size", theirs["outcome"], record.kind.name, Text(record.kind.name, "green"))
    _row(table, "ending", *endings)
    return table


def _person(identity: dict[str, Any]) -> dict[str, str]:
    """Return what *identity* says of its persons, in lines for people."""
    found = {}
    for role in ("originator", "beneficiary"):
        person = identity[role][f"{role}Person"][0]
        natural = person["naturalPerson"]
        name = natural["name"]["nameIdentifier"][0]
        found[role] = f"{name['secondaryIdentifier']} {name['primaryIdentifier']}"
        if address := natural.get("geographicAddress"):
            found["address"] = f"{address[0]['buildingNumber']} {address[0]['streetName']}, {address[0]['townName']}"
        if document := natural.get("nationalIdentification"):
            found["document"] = document["nationalIdentifier"]
    return found


def _logs(seen: Views) -> Table:
    headings = (f"{entry.vasp}'s log, entry {entry.index}" for entry in seen.log)
    table = _table("field", *(Text(heading, "bold") for heading in headings))
    _row(table, "entry", *(Text(f"{entry.entry[:SHOWN]}...", "dim") for entry in seen.log))
    _row(table, "kind, role", *(f"{entry.record.kind.name}, {entry.record.role.name}" for entry in seen.log))
    _row(table, "epoch", *(str(entry.record.epoch) for entry in seen.log))
    _row(table, "pack", *(f"{entry.record.pack.hex()[:HASH]}... ({JURISDICTIONS[entry.vasp]})" for entry in seen.log))
    for field in FIELDS:
        _row(table, field, *(Text(f"{getattr(entry.record, field).hex()[:SHOWN]}...", "dim") for entry in seen.log))
    _row(table, "proof beside it", *(f"{entry.proof_size} bytes" for entry in seen.log))
    return table


def attacks(console: Console, attempts: Iterable[Attempt]) -> None:
    """Show act 4."""
    table = _table("who", "tries to", "is answered", "check in bob's log")
    for each in attempts:
        _row(table, Text(each.who, "bold"), each.tried, Text(each.answer, "yellow"), Text(each.check, "red"))
    _put(console, table)
    note(
        console,
        "Bob's state is what it was, byte by byte. Alice settles now as if nothing had happened.",
    )


def reports(console: Console, reported: Iterable[Reported]) -> None:
    """Show act 5."""
    table = _table("VASP", "day", "entries", "channel in the report", "transfers", "with, as it alone knows")
    for column in (2, 4):
        table.columns[column].justify = "right"
    for each in reported:
        told: list[str | Text] = [Text(each.vasp, "bold"), each.day, str(each.entries)]
        for row in each.rows:
            way = "to" if row.role == "originator" else "from"
            ends = Text(f"{way} {row.counterparty}", "dim")
            _row(table, *told, Text(f"{row.channel[:HASH]}...", "cyan"), str(row.transfers), ends)
            told = ["", "", ""]
    _put(console, table)
    note(console, "Sums are hidden. Each row proves that it holds what the other end's records hold, which it has seen")
    note(console, "in the other's log. Both ends give a channel one name, which nobody else can compute.")


def audit(console: Console, found: Audit, *, authority: str) -> None:
    """Show act 6."""
    folders = " ".join(f"{each.vasp}/published" for each in found.sound)
    note(console, ("$ ", "dim"), f"carnet-audit verify --authority {authority[:8]}... {folders}")
    table = _table("VASP", "entries", "proven", "endings", "under", "cosigned by", "verdict")
    for each in found.sound:
        kinds = ", ".join(f"{count} {kind}" for kind, count in each.kinds.items())
        packs, cosigned = ", ".join(each.packs), ", ".join(each.cosigned)
        _row(
            table,
            Text(each.vasp, "bold"),
            str(each.size),
            str(each.proofs),
            kinds,
            packs,
            cosigned,
            _verdict(each.verdict),
        )
    _put(console, table)
    note(console, "From their reports, each channel's two ends, held against each other:")
    table = _table("channel", "from", "to", "transfers", "the two ends are")
    table.columns[3].justify = "right"
    for channel in found.channels:
        ends = (channel.one or "-", channel.other or "-")
        _row(
            table,
            Text(f"{channel.channel[:HASH]}...", "cyan"),
            *ends,
            str(channel.transfers),
            Text(channel.state, "green"),
        )
    _put(console, table)
    note(console, "And of copies of alice's folder, each with one change:")
    table = _table("done to the copy", "exit", "check", "verdict")
    for fault in found.tampered:
        checks = Text("\n".join(fault.checks), "red")
        _row(table, fault.done, str(fault.status), checks, _verdict("UNSOUND"))
    _put(console, table)


def curtain(console: Console, *, seconds: float, kept: str | None) -> None:
    """Print the last lines."""
    console.print()
    console.print(Text.assemble(("All as promised", "bold green"), f", in {seconds:.1f} s; every process is stopped."))
    if kept is not None:
        console.print(Text(f"Kept in {kept}: node.db, node.log and published/ of each. The same audit again:"))
        folders = " ".join(f"{kept}/{name}/published" for name in JURISDICTIONS)
        again = f"carnet-audit verify --authority {kept}/authority.hex {folders}"
        console.print(Text(again), soft_wrap=True)  # to be copied
