"""Logs that are followed: those that grow, those that show another history, and those that do anything else."""

import json
import threading
from base64 import b64decode
from dataclasses import replace
from functools import partial
from hashlib import sha256
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from itertools import count

import pytest
from typer.testing import CliRunner

from audit_folders import files, reader, sound
from carnet.audit.rules import Verdict
from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.evidence import UnreadableError
from carnet.identity.keystore import sign_bundle
from carnet.log.checkpoint import Checkpoint, log_key, open_checkpoint, sign_checkpoint, unverified_note
from carnet.log.merkle import Frontier, leaf_hash, verify_consistency
from carnet.log.tiles import HEIGHT, Tile, changed_tiles, encode_tile
from carnet.log.witness import WitnessPolicy, attach, cosignature_line, witness_key
from carnet.messages import Directory
from carnet.secret import Secret
from carnet.testing import ledger
from carnet_audit.cli import app
from carnet_audit.watch import Watcher, by_directory, by_key
from carnet_audit.watch_state import MAX_PROOFS, State, StateError

ORIGIN, WITNESS, NOW = "vasp.example/log", "one.example/w", 1_800_000_000
SEED = generate_seed(visible_coins("a log that is watched"))
WITNESS_SEED = generate_seed(visible_coins("a witness of it"))
KEY, WITNESS_KEY = log_key(ORIGIN, SEED), witness_key(WITNESS, WITNESS_SEED)
POLICY = WitnessPolicy(witnesses=(WITNESS_KEY,), quorum=1)
PROOF = "before", "after"
FORK = 5
"""From which entry on the other history is another."""


def log(size, *, face=b"", seed=SEED, origin=ORIGIN, cosigned=True, before=None):
    """Return what a log of *size* publishes, all its tiles among it; *face* tells two histories apart."""
    levels, tree, content = {}, Frontier(), dict(before or {})
    for number in range(size):
        entry = sha256(b"%d" % number + (face if number >= FORK else b"")).digest()
        for level, node in enumerate(tree.append(leaf_hash(entry))[::HEIGHT]):
            levels.setdefault(level, []).append(node)
    for tile in changed_tiles(old_size=0, new_size=size):
        first = tile.index * 256
        content[tile.path] = encode_tile(levels[tile.level][first : first + tile.width])
    checkpoint = Checkpoint(origin=origin, size=size, root=tree.root)
    line = cosignature_line(checkpoint, witness=WITNESS, now=NOW, seed=WITNESS_SEED)
    content["checkpoint"] = attach(sign_checkpoint(checkpoint, seed=seed), [line] if cosigned else [])
    return content


class Shown:
    """A source that shows one content after the other."""

    def __init__(self, *contents):
        self.contents = list(contents)

    def next(self):
        if len(self.contents) > 1:
            self.contents.pop(0)

    def __call__(self, path, limit):
        return reader(self.contents[0])(path, limit)


@pytest.fixture
def state(tmp_path):
    state = State(tmp_path / "state")
    yield state
    state.close()


def watcher(state, *sources, policy=POLICY, keys=(KEY,)):
    named = {f"source {number}": each for number, each in enumerate(sources)}
    return Watcher(named, resolve=by_key(keys, policy), state=state, clock=lambda: NOW)


def looks(state, *contents, **options):
    """Return the checks that each of the *contents* fails, shown one after the other."""
    source = Shown(*contents)
    watch, found = watcher(state, source, **options), []
    for _ in contents:
        (outcome,) = watch.look()
        found.append([each.check for each in outcome.findings])
        source.next()
    return found


@pytest.mark.parametrize("sizes", [(1, 2, 3, 8), (5, 5, 6), (0, 7, 300), (255, 256, 257, 700), (256, 512)])
def test_a_log_that_grows_is_followed(state, sizes):
    assert looks(state, *(log(size) for size in sizes)) == [[]] * len(sizes)
    assert unverified_note(state.seen("source 0").note).checkpoint.size == sizes[-1]


