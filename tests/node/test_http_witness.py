"""A log and its witness over HTTP: two nodes, and witnesses that do not do as they should."""

import asyncio
from contextlib import asynccontextmanager
from dataclasses import replace

import httpx
import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed
from carnet.errors import Code
from carnet.log.checkpoint import Checkpoint, sign_checkpoint, unverified_note
from carnet.log.witness import SIZE_TYPE, AddCheckpoint
from carnet.messages import Witness
from carnet.secret import Secret
from carnet_node.errors import Refused, Unreachable
from carnet_node.http_witness import MAX_ANSWER, HttpWitness, is_url
from node.test_tiles_http import certificate
from node.world import free_port, order, running

WALT = "witness.example/walt"


@pytest.fixture
def witnessed(world):
    """A world in which walt is a witness that is asked over HTTP."""
    port = free_port()
    world.create("walt", witness=WALT, settings=f'[http]\nenabled = true\nlisten = "127.0.0.1:{port}"')
    file = world.home("walt") / "witness.cbor"
    card = replace(Witness.decode(file.read_bytes()), endpoint=f"http://127.0.0.1:{port}")
    file.write_bytes(card.encode())
    world.directory(witnesses=("walt",))
    return world


async def record(world, *, until):
    """Have a transfer end, and wait for alice's published checkpoint of at least *until* entries."""
    sent = await world.apps["alice"].outbound.send("bob", order())
    await world.until("alice", sent.transfer_id, "ACCEPTED")
    await world.apps["alice"].outbound.cancel(sent.transfer_id)
    await world.until("alice", sent.transfer_id, "RECORDED")
    file = world.home("alice") / "published" / "checkpoint"
    for _ in range(200):
        if file.exists() and unverified_note(file.read_bytes()).checkpoint.size >= until:
            return file.read_bytes()
        await asyncio.sleep(0.05)
    raise AssertionError(file.read_bytes() if file.exists() else "nothing was published")


async def test_a_witness_cosigns_over_http_what_grows(witnessed):
    async with running(witnessed, "walt", "alice", "bob"):
        first = await record(witnessed, until=1)
        second = await record(witnessed, until=unverified_note(first).checkpoint.size + 1)
        url = witnessed.apps["walt"].http.url
    for note in (first, second):
        assert WALT in {name for name, _ in unverified_note(note).signatures}
    async with running(witnessed, "walt", "alice", "bob"):
        assert witnessed.apps["walt"].http.url == url
        third = await record(witnessed, until=unverified_note(second).checkpoint.size + 1)
    assert WALT in {name for name, _ in unverified_note(third).signatures}


async def test_whoever_asks_the_witness_must_bring_what_the_log_signed(witnessed):
    async with running(witnessed, "walt", "alice", "bob"):
        note = await record(witnessed, until=1)
        checkpoint = unverified_note(note).checkpoint
        async with httpx.AsyncClient(base_url=witnessed.apps["walt"].http.url) as http:

            async def ask(old, note):
                body = AddCheckpoint(old_size=old, path=(), note=unverified_note(note)).encode()
                got = await http.post("add-checkpoint", content=body)
                return got.status_code, got.text.strip(), got.headers["content-type"].partition(";")[0]

            again = await ask(checkpoint.size, note)
            assert (again[0], again[1].split()[1]) == (200, WALT)
            assert await ask(0, note) == (409, str(checkpoint.size), SIZE_TYPE)
            seed = generate_seed(visible_coins("a forger"))
            forged = sign_checkpoint(Checkpoint(origin=checkpoint.origin, size=9, root=bytes(32)), seed=seed)
            assert await ask(checkpoint.size, forged) == (403, "note.key", "text/plain")
            other = sign_checkpoint(Checkpoint(origin="other.example", size=9, root=bytes(32)), seed=seed)
            assert await ask(0, other) == (404, "witness.log", "text/plain")
            assert (await http.post("add-checkpoint", content=b"old")).status_code == 400
            witnessed.clock.ahead = 86401
            assert (await ask(checkpoint.size, note))[0] == 404, "under an expired directory nobody is followed"


