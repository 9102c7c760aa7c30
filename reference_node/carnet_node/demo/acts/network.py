"""Act 1: who is there."""

from dataclasses import dataclass
from typing import final

from carnet.crypto.tls import pin
from carnet_node.demo.network import PACKS
from carnet_node.demo.script import JURISDICTIONS
from carnet_node.demo.stage import expect
from carnet_node.demo.theatre import EVIL, WITNESS, Theatre


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One party: what it is to the network, and how it is known."""

    name: str
    role: str
    law: str
    pid: int
    endpoint: str
    key: str
    certificate: str


def introduce(theatre: Theatre) -> list[Party]:
    """Return all parties, each node a process of its own."""
    found = []
    for name, keystore in theatre.keystores.items():
        role = {WITNESS: "witness", EVIL: "no member"}.get(name, "member")
        jurisdiction = JURISDICTIONS.get(name)
        port = theatre.ports.get(name)
        found.append(
            Party(
                name=name,
                role=role,
                law="-" if jurisdiction is None else PACKS[jurisdiction],
                pid=0 if name == EVIL else theatre.nodes[name].pid,
                endpoint="" if port is None else f"127.0.0.1:{port}",
                key=keystore.identity_public.hex(),
                certificate=pin(keystore.tls_certificate).hex(),
            )
        )
    processes = {party.pid for party in found if party.pid}
    expect(len(processes) == len(JURISDICTIONS) + 1, "not every node is a process of its own")
    expect(EVIL not in theatre.members, "evil is a member")
    return found
