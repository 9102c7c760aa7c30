"""Where the demo takes place: alice, bob, charlie and a witness as processes, a tap on bob's line, evil outside."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from carnet.crypto.coins import system_coins
from carnet.crypto.tls import make_certificate
from carnet.identity.keystore import Keystore, new_keystore
from carnet.messages import Member
from carnet_node.demo.network import (
    DAY_S,
    HOST,
    NETWORK,
    Founder,
    free_ports,
    make_node,
    read_member,
    read_witness,
    sign_directory,
    write_law,
)
from carnet_node.demo.script import BY_NAME, JURISDICTIONS
from carnet_node.demo.stage import Node, Nodes
from carnet_node.demo.tap import Tap
from carnet_node.init import NewNode
from carnet_node.sandbox.clock import FILE

WITNESS: Final = "witness"
EVIL: Final = "evil"
EVENING_S: Final = 900
TAPPED: Final = "bob"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Theatre:
    """Everything that the acts play with."""

    folder: Path
    authority: str
    keystores: dict[str, Keystore]
    members: dict[str, Member]
    nodes: Nodes
    tap: Tap
    ports: dict[str, int]

    def published(self, name: str) -> Path:
        """Return the published folder of *name*."""
        return self.folder / name / "published"


@contextmanager
def opened(folder: Path) -> Iterator[Theatre]:
    """Make the network below *folder*, start its processes, and stop them at the end."""
    now, founder = _yesterday(), Founder.new()
    names = [*JURISDICTIONS, WITNESS]
    *listens, tapped = free_ports(len(names) + 1)
    ports = dict(zip(names, listens, strict=True))
    endpoints = {**ports, TAPPED: tapped}
    keystores = {
        name: make_node(folder / name, _new(name, founder, listens=ports[name], endpoint=endpoints[name]), now=now)
        for name in names
    }
    members = {name: read_member(folder / name) for name in JURISDICTIONS}
    signed = sign_directory(
        founder, members=tuple(members.values()), witnesses=(read_witness(folder / WITNESS),), now=now
    )
    for name in names:
        (folder / name / "directory").write_bytes(signed)
        (folder / name / FILE).write_text(f"{now - int(time.time())}\n", encoding="ascii")
    (folder / AUTHORITY).write_text(f"{founder.authority_hex}\n", encoding="ascii")
    (folder / "screening").write_text(f"# wallets that bob's screening stops\n{_unwelcome()}\n", encoding="utf-8")
    write_law(folder, founder, now=now)
    with (
        Tap(port=tapped, target=ports[TAPPED]) as tap,
        Nodes(Node(name, folder / name) for name in names) as nodes,
    ):
        yield Theatre(
            folder=folder,
            authority=founder.authority_hex,
            keystores={**keystores, EVIL: _stranger(now)},
            members=members,
            nodes=nodes,
            tap=tap,
            ports=ports,
        )


def _yesterday() -> int:
    """Return this time of the day before, or one somewhat earlier: the demo's day does not end before it is told to."""
    now = int(time.time()) - DAY_S
    return now - EVENING_S if now % DAY_S > DAY_S - EVENING_S else now


def _stranger(now: int) -> Keystore:
    """Return evil's keys: as good as anybody's, but in no directory."""
    tls = make_certificate(not_before=now - 3600, not_after=now + 7 * DAY_S)
    origin = f"{EVIL}.example/carnet"
    return new_keystore(network=NETWORK, vasp=EVIL, log_origin=origin, tls=tls, now=now, coins=system_coins)


def _unwelcome() -> str:
    scene = BY_NAME["rejected"]
    return scene.beneficiary.wallets[scene.asset]


def _new(name: str, founder: Founder, *, listens: int, endpoint: int) -> NewNode:
    return NewNode(
        network=NETWORK,
        vasp=name,
        name=f"{name.capitalize()} Exchange",
        jurisdiction=JURISDICTIONS.get(name, "FATF"),
        endpoint=f"{HOST}:{endpoint}",
        listen=f"{HOST}:{listens}",
        log_origin=f"{name}.example/carnet",
        authority=founder.authority_hex,
        witness=f"{WITNESS}.example" if name == WITNESS else "",
        settings=SHARED + (SCREENING if name == TAPPED else ""),
    )


AUTHORITY: Final = "authority.hex"
"""Where the authority's public key is left for whoever audits the folders again."""
SHARED: Final = """
[paths]
packs = "../packs"
quotes = "../quotes"

[chain]
file = "../chain.jsonl"

[offers]
retry_first_s = 0.2
retry_most_s = 1.0
poll_first_s = 0.2

[log]
interval_s = 0.2

[reports]
retry_first_s = 0.2
retry_most_s = 1.0

[sandbox]
clock = true
"""
"""What all nodes share, and quicker than the defaults, so that nobody waits."""

SCREENING: Final = """
[decisions]
screening = "../screening"
"""
