"""Nodes of a small network, in one process, over real mutual TLS on loopback."""

import asyncio
import contextlib
import json
import socket
import time
from importlib.resources import files

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import Cost
from carnet.crypto.sign import public_key
from carnet.envelope.payload import Transfer
from carnet.identity.keystore import unlock_keystore
from carnet.messages import Directory, Member, NamedKey, Role, Unit, Witness
from carnet.policy import Quote, compile_pack, pack_hash
from carnet.secret import Secret
from carnet_node.app import App
from carnet_node.config import load_config
from carnet_node.demo.cast import identity, personas
from carnet_node.init import NewNode, create_node
from carnet_node.offering import Order

PASSPHRASE = Secret(b"correct horse")
CHEAP = Cost(1, 8192)
NETWORK = "test.carnet"
BTC = "bip122:000000000019d6689c085ae165831e93/slip44:0"
SATOSHI = 100_000_000
JURISDICTIONS = {"alice": "FATF", "bob": "EU", "charlie": "FATF", "evil": "FATF"}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Clock:
    """The time, which a test may move."""

    def __init__(self):
        self.ahead = 0.0

    def __call__(self):
        return time.time() + self.ahead


class World:
    """Folders and running nodes; *members* are listed in the directory."""

    def __init__(self, root, *, members=("alice", "bob", "charlie"), settings=""):
        self.root = root
        root.mkdir(exist_ok=True)
        self.clock = Clock()
        self.authority = Secret(bytes([1]) * 32)
        self.authority_public = public_key(self.authority).hex()
        self.issuer = Secret(bytes([2]) * 32)
        self.pack_issuer = Secret(bytes([3]) * 32)
        self.apps = {}
        self.members = members
        self.version = 0
        self.packs = {}
        self.expires_in = 86400
        for name in ("fatf-2019", "eu-tfr-2023"):
            pack = compile_pack((files("carnet.policy") / "packs" / f"{name}.toml").read_text())
            self.packs[pack.jurisdiction] = pack
        for name in (*members, "evil"):
            self.create(name, settings=settings)
        self.directory()
        self.quote()

    def home(self, name):
        return self.root / name

    def create(self, name, *, settings="", witness=""):
        port = free_port()
        new = NewNode(
            network=NETWORK,
            vasp=name,
            name=name.capitalize(),
            jurisdiction=JURISDICTIONS.get(name, "FATF"),
            endpoint=f"127.0.0.1:{port}",
            listen=f"127.0.0.1:{port}",
            log_origin=f"log.{name}.example",
            authority=public_key(self.authority).hex(),
            witness=witness,
            settings=f"""
[offers]
retry_first_s = 0.05
retry_most_s = 0.4
poll_first_s = 0.05
[log]
interval_s = 0.1
prove = false
[chain]
file = "../chain.jsonl"
{settings}
""",
        )
        home = self.home(name)
        create_node(home, new, passphrase=PASSPHRASE, cost=CHEAP, now=int(time.time()), coins=system_coins)
        for pack in self.packs.values():
            (home / "packs" / pack.id).write_bytes(cose.sign(pack, seed=self.pack_issuer))

    def settings(self, name, old, new):
        file = self.home(name) / "carnet.toml"
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    def card(self, name):
        return Member.decode((self.home(name) / "member.cbor").read_bytes())

    def directory(self, *, version=None, members=None, witnesses=(), expires_in=None):
        """Sign a directory, and put it into every home."""
        self.version = self.version + 1 if version is None else version
        now = int(self.clock())
        signed = cose.sign(
            Directory(
                network=NETWORK,
                version=self.version,
                unit=Unit(currency="USD", exponent=2),
                members=tuple(self.card(name) for name in members or self.members),
                quote_issuers=(NamedKey(name="rates", key=public_key(self.issuer)),),
                pack_issuers=(NamedKey(name="laws", key=public_key(self.pack_issuer)),),
                witnesses=tuple(Witness.decode((self.home(name) / "witness.cbor").read_bytes()) for name in witnesses),
                quorum=len(witnesses),
                issued=now,
                expires=now + (self.expires_in if expires_in is None else expires_in),
            ),
            seed=self.authority,
        )
        for home in self.root.iterdir():
            if home.is_dir():
                (home / "directory").write_bytes(signed)
        return signed

    def quote(self, *, price=100_000_00, for_s=3600, names=None, early=5):
        """Sign quotes of a bitcoin in both currencies, in force from now on."""
        now = int(self.clock())
        for currency in ("USD", "EUR"):
            quote = Quote(
                issuer="rates",
                asset=BTC,
                currency=currency,
                exponent=2,
                price=price,
                scale=SATOSHI,
                not_before=now - early,
                not_after=now + for_s,
            )
            for name in names or [home.name for home in self.root.iterdir() if home.is_dir()]:
                file = self.home(name) / "quotes" / f"{currency}-{time.time_ns()}"
                file.write_bytes(cose.sign(quote, seed=self.issuer))

    def build(self, name, **options):
        return App(load_config(self.home(name)), passphrase=PASSPHRASE, clock=self.clock, **options)

    async def start(self, *names):
        for name in names:
            self.apps[name] = self.build(name)
            await self.apps[name].start()
        return [self.apps[name] for name in names]

    async def stop(self, *names):
        for name in names or list(self.apps):
            await self.apps.pop(name).stop()

    def keystore(self, name):
        return unlock_keystore((self.home(name) / "keystore").read_bytes(), passphrase=PASSPHRASE)[0]

    def state(self, name, transfer_id, role=None):
        store = self.apps[name].party.store
        for each in (Role.ORIGINATOR, Role.BENEFICIARY) if role is None else (role,):
            if found := store.read(lambda unit, each=each: unit.state(each, transfer_id)):
                return found[0]
        return None

    async def until(self, name, transfer_id, *phases, within=10):
        """Return the state once its phase (or its outcome) is one of *phases*."""
        deadline = time.monotonic() + within
        while True:
            state = self.state(name, transfer_id)
            if state is not None and {state.phase.name, getattr(state.outcome, "name", None)} & set(phases):
                return state
            assert time.monotonic() < deadline, (name, state)
            await asyncio.sleep(0.01)

    def reply(self, name, transfer_id, revision=1):
        role = self.state(name, transfer_id).role
        return self.apps[name].party.store.read(lambda unit: unit.reply(role, transfer_id, revision))

    def rows(self, name, table):
        from sqlalchemy import select

        return self.apps[name].database.look(lambda connection: connection.execute(select(table)).all())


def order(sender="mary", receiver="robert", amount=SATOSHI, *, repaired=True, address=None, drop=()):
    """Return what a caller knows of a transfer between two of the cast."""
    cast = personas()
    who = identity(sender=cast[sender], receiver=cast[receiver], asset=BTC, repaired=repaired)
    transfer = Transfer(
        asset=BTC,
        amount=amount,
        source_address=cast[sender].wallets[BTC],
        destination_address=address or cast[receiver].wallets[BTC],
    )
    return Order(identity=who, transfer=transfer)


@contextlib.asynccontextmanager
async def running(world, *names):
    await world.start(*names)
    try:
        yield world
    finally:
        await world.stop()


def json_order(request):
    from carnet.ivms101 import to_json

    return json.dumps(
        {
            "identity": to_json(request.identity),
            "asset": request.transfer.asset,
            "amount": str(request.transfer.amount),
            "destinationAddress": request.transfer.destination_address,
            "sourceAddress": request.transfer.source_address,
        }
    )


__all__ = ["BTC", "SATOSHI", "World", "json_order", "order", "pack_hash", "running"]
