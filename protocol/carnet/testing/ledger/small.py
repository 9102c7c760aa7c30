"""Small networks that publish: invented transfers, with real signatures, proofs, trees and cosignatures.

Everything derives from visible coins, so that the same network comes out each time. A `Ledger` is what one VASP has on
record; a test may change it before `files` builds the folder, or the folder after.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.coins import Coins, visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.crypto.tls import make_certificate
from carnet.envelope.values import Openings, derive_openings
from carnet.exchange.closing import terminal_statement
from carnet.identity.keystore import Keystore, new_keystore, sign_bundle
from carnet.log.checkpoint import Checkpoint, VerifierKey, log_key, sign_checkpoint
from carnet.log.merkle import Frontier, leaf_hash
from carnet.log.record import Record, Source, derive_record, prove_record
from carnet.log.tiles import (
    CHECKPOINT,
    ENTRIES,
    PROOFS,
    RECORDS,
    WIDTH,
    changed_bundles,
    changed_tiles,
    encode_bundle,
    encode_tile,
)
from carnet.log.witness import attach, cosignature_line
from carnet.messages import (
    BROADCAST_ENDINGS,
    Directory,
    Member,
    NamedKey,
    Phase,
    Role,
    Unit,
    Witness,
)
from carnet.params import EPOCH_S
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.policy.shipped import shipped_pack
from carnet.secret import Secret
from carnet.testing.ledger.offered import offer_header, sources_of

NETWORK: Final = "testing"
START: Final = 20_700 * EPOCH_S + EPOCH_S // 2
"""When the network's time begins: in the middle of an epoch."""
WITNESS: Final = "witness.example/carnet"
ISSUER: Final = "packs.example"
ENDINGS: Final = (Phase.SETTLED, Phase.SETTLED, Phase.REJECTED, Phase.SETTLED, Phase.MISMATCH, Phase.EXPIRED)

_AUTHORITY: Final = generate_seed(visible_coins("the authority of the testing network"))
_WITNESS: Final = generate_seed(visible_coins("the witness of the testing network"))
_ISSUER: Final = generate_seed(visible_coins("the pack issuer of the testing network"))


@final
@dataclass(slots=True, kw_only=True)
class Ledger:
    """What one VASP has on record, and what it needs to publish it."""

    vasp: str
    keys: Keystore
    pack: PolicyPack
    packs: list[bytes]
    directory: bytes
    bundles: list[bytes] = field(default_factory=list)
    records: list[bytes] = field(default_factory=list)
    proofs: list[bytes] = field(default_factory=list)
    time: int = START + 60

    def put(self, record: Record, proof: bytes) -> None:
        """Add *record*, and the *proof* beside it."""
        self.records.append(record.encode())
        self.proofs.append(proof)

    def checkpoint(self, size: int | None = None) -> Checkpoint:
        """Return the checkpoint of the first *size* records, or of all."""
        tree = Frontier()
        for record in self.records[:size]:
            tree.append(leaf_hash(sha256(record).digest()))
        return Checkpoint(origin=self.keys.log_origin, size=tree.size, root=tree.root)

    def note(self, checkpoint: Checkpoint | None = None) -> bytes:
        """Return *checkpoint*, or that of all records, signed by the log and cosigned."""
        checkpoint = checkpoint or self.checkpoint()
        note = sign_checkpoint(checkpoint, seed=Secret(self.keys.log_seed))
        return attach(note, [cosignature_line(checkpoint, witness=WITNESS, now=self.time, seed=_WITNESS)])

    def files(self) -> dict[str, bytes]:
        """Return the published folder."""
        entries = [sha256(record).digest() for record in self.records]
        made = {"directory": self.directory, "bundle": self.bundles[-1], CHECKPOINT: self.note()}
        made |= {f"bundles/{number}": signed for number, signed in enumerate(self.bundles, start=1)}
        for signed in self.packs:
            made[f"packs/{cose.payload_hash(signed).hex()}"] = signed
        return made | _tree(entries, {ENTRIES: entries, RECORDS: self.records, PROOFS: self.proofs})


def _tree(entries: Sequence[bytes], trees: dict[str, Sequence[bytes]]) -> dict[str, bytes]:
    """Return the tiles of *entries*, and the bundles of *trees*."""
    made: dict[str, bytes] = {}
    hashes: dict[int, list[bytes]] = {}
    tree = Frontier()
    for entry in entries:
        for level, node in enumerate(tree.append(leaf_hash(entry))[::8]):
            hashes.setdefault(level, []).append(node)
    for tile in changed_tiles(old_size=0, new_size=len(entries)):
        start = tile.index * WIDTH
        made[tile.path] = encode_tile(hashes[tile.level][start : start + tile.width])
    for name, items in trees.items():
        for bundle in changed_bundles(name, old_size=0, new_size=len(entries)):
            start = bundle.index * WIDTH
            made[bundle.path] = encode_bundle(items[start : start + bundle.width])
    return made


