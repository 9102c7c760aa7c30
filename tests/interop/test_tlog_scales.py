"""S9: logs of ours read by tools of others, and logs of others by ours."""

import subprocess
import sys
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tlog_scales.backend import make_backend
from tlog_scales.reader import TilesReader
from tlog_scales.signing import PlainEd25519Signer, Vkey, VkeySet
from tlog_scales.tiles import leaf_hash as their_leaf_hash
from tlog_scales.tlog import Checkpoint as TheirCheckpoint
from tlog_scales.writer import TilesWriter
from typer.testing import CliRunner

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.log.checkpoint import Checkpoint, log_key, open_checkpoint, parse_vkey, sign_checkpoint
from carnet.log.merkle import Frontier, leaf_hash, tree_root
from carnet.log.tiles import ENTRIES, bundle_at, decode_bundle, hash_reader
from carnet.log.tlog_proof import make_tlog_proof, open_tlog_proof
from carnet.log.witness import WitnessPolicy, attach, cosignature_line, witness_key
from carnet_audit.cli import app
from carnet_node.config import HttpConfig
from carnet_node.http_server import HttpServer
from carnet_node.publish import Folder
from carnet_node.tiles_http import TilesHttp
from oracle import c2sp_reader

ORIGIN, WITNESSES, NOW = "vasp.example/log", ("one.example/w", "two.example/w"), 1_800_000_000
SEED = generate_seed(visible_coins("a log that others read"))
WITNESS_SEEDS = [generate_seed(visible_coins(name)) for name in WITNESSES]
KEY = log_key(ORIGIN, SEED)
WITNESS_KEYS = tuple(witness_key(name, seed) for name, seed in zip(WITNESSES, WITNESS_SEEDS, strict=True))
POLICY = WitnessPolicy(witnesses=WITNESS_KEYS, quorum=2)
SIZES = (1, 2, 255, 256, 257, 700)


def entry(number):
    return sha256(b"%d" % number).digest()


