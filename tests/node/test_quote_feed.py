"""The feed of quotes against an issuer on loopback that is right, slow, wrong, silent, or somebody else."""

import json
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from carnet.crypto import cose
from carnet.policy import Quote
from carnet.testing.world import BITCOIN, make_world
from carnet_node.config import FeedConfig
from carnet_node.errors import CommandError
from carnet_node.network import Quotes
from carnet_node.quote_feed import MAX_ANSWER, QuoteFeed, fetch

WORLD = make_world()
NOW, TRUST = WORLD.now, WORLD.trust
EURO = frozenset({"EUR"})


class Issuer:
    """An HTTP server on loopback that answers with *body*, after *delay* seconds."""

    def __init__(self):
        self.body, self.status, self.delay, self.asked = b"", 200, 0.0, 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                issuer.asked += 1
                time.sleep(issuer.delay)
                self.send_response(issuer.status)
                self.send_header("Content-Length", str(len(issuer.body)))
                self.end_headers()
                self.wfile.write(issuer.body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}/quotes"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def serve(self, *quotes):
        self.body = json.dumps({"quotes": [each.hex() for each in quotes]}).encode()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def issuer():
    made = Issuer()
    yield made
    made.stop()


def feed_of(issuer, folder, **changes):
    config = FeedConfig(url=issuer.url, **({"refresh_s": 60, "stale_s": 300, "timeout_s": 2.0} | changes))
    return QuoteFeed(config, folder=folder / "fetched")


def price(folder, now=NOW):
    (folder / "own").mkdir(exist_ok=True)
    quotes = Quotes(folder / "own", fetched=folder / "fetched")
    (signed,) = quotes.for_asset(BITCOIN, EURO, trust=TRUST, now=now)
    return Quote.decode(cose.payload_of(signed)).price


def test_what_the_issuer_serves_prices_transfers(issuer, tmp_path):
    issuer.serve(WORLD.quote("EUR", cents_per_coin=9_000_000), WORLD.quote("USD", cents_per_coin=10_000_000))
    assert feed_of(issuer, tmp_path).refresh(trust=TRUST, now=NOW) == 2
    assert price(tmp_path) == 9_000_000


def test_the_issuer_is_asked_again_only_when_what_it_said_has_aged(issuer, tmp_path):
    feed = feed_of(issuer, tmp_path)
    issuer.serve(WORLD.quote("EUR", cents_per_coin=1))
    for now, asked in ((NOW, 1), (NOW + 59, 1), (NOW + 60, 2), (NOW + 61, 2)):
        feed.refresh(trust=TRUST, now=now)
        assert issuer.asked == asked


def test_newer_quotes_replace_older_ones(issuer, tmp_path):
    feed = feed_of(issuer, tmp_path)
    issuer.serve(WORLD.quote("EUR", cents_per_coin=1))
    feed.refresh(trust=TRUST, now=NOW)
    issuer.serve(WORLD.quote("EUR", cents_per_coin=2))
    assert feed.refresh(trust=TRUST, now=NOW + 60) == 1
    assert price(tmp_path) == 2


def test_a_cache_outlives_the_process(issuer, tmp_path):
    issuer.serve(WORLD.quote("EUR", cents_per_coin=1))
    feed_of(issuer, tmp_path).refresh(trust=TRUST, now=NOW)
    assert feed_of(issuer, tmp_path).refresh(trust=TRUST, now=NOW + 1) == 1
    assert issuer.asked == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"", 500), (b"not JSON", 200), (b"[]", 200), (b'{"quotes": [1]}', 200), (b'{"quotes": ["zz"]}', 200)],
)
def test_while_the_issuer_is_silent_its_last_word_holds_until_it_is_stale(issuer, tmp_path, body, status):
    feed = feed_of(issuer, tmp_path)
    issuer.serve(WORLD.quote("EUR", cents_per_coin=1))
    feed.refresh(trust=TRUST, now=NOW)
    issuer.body, issuer.status = body, status
    assert feed.refresh(trust=TRUST, now=NOW + 300) == 1
    assert price(tmp_path, now=NOW + 300) == 1
    assert feed.refresh(trust=TRUST, now=NOW + 301) == 0
    with pytest.raises(CommandError, match="no quote in force"):
        price(tmp_path, now=NOW + 301)


def test_an_issuer_that_is_gone_is_not_waited_for(issuer, tmp_path):
    issuer.delay = 4.0
    started = time.monotonic()
    assert feed_of(issuer, tmp_path, timeout_s=0.1).refresh(trust=TRUST, now=NOW) == 0
    assert time.monotonic() - started < 3.5  # it would have had to wait for 4


def test_quotes_that_nobody_of_ours_signed_are_left_out(issuer, tmp_path):
    good = WORLD.quote("EUR", cents_per_coin=5)
    quote = Quote.decode(cose.payload_of(good))
    forged = cose.sign(replace(quote, price=1), seed=WORLD.authority)
    issuer.serve(forged, good, b"\x00", cose.sign(WORLD.vasps["alice"].pack, seed=WORLD.issuer))
    assert feed_of(issuer, tmp_path).refresh(trust=TRUST, now=NOW) == 1
    assert price(tmp_path) == 5


def test_a_clock_that_went_back_makes_nothing_young_again(issuer, tmp_path):
    feed = feed_of(issuer, tmp_path)
    issuer.serve(WORLD.quote("EUR", cents_per_coin=1))
    feed.refresh(trust=TRUST, now=NOW)
    issuer.status = 500
    assert feed.refresh(trust=TRUST, now=NOW - 1) == 0


def test_too_much_is_not_read(issuer):
    issuer.body = b" " * (MAX_ANSWER + 1)
    with pytest.raises(OSError, match="more than"):
        fetch(issuer.url, 5.0)


@pytest.mark.parametrize("url", ["file:///etc/hostname", "ftp://127.0.0.1/", ""])
def test_only_http_is_spoken(url):
    with pytest.raises(OSError, match="http or https"):
        fetch(url, 1.0)