@pytest.mark.parametrize(("old", "new"), [(6, 6), (6, 7), (8, 9), (8, 300), (256, 300), (300, 600), (256, 512)])
def test_a_log_with_another_history_is_caught_and_proven(state, old, new):
    assert looks(state, log(old), log(new, face=b"other")) == [[], ["log.fork"]]
    (folder,) = (state._root / "evidence").iterdir()
    before, after = ((folder / name).read_bytes() for name in ("before", "after"))
    told = [WitnessPolicy().open(note, origin=ORIGIN, keys=[KEY])[0] for note in (before, after)]
    assert [each.size for each in told] == [old, new]
    assert told[0] == Checkpoint(origin=ORIGIN, size=old, root=told[0].root)
    assert (folder / "proof").exists() == (old < new)
    assert unverified_note(state.seen("source 0").note).checkpoint.size == old, "what was seen first stays"


@pytest.mark.parametrize(("old", "new"), [(6, 20), (8, 20), (256, 300)])
def test_what_is_kept_of_a_fork_convinces_others(state, old, new):
    looks(state, log(old), log(new, face=b"other"))
    (folder,) = (state._root / "evidence").iterdir()
    before, after = (open_checkpoint((folder / name).read_bytes(), origin=ORIGIN, keys=[KEY]) for name in PROOF)
    root, *path = map(b64decode, (folder / "proof").read_text().split())
    verify_consistency(old_size=before.size, new_size=after.size, old_root=root, new_root=after.root, path=path)
    assert root != before.root


def test_a_log_that_has_lost_entries_is_caught(state):
    assert looks(state, log(20), log(13), log(20)) == [[], ["log.rollback"], []]


def test_tiles_that_are_not_the_logs_show_no_fork(state):
    wrong = log(20)
    tile = Tile(level=0, index=0, width=20).path
    wrong[tile] = bytes(32) + wrong[tile][32:]
    assert looks(state, log(13), wrong) == [[], ["log.tile"]]
    assert looks(state, {**log(20), tile: b"short"}) == [["log.tile"]]
    assert not list((state._root / "evidence").iterdir())


def test_tiles_of_two_histories_do_not_hide_a_fork(state):
    """Level 0 as it was, level 1 as it is now: each checkpoint has its root, and neither leads to the other."""
    old, new = log(300), log(600, face=b"other")
    mixed = {**new, "tile/0/001": log(600)["tile/0/001"], "tile/0/000": old["tile/0/000"]}
    assert looks(state, old, mixed)[1] in (["log.fork"], ["log.tile"])


def test_the_full_tile_serves_where_the_partial_one_is_gone(state):
    pruned = log(300)
    partial = pruned.pop("tile/0/001.p/44")
    pruned["tile/0/001"] = partial + bytes(32) * 212
    assert looks(state, log(270), pruned) == [[], []]


@pytest.mark.parametrize(
    ("content", "check"),
    [
        ({}, "file.missing"),
        ({"checkpoint": b"nonsense"}, "checkpoint.form"),
        ({"checkpoint": b"x" * 70_000}, "checkpoint.form"),
        (log(3, cosigned=False), "checkpoint.quorum"),
        (log(3, seed=generate_seed(visible_coins("another"))), "checkpoint.signature"),
        (log(3, origin="other.example/log"), "checkpoint.origin"),
        ({"checkpoint": log(3)["checkpoint"]}, "file.missing"),
    ],
)
def test_what_is_wrong_with_a_source_is_named(state, content, check):
    assert looks(state, content) == [[check]]
    assert state.seen("source 0") is None


def test_a_signature_that_is_altered_is_named(state):
    content = log(3)
    lines = content["checkpoint"].splitlines(keepends=True)
    for number, check in ((4, "checkpoint.signature"), (5, "checkpoint.cosignature")):
        altered = list(lines)
        altered[number] = altered[number][:-12] + b"AAAA" + altered[number][-8:]
        assert looks(state, {**content, "checkpoint": b"".join(altered)}) == [[check]]