def publish(root, size, *, steps=3):
    """Let a log grow to *size* as a node does, and have it cosigned."""
    folder, tree = Folder(root), Frontier()
    for step in range(steps):
        entries = [entry(number) for number in range(tree.size, size * (step + 1) // steps)]
        folder.grow(tree, entries, entries)
    checkpoint = Checkpoint(origin=ORIGIN, size=size, root=tree.root)
    lines = [
        cosignature_line(checkpoint, witness=name, now=NOW + number, seed=seed)
        for number, (name, seed) in enumerate(zip(WITNESSES, WITNESS_SEEDS, strict=True))
    ]
    folder.write("checkpoint", attach(sign_checkpoint(checkpoint, seed=SEED), lines))
    return checkpoint


def read_as_others_do(location, checkpoint):
    """Read a log with the tools of others, and hold all of it against *checkpoint*."""
    reader = TilesReader(make_backend(location))
    found = reader.get_checkpoint()
    assert (found.origin, found.size, found.root_hash) == (checkpoint.origin, checkpoint.size, checkpoint.root)
    found.verify(Vkey.from_string(str(KEY)))
    verified = VkeySet(*(Vkey.from_string(str(key)) for key in WITNESS_KEYS)).verify(found.signatures, found)
    assert {key.name for key, _ in verified} == set(WITNESSES)
    assert reader.calculate_root_hash() == checkpoint.root
    for index in {0, checkpoint.size // 2, checkpoint.size - 1}:
        assert reader.get_entry(index) == entry(index)
        proof = reader.get_inclusion_proof(index, checkpoint.size)
        proof.check(their_leaf_hash(entry(index)), checkpoint.root)


@pytest.mark.parametrize("size", SIZES)
def test_s9_others_read_our_folder(tmp_path, size):
    checkpoint = publish(tmp_path, size)
    read_as_others_do(str(tmp_path), checkpoint)
    entries, cosigned = c2sp_reader.read_log(tmp_path, str(KEY), [str(key) for key in WITNESS_KEYS])
    assert entries == [entry(number) for number in range(size)]
    assert cosigned == {name: NOW + number for number, name in enumerate(WITNESSES)}


async def test_s9_others_read_our_log_over_http(tmp_path):
    import asyncio

    checkpoint = publish(tmp_path, 700)
    config = HttpConfig(enabled=True, listen="127.0.0.1:0")
    server = HttpServer(TilesHttp(tmp_path, auditors=[]), config=config, drain_s=1)
    await server.start()
    try:
        await asyncio.to_thread(read_as_others_do, server.url, checkpoint)
        entries, _ = await asyncio.to_thread(c2sp_reader.read_log, server.url, str(KEY))
    finally:
        await server.stop()
    assert len(entries) == 700


def test_s9_our_growth_is_consistent_to_others(tmp_path):
    old = publish(tmp_path / "old", 300)
    new = publish(tmp_path / "new", 700)
    reader = TilesReader(make_backend(str(tmp_path / "new")))
    reader.get_checkpoint()
    reader.get_consistency_proof(300, 700).check(old.root, new.root)


@pytest.mark.parametrize("index", [0, 255, 256, 698, 699])
def test_s9_an_offline_proof_that_others_make_is_one_of_ours(tmp_path, index):
    publish(tmp_path, 700)
    command = [sys.executable, "-m", "tlog_scales.cli", "gen-proof", str(tmp_path), str(index)]
    theirs = subprocess.run(command, capture_output=True, check=True).stdout
    found = open_tlog_proof(theirs, entry=entry(index), origin=ORIGIN, keys=[KEY], policy=POLICY)
    assert (found.index, found.checkpoint.size, len(found.cosignatures)) == (index, 700, 2)
    read = hash_reader(Folder(tmp_path).read, size=700)
    assert theirs == make_tlog_proof(read, index=index, note=(tmp_path / "checkpoint").read_bytes())


@pytest.mark.parametrize("size", SIZES)
def test_s9_we_read_a_log_that_others_write(tmp_path, size):
    root = tmp_path / "log"
    signer = PlainEd25519Signer("other.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    writer = TilesWriter.create(root, "other.example/log")
    for number in range(size):
        writer.add_leaf(b"entry %d" % number)
    writer.commit([signer])
    key = parse_vkey(signer.vkey.serialize())
    checkpoint = open_checkpoint((root / "checkpoint").read_bytes(), origin=key.name, keys=[key])
    folder = Folder(root)
    assert checkpoint.size == size
    assert tree_root(hash_reader(folder.read, size=size), size=size) == checkpoint.root
    bundle = bundle_at(ENTRIES, leaf=size - 1, size=size)
    assert decode_bundle(folder.read(bundle.path), width=bundle.width)[-1] == b"entry %d" % (size - 1)
    tree = Frontier()
    for number in range(size):
        tree.append(leaf_hash(b"entry %d" % number))
    assert tree.root == checkpoint.root


def test_s9_we_watch_a_log_that_others_write(tmp_path):
    signer = PlainEd25519Signer("other.example/log", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    writer = TilesWriter.create(tmp_path / "log", "other.example/log")
    for size in (10, 300, 700):
        while writer.reader.size < size:
            for number in range(writer.reader.size, size):
                writer.add_leaf(b"entry %d" % number)
            writer.commit([signer])
        command = ["watch", str(tmp_path / "log"), "--once", "--log-key", signer.vkey.serialize()]
        result = CliRunner().invoke(app, [*command, "--state", str(tmp_path / "state")])
        assert (result.exit_code, f"{size} entries" in result.output) == (0, True), result.output


def test_their_reader_takes_our_note_apart_as_we_do(tmp_path):
    publish(tmp_path, 25)
    note = (tmp_path / "checkpoint").read_bytes()
    assert TheirCheckpoint.from_text(note.decode()).serialize().encode() == note
