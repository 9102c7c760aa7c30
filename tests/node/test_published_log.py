"""A log over HTTP, whole: an auditor is its witness, watches it, reads what it may, and is shown another history."""

import asyncio
from hashlib import sha256

import pytest

from carnet.audit.rules import Verdict
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.evidence import UnreadableError
from carnet.log.checkpoint import Checkpoint, log_key, sign_checkpoint, unverified_note
from carnet.log.tiles import RECORDS, bundle_at, decode_bundle, hash_reader
from carnet.log.tlog_proof import make_tlog_proof, open_tlog_proof
from carnet.log.witness import AddCheckpoint, WitnessPolicy, witness_key
from carnet.messages import Witness
from carnet.secret import Secret
from carnet_audit.http_source import http
from carnet_audit.watch import Watcher, by_directory
from carnet_audit.watch_state import State
from carnet_audit.watch_witness import LocalWitness, WitnessServer
from node.test_http_witness import record
from node.world import free_port, running
from oracle import c2sp_reader

NAME, TOKEN = "auditor.example/w", "the-auditors-token"
SEED = generate_seed(visible_coins("an auditor that is a witness"))
KEY = witness_key(NAME, SEED)


@pytest.fixture
def auditor(world, tmp_path_factory):
    """An auditor who is the only witness of a network in which alice serves her log over HTTP."""
    port = free_port()
    settings = (
        f'[http]\nenabled = true\nlisten = "127.0.0.1:{port}"\nauditors = ["{sha256(TOKEN.encode()).hexdigest()}"]\n'
    )
    home = world.home("alice") / "carnet.toml"
    home.write_text(home.read_text() + settings)
    state = State(tmp_path_factory.mktemp("watch"))
    known = {}
    local = LocalWitness(state, name=NAME, seed=SEED, log_keys=lambda origin: known.get(origin, []), clock=world.clock)
    server = WitnessServer(local.answer, host="127.0.0.1", port=0)
    server.start()
    card = Witness(
        name=NAME,
        key=KEY.key,
        endpoint=f"http://127.0.0.1:{server.port}",
        tls_certificates=(),
    )
    (world.home("alice") / "witness.cbor").write_bytes(card.encode())
    world.directory(witnesses=("alice",))
    yield world, state, known, local
    server.stop()
    state.close()


async def test_an_auditor_witnesses_watches_and_reads_a_nodes_log(auditor):
    world, state, known, local = auditor
    async with running(world, "alice", "bob"):
        for name in ("alice", "bob"):
            keys = world.apps[name].party.keys.keystore
            known[keys.log_origin] = [log_key(keys.log_origin, Secret(keys.log_seed))]
        url = world.apps["alice"].http.url
        watcher = Watcher(
            {url: http(url)},
            resolve=by_directory(bytes.fromhex(world.authority_public)),
            state=state,
            clock=world.clock,
        )
        size = 0
        for _ in range(3):
            note = await record(world, until=size + 1)
            (outcome,) = await asyncio.to_thread(watcher.look)
            assert (outcome.verdict, outcome.findings) == (Verdict.SOUND, [])
            assert [each.witness for each in outcome.view.cosignatures] == [NAME]
            size = outcome.view.checkpoint.size
        await asyncio.to_thread(read_all, url, note, outcome.view)
        await asyncio.to_thread(show_forks, world, watcher, local, outcome.view)


def read_all(url, note, view):
    """Read the log as anybody may, and records as the entitled may."""
    log, size = view.known.log, view.checkpoint.size
    entries, cosigned = c2sp_reader.read_log(url, str(log), [str(KEY)])
    assert (len(entries), list(cosigned)) == (size, [NAME])
    bundle = bundle_at(RECORDS, leaf=size - 1, size=size)
    with pytest.raises(UnreadableError, match="token"):
        http(url)(bundle.path, 10**6)
    records = decode_bundle(http(url, TOKEN)(bundle.path, 10**6), width=bundle.width)
    assert [sha256(each).digest() for each in records] == entries[-bundle.width :]
    read = http(url)
    tiles = hash_reader(lambda path: read(path, 8192), size=size)
    policy = WitnessPolicy(witnesses=(KEY,), quorum=1)
    for index, entry in enumerate(entries):
        proof = make_tlog_proof(tiles, index=index, note=view.note, extra=records[index])
        found = open_tlog_proof(proof, entry=entry, origin=log.name, keys=[log], policy=policy)
        assert (found.index, found.checkpoint) == (index, view.checkpoint)
        assert c2sp_reader.proof(proof, entry, str(log), [str(KEY)])[0] == index


def show_forks(world, watcher, local, view):
    """Sign another history with alice's own key: neither the witness nor the watch takes it for hers."""
    seed = Secret(world.apps["alice"].party.keys.keystore.log_seed)
    fork = sign_checkpoint(
        Checkpoint(origin=view.checkpoint.origin, size=view.checkpoint.size, root=bytes(32)), seed=seed
    )
    body = AddCheckpoint(old_size=view.checkpoint.size, path=(), note=unverified_note(fork)).encode()
    assert local.answer(body).status == 409
    (world.home("alice") / "published" / "checkpoint").write_bytes(fork)
    (outcome,) = watcher.look()
    assert [each.check for each in outcome.findings] == ["checkpoint.quorum"], "no witness has cosigned it"
    watcher._resolve = by_directory(None, quorum=0)
    (outcome,) = watcher.look()
    assert [each.check for each in outcome.findings] == ["log.fork"]
    assert len(outcome.evidence) == 1
    (world.home("alice") / "published" / "checkpoint").write_bytes(view.note)