@final
class Network:
    """Two VASPs under two laws: *alice* (EU) sends to *bob* (FATF)."""

    def __init__(self) -> None:
        """Make keys, packs, bundles and the directory."""
        self.authority: Final = public_key(_AUTHORITY)
        packs = {"alice": shipped_pack("eu-tfr-2023"), "bob": shipped_pack("fatf-2019")}
        signed = [cose.sign(pack, seed=_ISSUER) for pack in packs.values()]
        keys = {name: _keys(name) for name in packs}
        directory = cose.sign(_directory(keys, packs), seed=_AUTHORITY)
        self.ledgers: Final = {
            name: Ledger(vasp=name, keys=keys[name], pack=pack, packs=[each], directory=directory)
            for (name, pack), each in zip(packs.items(), signed, strict=True)
        }
        for ledger in self.ledgers.values():
            for day in (0, 1):
                ledger.keys, bundle = sign_bundle(
                    ledger.keys, packs=(pack_hash(ledger.pack),), endpoint="localhost:1", now=START - 3600 + day
                )
                ledger.bundles.append(bundle)

    def transfer(self, number: int, *, kind: Phase | None = None, value: int | None = None) -> None:
        """Put transfer *number* on both records; the kinds of endings, and the values, take turns."""
        coins = visible_coins(f"transfer {number} of the testing network")
        kind = kind or ENDINGS[number % len(ENDINGS)]
        for source, openings in self.sources(coins, kind=kind, value=7 * number + 100 if value is None else value):
            record = derive_record(source)
            opened = openings if kind in BROADCAST_ENDINGS else None
            name = "alice" if source.role is Role.ORIGINATOR else "bob"
            self.ledgers[name].put(record, prove_record(record, source, opened, window=None, coins=coins))

    def sources(self, coins: Coins, *, kind: Phase, value: int) -> list[tuple[Source, Openings]]:
        """Return what the two records of one transfer derive from, the originator's first."""
        seed = Secret(coins(32))
        packs = (self.ledgers["alice"].pack, self.ledgers["bob"].pack)
        openings = derive_openings(seed, values={p.legs[0].currency: value for p in packs}, unit=value, full=True)
        header = offer_header(
            openings,
            network=NETWORK,
            ends=("alice", "bob"),
            packs=packs,
            issued=START - 60,
            expires=START + 600,
            coins=coins,
        )
        statement = terminal_statement(
            header=header,
            header_hash=sha256(header.encode()).digest(),
            ending=kind,
            time=START,
            salted_txid=coins(32) if kind is Phase.SETTLED else None,
        )
        sources = sources_of(header, statement, receipt_hash=coins(32), seed=seed, packs=packs)
        return [(source, openings) for source in sources]


def network(transfers: int = 6) -> Network:
    """Return a network whose VASPs have *transfers* on record."""
    made = Network()
    for number in range(transfers):
        made.transfer(number)
    return made


def _keys(name: str) -> Keystore:
    return new_keystore(
        network=NETWORK,
        vasp=name,
        log_origin=f"{name}.example/log",
        tls=_certificate(name),
        now=START - 3600,
        coins=visible_coins(f"the keys of {name}"),
    )


def _certificate(name: str) -> tuple[Secret[bytes], bytes]:
    coins = visible_coins(f"the certificate of {name}")
    return make_certificate(not_before=START - 3600, not_after=START + 365 * EPOCH_S, coins=coins)


def _directory(keys: dict[str, Keystore], packs: dict[str, PolicyPack]) -> Directory:
    return Directory(
        network=NETWORK,
        version=1,
        unit=Unit(currency="USD", exponent=2),
        members=tuple(
            Member(
                vasp=name,
                name=name.capitalize(),
                jurisdiction=packs[name].jurisdiction,
                identity_key=each.identity_public,
                log_origin=each.log_origin,
                endpoint="localhost:1",
                tls_certificates=(each.tls_certificate,),
            )
            for name, each in keys.items()
        ),
        quote_issuers=(),
        pack_issuers=(NamedKey(name=ISSUER, key=public_key(_ISSUER)),),
        witnesses=(
            Witness(
                name=WITNESS,
                key=public_key(_WITNESS),
                endpoint="localhost:1",
                tls_certificates=(_certificate(WITNESS)[1],),
            ),
        ),
        quorum=1,
        issued=START - 3600,
        expires=START + 7 * EPOCH_S,
    )


def witness_seed() -> Secret[bytes]:
    """Return the seed under which the network's witness cosigns."""
    return _WITNESS


def log_key_of(ledger: Ledger) -> VerifierKey:
    """Return the public key of the log of *ledger*."""
    return log_key(ledger.keys.log_origin, Secret(ledger.keys.log_seed))


def authority_seed() -> Secret[bytes]:
    """Return the seed under which the network's authority signs."""
    return _AUTHORITY


def issuer_seed() -> Secret[bytes]:
    """Return the seed under which the network's packs are signed."""
    return _ISSUER