def test_a_source_of_another_log_than_before_is_caught(state):
    other = generate_seed(visible_coins("another log"))
    second = log_key("other.example/log", other)
    contents = log(3), log(3, origin="other.example/log", seed=other)
    assert looks(state, *contents, keys=[KEY, second]) == [[], ["bundle.log"]]


def test_two_sources_of_one_log_are_held_against_each_other(state):
    for old, new in ((20, 20), (13, 20), (20, 13), (256, 300)):
        same = watcher(state, Shown(log(old)), Shown(log(new)))
        assert [each.verdict for each in same.look()] == [Verdict.SOUND] * 2
        state._seen.clear()
        other = watcher(state, Shown(log(old)), Shown(log(new, face=b"other")))
        checks = {check.check for each in other.look() for check in each.findings}
        assert checks == {"sources.fork"}, (old, new)
        state._seen.clear()


def test_a_source_that_fails_holds_up_no_other(state):
    def broken(path, limit):
        raise UnreadableError(path, "down")

    first, second = watcher(state, broken, Shown(log(3))).look()
    assert (first.verdict, second.verdict) == (Verdict.UNKNOWN, Verdict.SOUND)


def test_what_was_seen_is_there_after_a_restart(tmp_path):
    for size, face, expected in ((13, b"", []), (20, b"", []), (25, b"other", ["log.fork"]), (25, b"", [])):
        state = State(tmp_path / "state")
        assert looks(state, log(size, face=face)) == [expected]
        state.close()


def test_a_state_is_used_by_one_watch_alone(tmp_path, state):
    with pytest.raises(StateError, match="another watch"):
        State(tmp_path / "state")


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"source": "x", "key": "y", "checkpoint": "z"}', b"\xff", b"1"])
def test_a_damaged_state_is_told_and_not_begun_anew(tmp_path, data):
    State(tmp_path / "state").close()
    (tmp_path / "state" / "sources" / "0.json").write_bytes(data)
    with pytest.raises(StateError, match="damaged"):
        State(tmp_path / "state")


def test_no_log_fills_the_disk_with_what_proves_it_wrong(state):
    before = log(3)["checkpoint"]
    for number in range(MAX_PROOFS + 5):
        root = sha256(b"%d" % number).digest()
        after = sign_checkpoint(Checkpoint(origin=ORIGIN, size=3, root=root), seed=SEED)
        state.prove("log.fork", before=before, after=after)
    assert len(list((state._root / "evidence").iterdir())) == MAX_PROOFS
    assert state.prove("log.fork", before=log(3)["checkpoint"], after=log(4)["checkpoint"]) is None


# --- by the directory ---


def test_a_vasps_folder_is_known_by_its_directory(state):
    by_authority = by_directory(sound().authority)
    watch = Watcher({"alice": reader(files())}, resolve=by_authority, state=state, clock=lambda: ledger.START)
    (outcome,) = watch.look()
    assert (outcome.verdict, outcome.findings) == (Verdict.SOUND, [])
    assert [each.witness for each in outcome.view.cosignatures] == [ledger.WITNESS]


def test_a_log_is_known_before_it_shows_a_checkpoint_but_not_on_anybodys_word(state):
    alice = files()
    (outcome,) = watch_folder(state, alice).look()
    key = outcome.view.known.log
    fresh = State(state._root.parent / "fresh")
    waiting = {path: data for path, data in alice.items() if path != "checkpoint"}
    assert [each.check for each in watch_folder(fresh, waiting, authority=bytes(32)).look()[0].findings]
    assert fresh.keys(key.name) == []
    assert [each.check for each in watch_folder(fresh, waiting).look()[0].findings] == ["file.missing"]
    assert fresh.keys(key.name) == [key]
    assert fresh.seen("alice") is None
    fresh.close()


def watch_folder(state, content, *, authority=None):
    resolve = by_directory(authority or sound().authority)
    return Watcher({"alice": reader(content)}, resolve=resolve, state=state, clock=lambda: ledger.START)


