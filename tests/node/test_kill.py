"""kill -9 at any step of the log's growth, with covers and notices: no fork, nothing lost, nothing doubled."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from carnet.log.checkpoint import open_checkpoint
from carnet.log.merkle import Frontier, leaf_hash
from carnet.log.tiles import ENTRIES, PROOFS, RECORDS, WIDTH, Bundle, decode_bundle
from carnet.testing import ledger
from carnet_node.stores import log_store

TESTS = Path(__file__).parents[1]
PATHS = [TESTS, TESTS.parent / "protocol", TESTS.parent / "reference_node"]


class Killed:
    """A log whose process is killed; *shown* are all checkpoints that anybody has seen of it."""

    def __init__(self, root):
        self.root = root
        self.published = root / "published"
        self.process = subprocess.Popen(
            [sys.executable, "-m", "node.killed", str(root)],
            env=os.environ | {"PYTHONPATH": os.pathsep.join(map(str, PATHS))},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self.network = ledger.Network()
        self.queued = 0
        self.notices = 0
        self.shown = {}

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def order(self, **order):
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def queue(self, count):
        done = self.order(do="queue", first=self.queued, count=count, notice=self.notices)
        assert done["status"] == 0
        self.queued += count
        self.notices += 1

    def grow(self, *, kill=None, after_s=None):
        """Let the log grow until it is killed; return whether it was, and how many points were passed if not."""
        done = self.order(do="grow", kill=kill, after_s=after_s)
        assert done["status"] in {0, -signal.SIGKILL}
        return done["status"] != 0, done["passed"]

    def rows(self):
        with closing(sqlite3.connect(f"file:{self.root / 'node.db'}?mode=ro", uri=True)) as connection:
            return connection.execute("SELECT role, record, state, log_index, proof FROM records").fetchall()

    def items(self, tree, size):
        found = []
        for index in range(-(-size // WIDTH)):
            bundle = Bundle(tree=tree, index=index, width=min(WIDTH, size - index * WIDTH))
            found += decode_bundle((self.published / bundle.path).read_bytes(), width=bundle.width)
        return found

    def look(self):
        """Hold what is published now to all that was ever published; return its size."""
        file = self.published / "checkpoint"
        if not file.exists():
            assert not self.shown
            return 0
        key = ledger.log_key_of(self.network.ledgers["alice"])
        checkpoint = open_checkpoint(file.read_bytes(), origin=key.name, keys=[key])
        assert checkpoint.size >= max(self.shown, default=0)
        assert self.shown.setdefault(checkpoint.size, checkpoint.root) == checkpoint.root
        entries = self.items(ENTRIES, checkpoint.size)
        assert [sha256(each).digest() for each in self.items(RECORDS, checkpoint.size)] == entries
        assert len(self.items(PROOFS, checkpoint.size)) == checkpoint.size
        tree = Frontier()
        for entry in entries:
            tree.append(leaf_hash(entry))
            assert self.shown.get(tree.size, tree.root) == tree.root, "a fork"
        assert tree.root == checkpoint.root
        assert len(set(entries)) == len(entries), "an entry stands twice"
        return checkpoint.size

    def check_whole(self):
        """Assert that every item that was ever queued is in the log once, proven, and nothing but covers besides."""
        size, rows = self.look(), self.rows()
        assert {row[2] for row in rows} == {log_store.PROVED}
        assert sorted(row[3] for row in rows) == list(range(size))
        records = self.items(RECORDS, size)
        assert all(records[row[3]] == row[1] for row in rows)
        assert self.items(PROOFS, size) == [row[4] or b"" for row in sorted(rows, key=lambda row: row[3])]
        by_role = [row[0] for row in rows]
        assert by_role.count(log_store.NOTICE) == self.notices
        assert len(rows) - by_role.count(log_store.NOTICE) - by_role.count(log_store.COVER) == self.queued


@pytest.fixture
def log(tmp_path):
    log = Killed(tmp_path)
    yield log
    log.close()


def test_a_log_that_is_not_killed_is_whole(log):
    log.queue(2)
    assert log.grow()[0] is False
    assert log.look() == 4  # two records, a notice and a cover
    log.check_whole()


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_kill_at_every_point_of_a_step(log):
    at, killed = 0, True
    while killed:
        log.queue(1 + at % 3)
        killed, _ = log.grow(kill=at)
        log.look()
        if at % 4 == 0:  # and once more, while it recovers
            log.grow(kill=at // 2)
            log.look()
        assert log.grow()[0] is False
        log.check_whole()
        at += 1
    assert at > 40


def test_kill_at_any_moment(log):
    for number in range(8):
        log.queue(1 + number % 4)
        log.grow(after_s=0.004 * number)
        log.look()
        log.grow(after_s=0.003 * (8 - number))
        log.look()
    assert log.grow()[0] is False
    log.check_whole()
