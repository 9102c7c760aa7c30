"""The log's half of a node in a process of its own, which kills itself at any point of its work that it is told.

Orders come as lines of JSON, answers go back in the same way. Each order is carried out by a child that is forked for
it: {"do": "queue", "first": 7, "count": 2, "notice": 3}, or {"do": "grow", "kill": 12, "after_s": null}.
"""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from carnet.crypto.coins import system_coins
from carnet.crypto.group import group
from carnet.log.cover import make_cover, prove_cover
from carnet.log.notice import Notice, NoticeKind
from carnet.log.record import proof_item
from carnet.messages import Role
from carnet.params import EPOCH_S
from carnet.testing import ledger
from carnet_node.stores import log_store
from carnet_node.stores.database import Database
from node.log_world import NOW, LogWorld


class Points:
    """Counts the points at which a process can stop, and stops at one of them."""

    def __init__(self, at):
        self.at = at
        self.passed = 0
        self.lock = threading.Lock()

    def here(self):
        with self.lock:
            if self.passed == self.at:
                os.kill(os.getpid(), signal.SIGKILL)
            self.passed += 1

    def around(self, owner, name):
        """Make a point of the moment before *name* is called, and one of that after."""
        real = getattr(owner, name)

        def called(*given, **named):
            self.here()
            try:
                return real(*given, **named)
            finally:
                self.here()

        setattr(owner, name, called)

    def install(self):
        for owner, name in (
            (os, "fsync"),
            (Path, "replace"),
            (Path, "unlink"),
            (Path, "mkdir"),
            (Database, "_commit"),
        ):
            self.around(owner, name)


async def queue(root, order):
    world = LogWorld(root, covered=True)
    for _ in range(order["first"]):
        next(world.numbers)
    await world.queue(order["count"])
    notice = Notice(kind=NoticeKind.REPORT, epoch=NOW // EPOCH_S, hash=order["notice"].to_bytes(32, "big"))
    await world.database.write(lambda c: log_store.queue_notice(c, notice, time=NOW))
    world.close()
    world.witness_database.close()


async def grow(root, order):
    points = Points(order["kill"])
    world = LogWorld(root, covered=True)
    points.install()
    if order["after_s"] is not None:
        threading.Thread(target=_die, args=(order["after_s"],), daemon=True).start()
    await world.sequencer.recover()
    for _ in range(2):
        await world.sequencer.step()
        while await world.prover.step():
            continue
    world.close()
    world.witness_database.close()
    return points.passed


def _die(after_s):
    time.sleep(after_s)
    os.kill(os.getpid(), signal.SIGKILL)


def warm_up():
    """Make one proof, so that the children need not make the tables of generators again."""
    pack = ledger.Network().ledgers["alice"].pack
    cover = make_cover(pack, role=Role.ORIGINATOR, epoch=1, coins=system_coins)
    proof_item(cover.record, pack, prove_cover(cover, pack, coins=system_coins, engine=group())).verify()


def carry_out(root, order):
    """Return how a child of ours ended that carried out *order*, and how many points it passed."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what the node logs is no answer
        passed = asyncio.run({"queue": queue, "grow": grow}[order["do"]](root, order))
        os.write(write, str(passed or 0).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    return {"status": os.waitstatus_to_exitcode(status), "passed": int(told or b"0")}


if __name__ == "__main__":
    warm_up()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(carry_out(Path(sys.argv[1]), json.loads(line))) + "\n")
        sys.stdout.flush()
