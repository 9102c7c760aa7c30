"""The published folder over HTTP: what is served to whom, and nothing else, however it is asked for."""

import asyncio
import json
import socket
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address

import httpx
import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.log.checkpoint import Checkpoint, sign_checkpoint
from carnet.log.merkle import Frontier
from carnet.log.witness import SIZE_TYPE, Answer
from carnet_node.config import HttpConfig
from carnet_node.errors import ConfigError
from carnet_node.http_server import HttpServer
from carnet_node.observe import configure
from carnet_node.publish import Folder
from carnet_node.tiles_http import MAX_REQUEST, TilesHttp, entry_at

TOKEN = "a-token-of-an-entitled-auditor"
HASH = sha256(TOKEN.encode()).hexdigest()
ENTITLED = {"Authorization": f"Bearer {TOKEN}"}
SIZE = 300
KEPT = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A folder with a log of 300, and files for 20 more that no checkpoint speaks of yet."""
    root = tmp_path_factory.mktemp("published")
    folder, tree = Folder(root), Frontier()
    entries = [sha256(b"%d" % number).digest() for number in range(SIZE + 20)]
    folder.grow(tree, entries[:SIZE], entries[:SIZE])
    checkpoint = Checkpoint(origin="vasp.example/log", size=SIZE, root=tree.root)
    folder.write("checkpoint", sign_checkpoint(checkpoint, seed=generate_seed(visible_coins("a log"))))
    folder.grow(tree, entries[SIZE:], entries[SIZE:])
    for path in ("directory", "bundle", "bundles/1", "packs/" + "ab" * 32, "report", "reports/3", "proofs/000"):
        folder.write(path, b"what lies at " + path.encode())
    for path in ("windows/3", "disclosures/" + "cd" * 32):
        folder.write(path, b"what lies at " + path.encode())
    (root.parent / "secret").write_bytes(b"never")
    (root / "keystore").write_bytes(b"never")
    (root / "bundles" / "2").symlink_to(root.parent / "secret")
    (root / "reports" / "9").mkdir()
    (root / "packs" / ("ef" * 32)).symlink_to(root / "directory")
    return root


@asynccontextmanager
async def serving(root, witness=None, **config):
    app = TilesHttp(root, auditors=[sha256(b"another").hexdigest(), HASH], witness=witness)
    server = HttpServer(app, config=HttpConfig(enabled=True, listen="127.0.0.1:0", **config), drain_s=1)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


@asynccontextmanager
async def client(root, witness=None, **config):
    async with serving(root, witness, **config) as server, httpx.AsyncClient(base_url=server.url) as found:
        yield found


FOR_EVERYBODY = {
    "checkpoint": "no-cache",
    "directory": "no-cache",
    "bundle": "no-cache",
    "bundles/1": "no-cache",
    "packs/" + "ab" * 32: KEPT,
    "tile/0/000": KEPT,
    "tile/0/001.p/44": KEPT,
    "tile/1/000.p/1": KEPT,
    "tile/entries/000": KEPT,
    "tile/entries/001.p/44": KEPT,
}
FOR_THE_ENTITLED = [
    "records/000",
    "records/001.p/44",
    "proofs/000",
    "report",
    "reports/3",
    "windows/3",
    "disclosures/" + "cd" * 32,
]


async def test_everybody_may_read_the_log(root):
    async with client(root) as http:
        for path, cache in FOR_EVERYBODY.items():
            got = await http.get(path)
            assert (got.status_code, got.content) == (200, (root / path).read_bytes()), path
            text = path == "checkpoint"
            assert got.headers["content-type"] == ("text/plain; charset=utf-8" if text else "application/octet-stream")
            assert (got.headers["cache-control"], got.headers["x-content-type-options"]) == (cache, "nosniff"), path
            assert "server" not in got.headers
            head = await http.head(path)
            assert (head.status_code, head.content) == (200, b""), path
            same = ("content-length", "etag", "content-type")
            assert [head.headers[key] for key in same] == [got.headers[key] for key in same]


async def test_entitled_auditors_alone_may_read_more(root):
    async with client(root) as http:
        for path in FOR_THE_ENTITLED:
            for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
                got = await http.get(path, headers=headers)
                assert (got.status_code, got.headers["www-authenticate"], got.content) == (401, "Bearer", b"401\n"), (
                    path
                )
            got = await http.get(path, headers=ENTITLED)
            assert (got.status_code, got.content) == (200, (root / path).read_bytes()), path
            assert (got.headers["cache-control"], got.headers["vary"]) == ("private, no-cache", "Authorization"), path
        for path in ("records/009", "reports/4", "windows/9"):
            assert (await http.get(path)).status_code == 401, "whether a file is there is not told either"
            assert (await http.get(path, headers=ENTITLED)).status_code == 404


async def test_what_no_checkpoint_speaks_of_is_not_served(root):
    async with client(root) as http:
        for path in ("tile/0/001.p/64", "tile/entries/001.p/64", "records/001.p/64"):
            assert (root / path).exists()
            got = await http.get(path, headers=ENTITLED)
            assert (got.status_code, got.headers["cache-control"]) == (404, "no-cache"), path


async def raw(server, request, *, within=5):
    reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
    writer.write(request)
    try:
        return await asyncio.wait_for(reader.read(), within)
    finally:
        writer.close()


NOT_SERVED = [
    "/",
    "/../secret",
    "/bundles/../keystore",
    "/%2e%2e/secret",
    "/tile/0/..%2f..%2f..%2fsecret",
    "/tile/0/../../keystore",
    "//checkpoint",
    "/./checkpoint",
    "/checkpoint/",
    "/checkpoint%00",
    "/Checkpoint",
    "/checkpoint?token=s3cret",
    "/keystore",
    "/bundles/2",
    "/bundles/01",
    "/reports/9",
    "/packs/" + "ef" * 32,
    "/packs/" + "AB" * 32,
    "/tile/0/0",
    "/tile/0/000.p/256",
    "/tile/7/000",
    "/tile/00/000",
    "/tile/0/x000/000",
    "/records/../directory",
    "/" + "x" * 5000,
    "http://elsewhere.example/checkpoint",
]


async def test_nothing_else_of_the_disk_is_served(root):
    async with serving(root) as server:
        for target in NOT_SERVED:
            request = f"GET {target} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
            answer = await raw(server, request.encode())
            assert answer.startswith(b"HTTP/1.1 404 "), target
            assert b"never" not in answer


async def test_only_reading_is_allowed(root):
    async with client(root) as http:
        for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW"):
            got = await http.request(method, "checkpoint")
            assert (got.status_code, got.headers["allow"]) == (405, "GET, HEAD")
        assert (await http.post("add-checkpoint")).status_code == 404, "this node is no witness"


async def test_what_is_known_is_not_sent_again(root):
    async with client(root) as http:
        tag = (await http.get("checkpoint")).headers["etag"]
        for wanted in (tag, f'"other", {tag}', f"W/{tag}", "*"):
            got = await http.get("checkpoint", headers={"If-None-Match": wanted})
            assert (got.status_code, got.content, got.headers["etag"]) == (304, b"", tag)
        assert (await http.get("checkpoint", headers={"If-None-Match": '"other"'})).status_code == 200
        got = await http.get("records/000", headers={"If-None-Match": "*"})
        assert got.status_code == 401


async def test_nothing_secret_and_nothing_sent_is_logged(root, capsys):
    configure("info")  # to the stream that is captured
    async with client(root) as http:
        await http.get("records/000", headers=ENTITLED)
        await http.get("records/000", headers={"Authorization": "Bearer wr0ng-s3cret"})
        await http.get("checkpoint", params={"token": "s3cret"})
        await http.get("a-path-with-s3cret")
        await http.request("S3CRET", "checkpoint")
    told = capsys.readouterr().err
    lines = [json.loads(line) for line in told.splitlines()]
    found = [(each["method"], each["file"], each["code"], each["peer"]) for each in lines if "code" in each]
    assert found == [
        ("GET", "records/000", 200, HASH[:8]),
        ("GET", "records/000", 401, ""),
        ("GET", "none of ours", 404, ""),
        ("GET", "none of ours", 404, ""),
        ("other", "checkpoint", 405, ""),
    ]
    for secret in (TOKEN, "s3cret", "S3CRET", HASH):
        assert secret not in told


# --- the witness ---


async def echo(body):
    return Answer(status=409, body=b"%d\n" % len(body), content_type=SIZE_TYPE)


async def fail(body):
    raise RuntimeError("s3cret")


async def test_a_witness_is_asked_by_post(root):
    async with client(root, echo) as http:
        got = await http.post("add-checkpoint", content=b"old 0\n")
        assert (got.status_code, got.content, got.headers["content-type"]) == (409, b"6\n", SIZE_TYPE)
        assert got.headers["cache-control"] == "no-store"
        got = await http.get("add-checkpoint")
        assert (got.status_code, got.headers["allow"]) == (405, "POST")
        assert (await http.post("add-checkpoint?x=1")).status_code == 404


async def test_a_request_that_is_too_large_is_cut_off(root):
    async with client(root, echo) as http:
        assert (await http.post("add-checkpoint", content=b"x" * MAX_REQUEST)).content == b"65536\n"
        assert (await http.post("add-checkpoint", content=b"x" * (MAX_REQUEST + 1))).status_code == 413

        async def pour():
            while True:
                yield b"x" * 8192

        with pytest.raises((httpx.HTTPError, AssertionError)):
            assert (await http.post("add-checkpoint", content=pour())).status_code != 413


async def test_our_own_failure_is_told_without_its_reason(root, capsys):
    configure("info")
    async with client(root, fail) as http:
        got = await http.post("add-checkpoint", content=b"")
    assert (got.status_code, got.content) == (500, b"500\n")
    told = capsys.readouterr().err
    assert "http.failed" in told
    assert "s3cret" not in told


# --- limits ---


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GET /check",
        b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nslow",
        b"GET /checkpoint HTTP/1.1\r\nHost: x\r\n\r\nGET /check",
    ],
    ids=["nothing", "half a head", "half a body", "half of the next"],
)
async def test_who_is_slow_is_cut_off(root, sent):
    async with serving(root, echo, request_s=0.3) as server:
        began = time.monotonic()
        answer = await raw(server, sent)
        assert 0.2 < time.monotonic() - began < 3
        assert answer.count(b"HTTP/1.1 200") == sent.count(b"GET /checkpoint")


async def test_who_drips_is_cut_off(root):
    async def drip(writer):
        while time.monotonic() - began < 5:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(root, request_s=0.3) as server:
        _, writer = await asyncio.open_connection("127.0.0.1", server.port)
        began = time.monotonic()
        writer.write(b"GET /checkpoint HTTP/1.1\r\nX: ")
        with pytest.raises(ConnectionError):
            await drip(writer)
        assert time.monotonic() - began < 3
        writer.close()


async def test_too_many_connections_are_cut_and_the_others_are_served(root):
    async with serving(root, max_connections=3) as server:
        held = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(3)]
        await asyncio.sleep(0.05)
        with pytest.raises((httpx.HTTPError, AssertionError)):
            async with httpx.AsyncClient() as more:
                assert (await more.get(f"{server.url}/checkpoint")).status_code != 200
        reader, writer = held[0]
        writer.write(b"GET /checkpoint HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 200")
        for _, each in held:
            each.close()


async def test_a_head_that_is_too_long_is_refused(root):
    async with serving(root) as server:
        answer = await raw(server, b"GET /checkpoint HTTP/1.1\r\nX: " + b"x" * 40_000)
    assert b" 200 " not in answer


async def test_what_is_not_http_is_refused(root):
    async with serving(root) as server:
        assert (await raw(server, b"\x16\x03\x01\x02\x00nonsense\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_a_stop_lets_answers_end_and_does_not_wait_for_the_idle(root):
    async def slow(body):
        await asyncio.sleep(0.3)
        return Answer(status=200, body=b"done")

    async with serving(root, slow) as server:
        idle = await asyncio.open_connection("127.0.0.1", server.port)
        asking = asyncio.create_task(
            raw(server, b"POST /add-checkpoint HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        )
        await asyncio.sleep(0.1)
        began = time.monotonic()
        await server.stop()
        assert time.monotonic() - began < 3
        assert (await asking).endswith(b"done")
        idle[1].close()
        with pytest.raises(OSError):
            await asyncio.open_connection("127.0.0.1", server.port)


async def test_a_port_that_is_taken_is_told(root):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = HttpConfig(enabled=True, listen=f"127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(ConfigError, match="in use"):
            await HttpServer(TilesHttp(root, auditors=[]), config=config, drain_s=1).start()


def certificate(folder):
    """Write a certificate for 127.0.0.1 and its key, as an operator's tools would."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=True)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "http.crt").write_bytes(made.public_bytes(pem))
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (folder / "http.key").write_bytes(plain)
    return made.public_bytes(serialization.Encoding.DER)