@pytest.mark.parametrize(
    ("changed", "authority", "check"),
    [
        ({}, bytes(32), "directory.signature"),
        ({"directory": b"x"}, None, "directory.form"),
        ({"bundle": b"x"}, None, "bundle.form"),
        ({"bundle": files("bob")["bundle"]}, None, "checkpoint.origin"),
    ],
)
def test_what_is_wrong_with_a_folders_claims_is_named(state, changed, authority, check):
    resolve = by_directory(authority)
    watch = Watcher({"alice": reader({**files(), **changed})}, resolve=resolve, state=state, clock=lambda: ledger.START)
    (outcome,) = watch.look()
    assert [each.check for each in outcome.findings] == [check]


def test_a_source_that_goes_back_to_an_old_directory_is_refused(state):
    def look(version):
        def resolve(read, note):
            known = by_directory(None)(read, note)
            return replace(known, directory=replace(known.directory, version=version))

        watch = Watcher({"a": reader(files())}, resolve=resolve, state=state, clock=lambda: ledger.START)
        return [each.check for each in watch.look()[0].findings]

    assert [look(version) for version in (2, 3, 3, 2, 4)] == [[], [], [], ["directory.rollback"], []]


def directed(**changes):
    """Return alice's folder with another directory, which the authority signed too."""
    claimed = Directory.decode(cose.payload_of(files()["directory"]))
    return files() | {"directory": cose.sign(replace(claimed, **changes), seed=ledger.authority_seed())}


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"issued": ledger.START + 3600}, "directory.early"),
        ({"expires": ledger.START + 60}, "directory.expired"),
    ],
)
def test_a_directory_out_of_its_time_is_told(state, changes, check):
    resolve = by_directory(sound().authority)
    watch = Watcher({"a": reader(directed(**changes))}, resolve=resolve, state=state, clock=lambda: ledger.START)
    (outcome,) = watch.look()
    assert [each.check for each in outcome.findings] == [check]
    assert " UTC" in outcome.findings[0].message


def test_a_vasp_that_signs_for_two_logs_in_two_places_is_caught(state):
    keys = replace(sound().ledgers["alice"].keys, log_seed=bytes(range(32)))
    _, bundle = sign_bundle(keys, packs=(), endpoint="localhost:1", now=ledger.START - 3600)
    checkpoint = sound().ledgers["alice"].checkpoint()
    note = sign_checkpoint(checkpoint, seed=Secret(keys.log_seed))
    line = cosignature_line(checkpoint, witness=ledger.WITNESS, now=ledger.START, seed=ledger.witness_seed())
    other = files() | {"bundle": bundle, "checkpoint": attach(note, [line])}
    sources = {"a": reader(files()), "b": reader(other), "bob": reader(files("bob"))}
    resolve = by_directory(sound().authority)
    found = Watcher(sources, resolve=resolve, state=state, clock=lambda: ledger.START).look()
    assert [[each.check for each in one.findings] for one in found] == [["bundle.log"], ["bundle.log"], []]
    assert all(one.evidence for one in found[:2])


def test_the_auditor_may_ask_for_more_witnesses_than_the_directory(state):
    def outcome(**wanted):
        resolve = by_directory(None, **wanted)
        watch = Watcher({"a": reader(files())}, resolve=resolve, state=state, clock=lambda: ledger.START)
        return [each.check for each in watch.look()[0].findings]

    assert outcome(quorum=1) == []
    assert outcome(quorum=2) == ["checkpoint.quorum"]
    assert outcome(witnesses=[WITNESS_KEY]) == ["checkpoint.quorum"]
    assert outcome(witnesses=[WITNESS_KEY], quorum=0) == []


# --- the command ---


def put(root, content):
    for path, data in content.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def run(tmp_path, *arguments):
    keys = ["--log-key", str(KEY), "--witness", str(WITNESS_KEY)]
    command = ["watch", *map(str, arguments), "--state", str(tmp_path / "state")]
    return CliRunner().invoke(app, [*command, *([] if "--authority" in command else keys)])


