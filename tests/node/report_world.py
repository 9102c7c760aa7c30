"""Two nodes whose epochs end when a test says so."""

import asyncio
import time

from carnet.reporting.check import open_report
from carnet_node.app import App
from carnet_node.config import load_config
from carnet_node.stores import tables as t
from node.world import NETWORK, PASSPHRASE, World, order

DAY_S = 86400
SETTINGS = """
[reports]
wait_s = 100000
retry_first_s = 0.05
retry_most_s = 0.2
"""


async def eventually(what, within=30):
    """Return what *what* returns, as soon as it is anything."""
    deadline = time.monotonic() + within
    while not (found := what()):
        assert time.monotonic() < deadline, what
        await asyncio.sleep(0.02)
    return found


class ReportWorld(World):
    """Alice and bob, at noon of the next day: no test straddles an epoch by chance."""

    def __init__(self, root):
        super().__init__(root, members=("alice", "bob"), settings=SETTINGS)
        for name in ("alice", "bob"):
            self.settings(name, 'file = "../chain.jsonl"', 'file = "../chain.jsonl"\nauto_broadcast = true')
        self.clock.ahead = DAY_S * 3 // 2 - time.time() % DAY_S
        self.expires_in = 300 * DAY_S
        self.directory()
        self.quote(for_s=300 * DAY_S)

    @property
    def epoch(self):
        return int(self.clock()) // DAY_S

    def published(self, name):
        return self.home(name) / "published"

    def build_in(self, home, **options):
        """Build the node in folder *home*, wherever it is."""
        return App(load_config(home), passphrase=PASSPHRASE, clock=self.clock, **options)

    async def send(self, originator="alice", beneficiary="bob"):
        state = await self.apps[originator].outbound.send(beneficiary, order())
        return state.transfer_id

    async def settle(self, how_many=1, *, originator="alice", beneficiary="bob", wait=True):
        """Let transfers settle, and with *wait* come into both published logs."""
        ids = [await self.send(originator, beneficiary) for _ in range(how_many)]
        for each in ids:
            for name in (originator, beneficiary):
                await self.until(name, each, "SETTLED")
        if wait:
            await self.logged(originator, beneficiary)
        return ids

    async def logged(self, *names):
        """Wait until all that is queued is in the published logs."""
        for name in names:
            await eventually(lambda name=name: all(row.state != "QUEUED" for row in self.rows(name, t.records)))
            await eventually(lambda name=name: self._shown(name))

    def _shown(self, name):
        (head,) = self.rows(name, t.head)
        file = self.published(name) / "checkpoint"
        return file.exists() and file.read_bytes().split(b"\n")[1] == b"%d" % head.size

    def proven(self, name):
        return all(row.state == "PROVED" for row in self.rows(name, t.records))

    def report(self, name, serial):
        """Return a published report, verified as its VASP's, or None."""
        file = self.published(name) / "reports" / str(serial)
        if not file.exists():
            return None
        return open_report(file.read_bytes(), member=self.card(name), network=NETWORK).report

    async def issued(self, name, serial):
        """Return report *serial*, once it is published and its notice queued."""

        def done():
            return [row for row in self.rows(name, t.reports) if (row.serial, row.state) == (serial, "ISSUED")]

        await eventually(done)
        return self.report(name, serial)
