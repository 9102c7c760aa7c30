"""Folders read over HTTP from servers of all kinds: each either answers in bounds, or is given up."""

import gzip
import re
import socket
import threading
import time
from contextlib import contextmanager

import pytest

from carnet.errors import DecodeError
from carnet.evidence import UnreadableError
from carnet_audit import http_source
from carnet_audit.http_source import UrlError, http


@contextmanager
def serving(answer, *, connections=10):
    """Serve each connection by *answer(socket, request)* on a port of its own; yield the URL and the requests."""
    requests, listener = [], socket.create_server(("127.0.0.1", 0))

    def run():
        for _ in range(connections):
            try:
                opened, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(opened,), daemon=True).start()

    def one(opened):
        with opened:
            try:
                request = opened.recv(65536)
                requests.append(request.decode())
                answer(opened, request)
            except OSError:
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/log/", requests
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def fixed(status, body=b"", *headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda opened, _: opened.sendall(whole)


def test_a_file_is_read_from_below_the_folders_url():
    with serving(fixed("200 OK", b"hashes")) as (url, requests):
        assert http(url)("tile/0/000", 10) == b"hashes"
    assert requests[0].startswith("GET /log/tile/0/000 HTTP/1.1\r\n")
    assert "authorization" not in requests[0].lower()


def test_of_a_checkpoint_no_caches_old_one_is_taken():
    with serving(fixed("200 OK", b"x")) as (url, requests):
        read = http(url)
        read("checkpoint", 10)
        read("bundle", 10)
    assert ["Cache-Control: no-cache\r\n" in each for each in requests] == [True, False]


def test_a_token_is_sent_to_those_who_need_it():
    with serving(fixed("200 OK", b"x")) as (url, requests):
        http(url, "s3cret")("records/000", 10)
    assert "Authorization: Bearer s3cret\r\n" in requests[0]


@pytest.mark.parametrize("status", ["404 Not Found", "401 Unauthorized", "403 Forbidden", "204 No Content", "206 P"])
def test_what_is_not_answered_is_unreadable_at_once(status):
    with serving(fixed(status)) as (url, requests), pytest.raises(UnreadableError, match="bundle"):
        http(url)("bundle", 10)
    assert len(requests) == 1


def test_nobody_is_followed_elsewhere():
    with serving(fixed("200 OK", b"caught")) as (other, caught):
        moved = fixed("302 Found", b"", f"Location: {other}")
        with serving(moved) as (url, _), pytest.raises(UnreadableError, match="elsewhere"):
            http(url)("bundle", 10)
    assert caught == []


def test_no_cookie_is_kept():
    with serving(fixed("200 OK", b"x", "Set-Cookie: who=you; Path=/")) as (url, requests):
        read = http(url)
        read("bundle", 10)
        read("bundle", 10)
    assert len(requests) == 2
    assert not re.search("cookie", requests[1], re.IGNORECASE)


def test_a_server_that_fails_is_asked_a_few_times():
    answers = iter([fixed("503 Busy"), fixed("500 Oh"), fixed("200 OK", b"at last")])

    def recover(opened, request):
        next(answers)(opened, request)

    with serving(recover) as (url, requests):
        assert http(url)("bundle", 10) == b"at last"
    assert len(requests) == 3
    with serving(fixed("503 Busy")) as (url, requests), pytest.raises(UnreadableError, match="status 503"):
        http(url)("bundle", 10)
    assert len(requests) == http_source.ATTEMPTS


def test_more_than_the_limit_is_refused_before_it_is_read():
    with serving(fixed("200 OK", b"x" * 11)) as (url, _), pytest.raises(DecodeError, match=r"evidence\.size"):
        http(url)("bundle", 10)


def test_an_endless_answer_is_cut():
    def pour(opened, _):
        opened.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            opened.sendall(b"1000\r\n" + b"x" * 4096 + b"\r\n")

    with serving(pour) as (url, _), pytest.raises(DecodeError, match=r"evidence\.size"):
        http(url)("bundle", 100_000)


@pytest.mark.parametrize("dripped", [b"HTTP/1.1 200 OK\r\nX: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["headers", "body"])
def test_an_answer_that_drips_is_given_up_as_a_whole(dripped):
    def drip(opened, _):
        opened.sendall(dripped)
        while True:
            opened.sendall(b"x")
            time.sleep(0.02)

    began = time.monotonic()
    with serving(drip) as (url, _), pytest.raises(UnreadableError, match=r"not answered within 0\.4 s"):
        http(url, timeout_s=0.4)("bundle", 100_000)
    assert time.monotonic() - began < 3


def test_a_zipped_answer_is_unzipped_up_to_the_limit():
    zipped = fixed("200 OK", gzip.compress(b"entries" * 100), "Content-Encoding: gzip")
    with serving(zipped) as (url, _):
        assert http(url)("tile/entries/000", 700) == b"entries" * 100
        with pytest.raises(DecodeError, match=r"evidence\.size"):
            http(url)("tile/entries/000", 699)
    bomb = gzip.compress(b"\0" * 50_000_000)
    with serving(fixed("200 OK", bomb, "Content-Encoding: gzip")) as (url, _), pytest.raises(DecodeError):
        http(url)("tile/entries/000", 1000)


@pytest.mark.parametrize(
    "body", [b"not zipped", gzip.compress(b"cut")[:-1], gzip.compress(b"more") + b"behind"], ids=["no", "cut", "more"]
)
def test_a_badly_zipped_answer_is_unreadable(body):
    answer = fixed("200 OK", body, "Content-Encoding: gzip")
    with serving(answer) as (url, _), pytest.raises(UnreadableError, match="badly zipped"):
        http(url)("bundle", 100)


def test_other_encodings_are_refused():
    with serving(fixed("200 OK", b"x", "Content-Encoding: br")) as (url, _), pytest.raises(UnreadableError):
        http(url)("bundle", 100)


@pytest.mark.parametrize("body", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"])
def test_what_is_not_http_is_unreadable(body):
    with serving(lambda opened, _: opened.sendall(body)) as (url, _), pytest.raises(UnreadableError):
        http(url)("bundle", 100)


def test_nobody_who_listens_is_unreadable():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(UnreadableError):
        http(f"http://127.0.0.1:{port}")("bundle", 100)


@pytest.mark.parametrize(
    ("url", "token"),
    [
        ("ftp://log.example", None),
        ("http://", None),
        ("https://user:secret@log.example", None),
        ("https://log.example/?q=1", None),
        ("https://log.example/#here", None),
        ("http://log.example", "s3cret"),
        ("https://log.example", "two words"),
        ("https://log.example:99999999/", None),
    ],
)
def test_a_url_that_is_none_is_refused_without_showing_it(url, token):
    with pytest.raises(UrlError) as refused:
        http(url, token)
    assert "secret" not in str(refused.value)
    assert "s3cret" not in str(refused.value)


def test_readers_are_shared_by_threads():
    with serving(fixed("200 OK", b"x" * 1000), connections=50) as (url, requests):
        read, got = http(url), []
        threads = [threading.Thread(target=lambda: got.append(read("bundle", 1000))) for _ in range(12)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert got == [b"x" * 1000] * 12
    assert len(requests) == 12