async def test_a_fork_is_refused_over_http_as_another_history(witnessed):
    async with running(witnessed, "walt", "alice", "bob"):
        note = await record(witnessed, until=1)
        size = unverified_note(note).checkpoint.size
        seed = witnessed.apps["alice"].party.keys.keystore.log_seed
        fork = Checkpoint(origin=unverified_note(note).checkpoint.origin, size=size, root=bytes(32))
        body = AddCheckpoint(
            old_size=size, path=(), note=unverified_note(sign_checkpoint(fork, seed=Secret(seed)))
        ).encode()
        walt = HttpWitness(witnessed.apps["walt"].http.url)
        with pytest.raises(Refused) as refused:
            await walt.ask(body)
        await walt.close()
        assert refused.value.code == Code.UNVERIFIED


# --- witnesses that do not do as they should ---


@asynccontextmanager
async def answering(answer):
    """Serve each connection by *answer(writer)*; yield the URL."""

    async def serve(reader, writer):
        try:
            await reader.readuntil(b"\r\n\r\n")
            await answer(writer)
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def fixed(status, body=b"", *headers):
    async def answer(writer):
        lines = [f"HTTP/1.1 {status} X", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()

    return answer


async def asked(answer, **options):
    async with answering(answer) as url:
        witness = HttpWitness(url, **options)
        try:
            return await witness.ask(b"old 0\n")
        finally:
            await witness.close()


async def test_lines_and_sizes_are_passed_on():
    assert await asked(fixed(200, b"lines")) == b"lines"
    assert await asked(fixed(409, b"25\n", f"Content-Type: {SIZE_TYPE}")) == b"25\n"


@pytest.mark.parametrize(
    ("status", "code"),
    [(409, Code.UNVERIFIED), (422, Code.UNVERIFIED), (400, Code.MALFORMED), (403, Code.REFUSED), (404, Code.REFUSED)],
)
async def test_a_refusal_has_the_code_of_its_status(status, code):
    with pytest.raises(Refused) as refused:
        await asked(fixed(status, b"because"))
    assert refused.value.code == code


@pytest.mark.parametrize("status", [201, 204, 301, 401, 429, 500, 503, 799])
async def test_any_other_answer_is_none(status):
    with pytest.raises(Unreachable):
        await asked(fixed(status, b"", "Location: http://127.0.0.1:1/"))


async def test_an_answer_that_is_too_large_too_slow_or_no_answer_is_none():
    async def endless(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
            await writer.drain()

    async def drip(writer):
        writer.write(b"HTTP/1.1 200 OK\r\nX: ")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.02)

    async def nonsense(writer):
        writer.write(b"nonsense\r\n\r\n")

    for answer in (fixed(200, b"x" * (MAX_ANSWER + 1)), endless, drip, nonsense):
        with pytest.raises(Unreachable):
            await asked(answer, timeout_s=0.5)


async def test_a_witness_that_is_away_is_unreachable():
    for url in (f"http://127.0.0.1:{free_port()}", "http://", "http://[::1", "http://a b/"):
        witness = HttpWitness(url)
        with pytest.raises(Unreachable):
            await witness.ask(b"")
        await witness.close()


async def test_a_witness_over_tls_is_known_by_its_listed_certificate(world, tmp_path):
    folder = tmp_path / "tls"
    folder.mkdir()
    listed = certificate(folder)
    port = free_port()
    settings = f'[http]\nenabled = true\nlisten = "127.0.0.1:{port}"\n'
    settings += f'certificate = "{folder / "http.crt"}"\nkey = "{folder / "http.key"}"'
    world.create("walt", witness=WALT, settings=settings)
    world.directory()
    async with running(world, "walt"):
        url = world.apps["walt"].http.url
        assert url == f"https://127.0.0.1:{port}"
        known, unknown = HttpWitness(url, certificates=[listed]), HttpWitness(url)
        with pytest.raises(Refused) as refused:
            await known.ask(b"no request")
        assert refused.value.code == Code.MALFORMED
        with pytest.raises(Unreachable):
            await unknown.ask(b"no request")
        for each in (known, unknown):
            await each.close()


def test_a_url_is_told_from_an_address():
    assert is_url("https://witness.example/w")
    assert not is_url("witness.example:7300")
