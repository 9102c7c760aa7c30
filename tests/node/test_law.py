"""Which packs may judge in a running node, and where its quotes may come from."""

import asyncio
import json
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from carnet.crypto import cose
from carnet.policy import Status
from carnet_node.errors import ConfigError
from node.world import World, order, running

ON_DEMAND = "[policy]\nunverified = true"


def doubt(world, jurisdiction="FATF"):
    """Have the issuer say that it is not sure of its pack, in every home."""
    pack = replace(world.packs[jurisdiction], status=Status.UNVERIFIED)
    for home in world.root.iterdir():
        if home.is_dir():
            (home / "packs" / pack.id).write_bytes(cose.sign(pack, seed=world.pack_issuer))


async def test_a_node_does_not_start_on_a_law_that_nobody_is_sure_of(world):
    doubt(world)
    app = world.build("alice")
    with pytest.raises(ConfigError, match="no policy pack for FATF is in force"):
        await app.start()
    await app.stop()


async def test_on_demand_such_a_law_judges_on_both_sides(tmp_path):
    world = World(tmp_path, settings=ON_DEMAND)
    doubt(world)
    async with running(world, "alice", "bob"):
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")


@pytest.fixture
def issuer():
    """An HTTP server on loopback that answers with its *body*."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.server.body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


async def test_a_node_whose_folder_is_empty_prices_by_its_feed(tmp_path, issuer):
    world = World(tmp_path, settings=f'[quotes]\nurl = "http://127.0.0.1:{issuer.server_port}/"')
    quotes = sorted((world.home("alice") / "quotes").iterdir())
    issuer.body = json.dumps({"quotes": [file.read_bytes().hex() for file in quotes]}).encode()
    for file in quotes:
        file.unlink()
    async with running(world, "alice", "bob"):
        fetched = world.home("alice") / "quotes-fetched"
        for _ in range(1000):
            if fetched.with_name("quotes-fetched.fetched").exists():
                break
            await asyncio.sleep(0.01)
        assert len(list(fetched.iterdir())) == len(quotes)
        sent = await world.apps["alice"].outbound.send("bob", order())
        await world.until("alice", sent.transfer_id, "ACCEPTED")
