"""``carnet-node evidence``: from a published folder to one file, and back to the folder by the auditor's opener."""

import json
import stat
import time

import pytest

from carnet.evidence import UnreadableError
from carnet_audit.evidence_source import evidence_file
from carnet_node.errors import CommandError
from carnet_node.evidence_command import write_evidence
from node.log_world import LogWorld
from node.test_cli import Running, node
from node.world import SATOSHI, World, json_order, order


@pytest.fixture
async def log(tmp_path):
    """A log of four records, one of them a cover, and their proofs."""
    world = LogWorld(tmp_path, covered=True)
    await world.sequencer.recover()
    await world.queue(3)
    await world.sequencer.step()
    while await world.prover.step():
        continue
    yield world
    world.close()
    world.witness_database.close()


def published(log):
    folder = log.published
    return {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


async def test_the_file_holds_what_the_folder_does(log, tmp_path):
    told = write_evidence(log.published, tmp_path / "evidence", indices=[])
    assert (told["scope"], told["entries"], told["files"]) == ("LOG", 4, len(published(log)))
    with evidence_file(tmp_path / "evidence") as read:
        assert {place.path: read(place.path, place.size) for place in read.places()} == published(log)


async def test_an_older_partial_file_is_left_out(log, tmp_path):
    before = published(log)
    await log.queue(1)
    await log.sequencer.step()
    told = write_evidence(log.published, tmp_path / "evidence", indices=[])
    assert told["entries"] == 5
    with evidence_file(tmp_path / "evidence") as read:
        assert not {place.path for place in read.places()} & {path for path in before if path.endswith(".p/4")}


async def test_single_records_are_selected(log, tmp_path):
    told = write_evidence(log.published, tmp_path / "evidence", indices=[3, 1])
    assert told["scope"] == "SELECTION"
    with evidence_file(tmp_path / "evidence") as read:
        assert {place.path for place in read.places() if place.path.endswith("/proof")} == {
            "selected/1/proof",
            "selected/3/proof",
        }


async def test_nobody_else_may_read_it(log, tmp_path):
    write_evidence(log.published, tmp_path / "evidence", indices=[])
    assert stat.S_IMODE((tmp_path / "evidence").stat().st_mode) == 0o600


@pytest.mark.parametrize("indices", [[4], [0, 99]])
async def test_an_entry_that_is_not_there_leaves_no_file(log, tmp_path, indices):
    with pytest.raises(CommandError, match="no entry"):
        write_evidence(log.published, tmp_path / "evidence", indices=indices)
    assert not list(tmp_path.glob("*evidence*"))


async def test_an_old_file_stays_if_a_new_one_cannot_be_made(log, tmp_path):
    (tmp_path / "evidence").write_bytes(b"old")
    (log.published / "checkpoint").write_bytes(b"damaged")
    with pytest.raises(CommandError, match=r"note\.form"):
        write_evidence(log.published, tmp_path / "evidence", indices=[])
    assert (tmp_path / "evidence").read_bytes() == b"old"


@pytest.mark.parametrize("content", [None, b"", b"\xa7", b"anything else"])
def test_what_is_no_evidence_has_no_files_and_says_why(tmp_path, content):
    if content is not None:
        (tmp_path / "evidence").write_bytes(content)
    with evidence_file(tmp_path / "evidence") as read, pytest.raises(UnreadableError):
        read("directory", 1000)


def test_a_folder_in_the_place_of_a_file_is_not_read(tmp_path):
    with evidence_file(tmp_path) as read, pytest.raises(UnreadableError):
        read("directory", 1000)


@pytest.mark.slow
def test_the_command_finds_a_transfers_record(tmp_path):
    world = World(tmp_path / "world", members=("alice", "bob"))
    nodes = [Running(world.home(name)) for name in ("alice", "bob")]
    try:
        payload = tmp_path / "payload.json"
        payload.write_text(json_order(order(amount=SATOSHI)))
        home = world.home("alice")
        sent = node("send", "--to", "bob", "--payload", payload, "--node", home, "--json")
        transfer = json.loads(sent.stdout)["transfer_id"]
        early = node("evidence", "-o", tmp_path / "early", "--transfer", transfer, "-n", home)
        assert early.returncode == 1, early.stderr
        assert "not in the log yet" in early.stderr
        node("broadcast", transfer, "-n", home)
        until = time.monotonic() + 30
        while node("evidence", "-o", tmp_path / "one", "--transfer", transfer, "-n", home).returncode:
            assert time.monotonic() < until
            time.sleep(0.3)
        whole = node("evidence", "-o", tmp_path / "all", "-n", home, "--json")
        assert json.loads(whole.stdout)["scope"] == "LOG"
        with evidence_file(tmp_path / "one") as read:
            assert read.header.vasp == "alice"
            assert read("selected/0/record", 1024)
    finally:
        for each in nodes:
            each.stop()
