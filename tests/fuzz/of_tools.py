"""What the command-line tools read: claims, packs, payloads, and files of any kind."""

import json
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from carnet.cli import claims, files, many, openings
from carnet.cli.claims import ClaimFile
from carnet.cli.inspect import _tree, look
from carnet.cli.packs import load_pack
from carnet.cli.terminal import moment_of, printable, public_key
from carnet.cli.transfer import load_bundle, load_packs, read_payload
from carnet.crypto.coins import visible_coins
from carnet.errors import PeerError, UsageError
from carnet.testing.world import identity_json
from carnet.zk.commitment import Opening
from carnet.zk.tier import prove_tier
from fuzz.of_json import payloads
from fuzz.of_log import folder
from fuzz.of_proofs import tier
from fuzz.seeds import first, joined, vectors, world
from fuzz.table import target
from pack_files import NAMES, source

READ = (PeerError, UsageError)


@cache
def scratch():
    """A folder for the one file at a time that is read."""
    return Path(tempfile.mkdtemp(prefix="carnet-fuzz-"))


def written(data, name="file"):
    """Return a file called *name* that holds *data*."""
    path = scratch() / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


# --- the command-line tools ------------------------------------------------------------------------------------------


def _claims():
    """Claims that the tool accepts, and some of the published vectors."""
    coins = visible_coins("a claim in a file")
    claim, witness = tier(70_000, full=False, coins=coins)
    stated = {"limit": claim.limit, "value": claim.value, "window": claim.window, "flag": claim.flag}
    made = prove_tier(claim, witness, on=claims.transcript("tier", stated, "a test"), coins=coins)
    case, linear, several = first("tier"), first("window"), first("tiers")
    listed = ClaimFile(statement="tier", stated=stated, proof=made, context="a test")
    given = {name: case[name] for name in stated}
    said = [
        listed,
        ClaimFile(statement="tier", stated=given, proof=case["proof"], context="a test"),
        ClaimFile(statement="window", stated={"records": linear["records"]}, proof=linear["proof"], context=""),
        ClaimFile(statement="tiers", stated={"records": several["records"]}, proof=several["proof"], context=""),
        ClaimFile(statement="sum", stated=_sum(first("sum")), proof=first("sum")["proof"], context=""),
    ]
    return [each.encode() for each in said]


def _sum(case):
    return {"total": int.from_bytes(case["total"], "big"), "commitments": case["summands"]}


@target("cli.claim", family="tools", grammar="json", seeds=_claims, refuses=READ)
def read_claim(data):
    claim = claims.read_claim(written(data))
    assert claims.parse_claim(json.loads(claim.encode())) == claim
    claim.item().verify()


def _openings():
    known = [Opening(value=7, blinding=8), Opening(value=2**128 - 1, blinding=1)]
    return [openings.encode("sum", known), openings.encode_tier(tier(5, full=False, coins=visible_coins("open"))[1])]


@target("cli.opening", family="tools", grammar="json", seeds=_openings, refuses=READ)
def read_opening(data):
    known = openings.read(written(data))
    assert openings.read(written(openings.encode("range", known))) == known


@target(
    "cli.inspect",
    family="tools",
    grammar="cbor",
    seeds=joined(
        vectors("cose", "signed"),
        vectors("checkpoint", "note"),
        vectors("carriers", "carrier"),
        vectors("record", "record"),
        _claims,
        lambda: list(folder()[0].values()),
    ),
)
def read_any(data):
    found = look(data)
    json.dumps(found)
    _tree(found)


@target("cli.json", family="tools", grammar="json", seeds=payloads, refuses=READ)
def read_json(data):
    path = written(data)
    files.read_json(path)
    many.load(path)


@target("cli.key", family="tools", seeds=lambda: [b"00" * 32, b"key"], refuses=(Exception,))
def read_key(data):
    """Which of its own errors an option's parser raises is the business of who calls it."""
    public_key(printable(data.decode("utf-8", "replace")))


@target(
    "cli.moment",
    family="tools",
    refuses=(UsageError, UnicodeDecodeError),
    seeds=lambda: [b"2026-06-30", b"2026-06-30T12:00:00Z"],
)
def read_moment(data):
    start, end = moment_of(data.decode())
    assert 0 <= start <= end


@target("cli.payload", family="tools", grammar="json", refuses=READ, seeds=lambda: [json.dumps(PAYLOAD).encode()])
def read_order(data):
    identity, _, transfer = read_payload(written(data))
    identity.encode()
    transfer.encode()


PAYLOAD = {
    "identity": identity_json(),
    "asset": "bip122:000000000019d6689c085ae165831e93/slip44:0",
    "amount": "1000000",
    "destinationAddress": "bc1q-not-an-address",
    "purpose": "rent",
}


@target("cli.pack", family="tools", grammar="cbor", refuses=READ, seeds=vectors("policy_pack", "pack"))
def read_pack(data):
    assert load_pack(str(written(data, "pack.cbor"))).encode() in data


@target("cli.pack.source", family="tools", refuses=READ, seeds=lambda: [source(name).encode() for name in NAMES])
def read_pack_source(data):
    load_pack(str(written(data, "pack.toml")))


@target(
    "cli.objects",
    family="tools",
    grammar="cbor",
    refuses=READ,
    seeds=lambda: [world().vasps["bob"].signed_bundle],
)
def read_objects(data):
    """A bundle and a pack, as the commands that seal take them."""
    path, there = written(data), world()
    with suppress(PeerError):
        load_packs([path], there.trust)
    load_bundle(path, trust=there.trust, now=there.now)