def test_the_command_looks_once_and_tells_in_one_line(tmp_path):
    folder = put(tmp_path / "log", log(13))
    first = run(tmp_path, folder, "--once")
    assert (first.exit_code, first.output) == (0, f"{folder}: {ORIGIN} has 13 entries; cosigned by {WITNESS}\n")
    put(folder, log(20))
    second = run(tmp_path, folder, "--once")
    assert (second.exit_code, "20 entries, 7 more than when last seen" in second.output) == (0, True)


def test_the_command_proves_a_fork(tmp_path):
    folder = put(tmp_path / "log", log(13))
    run(tmp_path, folder, "--once")
    put(folder, log(20, face=b"other"))
    caught = run(tmp_path, folder)
    assert caught.exit_code == 1, "and it does not go on"
    assert "UNSOUND: the log does not begin with what it began with before" in caught.output
    assert "what proves it is kept in" in caught.output
    put(folder, log(5))
    assert run(tmp_path, folder, "--once").exit_code == 1


def test_the_command_follows_a_url_that_any_server_serves(tmp_path):
    folder = put(tmp_path / "log", log(300))

    class Files(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Files, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        for size, face, status in ((300, b"", 0), (700, b"", 0), (800, b"other", 1)):
            put(folder, log(size, face=face))
            assert run(tmp_path, url, "--once").exit_code == status
        server.shutdown()


def test_the_command_cannot_tell_of_what_is_not_there(tmp_path):
    result = run(tmp_path, tmp_path / "nothing", "--once")
    assert (result.exit_code, "could not tell" in result.output) == (2, True)


def test_the_command_tells_each_look_as_json(tmp_path):
    folder = put(tmp_path / "log", log(13))
    (line,) = run(tmp_path, folder, "--once", "--json").output.splitlines()
    told = json.loads(line)
    assert (told["origin"], told["size"], told["verdict"], told["findings"]) == (ORIGIN, 13, "SOUND", [])
    assert told["cosigned"] == [{"witness": WITNESS, "time": NOW}]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--log-key", "nonsense"], "--log-key: no key"),
        (["--log-key", str(WITNESS_KEY)], "--log-key: a key of another kind"),
        (["--quorum", "2"], "--quorum: 2 of 1"),
        (["--authority", "00" * 32, "--log-key", str(KEY)], "either"),
        (["--cosign", "key", "--once"], "--cosign: a witness stays"),
        (["https://user:s3cret@log.example"], "a source's URL: a folder's URL has neither a user"),
        (["--cosign", "key", "--name", "two words"], "--name"),
        (["--cosign", "key", "--name", "w", "--listen", "nowhere"], "--listen"),
    ],
)
def test_wrong_options_are_told_in_one_line(tmp_path, arguments, said, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run(tmp_path, tmp_path, *arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert not {"Traceback", "s3cret"} & set(result.output.split())


def test_watching_goes_on_until_told_to_stop(tmp_path, monkeypatch):
    folder = put(tmp_path / "log", log(13))
    rounds, real = count(), Watcher.look

    def grow(self):
        number = next(rounds)
        put(folder, log(13 + number))
        if number == 3:
            import os
            import signal

            os.kill(os.getpid(), signal.SIGTERM)
        return real(self)

    monkeypatch.setattr(Watcher, "look", grow)
    result = run(tmp_path, folder, "--interval", "0.1")
    assert result.exit_code == 0
    assert [line.split(" has ")[1].split()[0] for line in result.output.splitlines()] == ["13", "14", "15", "16"]


def test_a_ledger_kept_elsewhere_can_be_watched_by_its_directory(tmp_path):
    folder = put(tmp_path / "alice", files())
    result = run(tmp_path, folder, "--once", "--authority", sound().authority.hex())
    assert result.exit_code == 0, result.output
    book = sound().ledgers["alice"]
    rolled = replace(book, records=book.records[:5], proofs=book.proofs[:5])
    put(folder, rolled.files())
    result = run(tmp_path, folder, "--once", "--authority", sound().authority.hex())
    assert (result.exit_code, "the log is smaller than it has been" in result.output) == (1, True)
