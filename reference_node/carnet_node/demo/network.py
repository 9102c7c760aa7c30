"""A network on loopback, made from nothing: keys, a signed directory, packs and quotes, and a home for each node.

What a real network's parties do each for themselves, with `carnet-node init`, `carnet directory` and `carnet quote`,
is done here in one place, by the same functions of the library.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import INTERACTIVE
from carnet.crypto.sign import public_key
from carnet.identity.keystore import Keystore
from carnet.messages import Directory, Member, NamedKey, Unit, Witness
from carnet.policy import PolicyPack, Quote, compile_pack, pack_hash
from carnet.secret import Secret
from carnet_node.files import replace_file
from carnet_node.init import CARD, WITNESS_CARD, NewNode, create_node

NETWORK: Final = "carnet-demo"
PASSPHRASE: Final = "a demo keeps no secrets"  # noqa: S105 - as it says
DAY_S: Final = 86400
HOST: Final = "127.0.0.1"

BITCOIN: Final = "bip122:000000000019d6689c085ae165831e93/slip44:0"
ETHER: Final = "eip155:1/slip44:60"
CENTS: Final = 2
PRICES: Final[Mapping[str, tuple[int, Mapping[str, int]]]] = {
    BITCOIN: (10**8, {"USD": 10_000_000, "EUR": 9_000_000}),
    ETHER: (10**18, {"USD": 400_000, "EUR": 360_000}),
}
"""By asset: its atomic units, and what so many are worth in cents; round numbers, so that limits are easy to meet."""

PACKS: Final = {"FATF": "fatf-2019", "EU": "eu-tfr-2023"}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Founder:
    """Who signs for the network: its authority, and the issuers of quotes and packs."""

    authority: Secret[bytes]
    quotes: Secret[bytes]
    packs: Secret[bytes]

    @classmethod
    def new(cls) -> "Founder":
        """Return a founder with fresh keys."""
        return cls(**{name: Secret(system_coins(32)) for name in ("authority", "quotes", "packs")})

    @property
    def authority_hex(self) -> str:
        """The authority's public key, as configurations and auditors are given it."""
        return public_key(self.authority).hex()


def free_ports(count: int) -> list[int]:
    """Return *count* ports of loopback that nobody listens on now."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((HOST, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def shipped_pack(jurisdiction: str) -> PolicyPack:
    """Return the pack of this library for *jurisdiction*."""
    source = files("carnet.policy") / "packs" / f"{PACKS[jurisdiction]}.toml"
    return compile_pack(source.read_text("utf-8"))


def sign_directory(
    founder: Founder,
    *,
    members: tuple[Member, ...],
    witnesses: tuple[Witness, ...],
    now: int,
    network: str = NETWORK,
    version: int = 1,
) -> bytes:
    """Return the directory of *members*, signed; all *witnesses* must cosign."""
    directory = Directory(
        network=network,
        version=version,
        unit=Unit(currency="EUR", exponent=CENTS),
        members=members,
        quote_issuers=(NamedKey(name="quotes.example", key=public_key(founder.quotes)),),
        pack_issuers=(NamedKey(name="packs.example", key=public_key(founder.packs)),),
        witnesses=witnesses,
        quorum=len(witnesses),
        issued=now - 60,
        expires=now + 30 * DAY_S,
    )
    return cose.sign(directory, seed=founder.authority)


def write_law(folder: Path, founder: Founder, *, now: int, valid_s: int = DAY_S) -> None:
    """Write signed packs and quotes below *folder*, where all its nodes find them."""
    for name in ("packs", "quotes"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for jurisdiction in PACKS:
        pack = shipped_pack(jurisdiction)
        replace_file(folder / "packs" / pack_hash(pack).hex(), cose.sign(pack, seed=founder.packs))
    for number, (asset, (scale, prices)) in enumerate(PRICES.items()):
        for currency, price in prices.items():
            quote = Quote(
                issuer="quotes.example",
                asset=asset,
                currency=currency,
                exponent=CENTS,
                price=price,
                scale=scale,
                not_before=now - 60,
                not_after=now + valid_s,
            )
            replace_file(folder / "quotes" / f"{number}-{currency}", cose.sign(quote, seed=founder.quotes))


def make_node(home: Path, new: NewNode, *, now: int) -> Keystore:
    """Make folder *home* for *new*, as `carnet-node init` does, under a passphrase that takes less time to try."""
    passphrase = Secret(PASSPHRASE.encode())
    return create_node(home, new, passphrase=passphrase, cost=INTERACTIVE, now=now, coins=system_coins)


def read_member(home: Path) -> Member:
    """Return the card by which the node in *home* asks to be listed."""
    return Member.decode((home / CARD).read_bytes())


def read_witness(home: Path) -> Witness:
    """Return the card by which the node in *home* asks to be listed as a witness."""
    return Witness.decode((home / WITNESS_CARD).read_bytes())