async def test_the_folder_is_served_over_tls(root, tmp_path):
    certificate(tmp_path)
    files = {"certificate": tmp_path / "http.crt", "key": tmp_path / "http.key"}
    async with serving(root, **files) as server:
        assert server.url.startswith("https://")
        import ssl

        context = ssl.create_default_context(cafile=files["certificate"])
        async with httpx.AsyncClient(verify=context) as http:
            assert (await http.get(f"{server.url}/checkpoint")).status_code == 200


async def test_a_certificate_that_cannot_be_used_is_told(root, tmp_path):
    (tmp_path / "bad").write_bytes(b"no certificate")
    config = HttpConfig(enabled=True, listen="127.0.0.1:0", certificate=tmp_path / "bad", key=tmp_path / "bad")
    with pytest.raises(ConfigError, match=r"http\.certificate"):
        await HttpServer(TilesHttp(root, auditors=[]), config=config, drain_s=1).start()


def test_every_entry_of_the_grammar_is_for_everybody_or_for_the_entitled():
    assert entry_at("tile/entries/000").entitled is False
    assert entry_at("records/000").entitled
    assert entry_at("proofs/x001/x234/067.p/9").end == 1234067 * 256 + 9
    assert entry_at("tile/2/000.p/3").end == 3 * 65536
    assert entry_at("tile/entries/000/") is None
