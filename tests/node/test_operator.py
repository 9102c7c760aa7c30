"""What an operator can get wrong: one clear line each, that names the key or the file, and nothing is lost."""

import ast
import asyncio
import errno
import json
import math
import os
import socket
from dataclasses import replace
from pathlib import Path

import pytest

import carnet_node
from carnet.cli.files import alone_with
from carnet.crypto import cose
from carnet.messages import Directory, Role, Witness
from carnet_node.commands import Commands
from carnet_node.config import Config, LogConfig, load_config
from carnet_node.control import Control, Failed, ask
from carnet_node.demo.cast import personas
from carnet_node.errors import CommandError, ConfigError, NodeError, StoreFatal
from carnet_node.files import replace_file
from carnet_node.logbook import Logbook
from carnet_node.observe import ALLOWED, configure, logger
from carnet_node.ports import Deposit
from carnet_node.sandbox.chain import FileChain
from carnet_node.serve import serve
from node.world import BTC, PASSPHRASE, json_order, order, running

WRONG = {
    "no = such": "carnet.toml",
    "[sever]": "unknown key sever",
    "[observe]\nlevl = 'info'": "unknown key observe.levl",
    "[observe]\nlevel = 'shout'": "observe.level must be one of",
    "[decisions]\ndefault = 'perhaps'": "decisions.default must be one of",
    "[decisions]\naccept = 'all'": "decisions.accept must be a list",
    "[decisions]\nreject = [1]": "decisions.reject must be a list",
    "[paths]\nkeystore = 3": "paths.keystore must be a path",
    "[proofs]\nworkers = 0": "proofs.workers must be a whole number above 0",
    "[proofs]\ntables = 'huge'": "proofs.tables must be one of none, small, big",
    "[proofs]\nhardened = 1": "proofs.hardened must be",
    "[log]\nwitnesses = true": "unknown key log.witnesses",
    "[log]\ninterval_s = 0": "log.interval_s must be a number above 0",
    "[log]\ncover_floor = -1": "log.cover_floor must be a whole number",
    "[http]\nlisten = 'x'": "http.listen must be host:port",
    "[http]\ncertificate = 'x'": "http.certificate and http.key come together",
    "[http]\nauditors = ['a token']": "http.auditors must be SHA-256 of tokens",
    "[http]\nenabled = true\nlisten = '0.0.0.0:7380'": "without http.certificate, on a loopback address alone",
    "observe = 3": "observe must be a table",
}


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_configuration_names_key_and_file(tmp_path, text):
    base = '[server]\nlisten = "127.0.0.1:1"\n[directory]\nauthority = ""\n'
    (tmp_path / "carnet.toml").write_text(text + "\n" + base if "=" in text.split("\n")[0] else base + text)
    with pytest.raises(ConfigError, match=r"carnet\.toml") as caught:
        load_config(tmp_path)
    assert WRONG[text] in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "server.listen is missing"),
        ('[server]\nlisten = "x"\nmax_per_peer = 0', "server.max_per_peer must be a whole number above 0"),
        ('[server]\nlisten = "x"\nmax_per_peer = true', "server.max_per_peer must be a whole number"),
        ('[server]\nlisten = "x"\ndrain_s = "long"', "server.drain_s must be a number above 0"),
        ('[server]\nlisten = "x"\n[chain]\nauto_broadcast = 1', "directory.authority is missing"),
        *(
            (f'[server]\nlisten = "{address}"\n[directory]\nauthority = ""', "server.listen must be host:port")
            for address in (
                "x",
                ":7300",
                "host:",
                "host:99999",
                "host:65536",
                "host:-1",
                "host:+1",
                "host:1e3",
                "host:٣",
            )
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(tmp_path, text, said):
    (tmp_path / "carnet.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(tmp_path)
    assert said in str(caught.value)


def test_a_configuration_that_is_no_text(tmp_path):
    (tmp_path / "carnet.toml").write_bytes(b"# \xff")
    with pytest.raises(ConfigError, match=r"carnet\.toml: not UTF-8, at byte 2"):
        load_config(tmp_path)


def test_what_init_writes_is_read_back_as_the_defaults(world):
    config = load_config(world.home("alice"))
    assert isinstance(config, Config)
    assert config.paths.keystore == world.home("alice") / "keystore"
    assert config.decisions.default == "accept"


def test_no_floor_may_be_asked_for_in_so_many_words(tmp_path):
    given = '[server]\nlisten = "x:1"\n[directory]\nauthority = ""\n[log]\ncover_floor = 0'
    (tmp_path / "carnet.toml").write_text(given)
    assert load_config(tmp_path).log == LogConfig()


def test_no_configuration_at_all(tmp_path):
    with pytest.raises(ConfigError, match="carnet-node init"):
        load_config(tmp_path)


def refusal(world, name="alice"):
    with pytest.raises((ConfigError, StoreFatal)) as caught:
        world.build(name)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_a_missing_keystore(world):
    (world.home("alice") / "keystore").unlink()
    assert "keystore (paths.keystore) cannot be read" in refusal(world)


def test_a_wrong_passphrase(world, monkeypatch):
    monkeypatch.setattr("node.world.PASSPHRASE", type(PASSPHRASE)(b"wrong"))
    assert "wrong passphrase" in refusal(world)


@pytest.mark.parametrize("damage", [b"", b"garbage", os.urandom(500)])
def test_a_damaged_keystore(world, damage):
    file = world.home("alice") / "keystore"
    file.write_bytes(damage)
    assert "keystore" in refusal(world)
    assert file.read_bytes() == damage


def test_a_missing_directory(world):
    (world.home("alice") / "directory").unlink()
    assert "directory (directory.file) cannot be read" in refusal(world)


def test_an_expired_directory(world):
    world.clock.ahead = 100_000
    assert "it has expired" in refusal(world)


def test_a_directory_of_another_authority(world):
    world.settings("alice", world.authority_public, "00" * 31 + "11")
    assert "not signed by directory.authority" in refusal(world)


def test_a_directory_whose_witness_has_a_name_that_no_checkpoint_can_carry(world):
    card = Witness(
        name="w\N{LATIN SMALL LETTER I WITH DIAERESIS}tness", key=bytes(32), endpoint="w:1", tls_certificates=()
    )
    (world.home("alice") / "witness.cbor").write_bytes(card.encode())
    world.directory(witnesses=["alice"])
    assert "names a witness with letters beyond ASCII" in refusal(world)


@pytest.mark.parametrize("key", ["nobody", "", "00" * 31])
def test_an_authority_that_is_no_key(world, key):
    world.settings("alice", world.authority_public, key)
    assert "carnet.toml: directory.authority must be a public key" in refusal(world)


@pytest.mark.parametrize("key", ["screening", "wallets"])
def test_a_list_that_cannot_be_read_or_is_no_text(world, key):
    world.settings("alice", "[chain]\nfile", f"[decisions]\n{key} = 'list'\n[chain]\nfile")
    assert f"the list (decisions.{key}) cannot be read" in refusal(world)
    (world.home("alice") / "list").write_bytes(b"address\n\xff")
    assert f"the list (decisions.{key}) is not UTF-8, at byte 8" in refusal(world)


async def test_a_directory_from_the_past_is_refused_also_after_a_restart(world):
    old = (world.home("alice") / "directory").read_bytes()
    world.directory()
    async with running(world, "alice"):
        pass
    (world.home("alice") / "directory").write_bytes(old)
    assert "older than one that this node has seen" in refusal(world)


async def test_a_running_node_keeps_its_directory_when_the_next_is_refused(world):
    async with running(world, "alice"):
        before = world.apps["alice"].party.network.directory
        (world.home("alice") / "directory").write_bytes(b"nothing")
        with pytest.raises(ConfigError):
            await world.apps["alice"].reload()
        assert world.apps["alice"].party.network.directory == before


async def test_a_directory_that_lists_another_key_for_us_does_not_come_into_force(world):
    async with running(world, "alice"):
        before = world.apps["alice"].party.network.directory
        (world.home("alice") / "member.cbor").write_bytes(replace(world.card("alice"), identity_key=bytes(32)).encode())
        world.directory()
        with pytest.raises(ConfigError, match="lists another identity key for alice"):
            await world.apps["alice"].reload()
        assert world.apps["alice"].party.network.directory == before


async def test_quotes_are_fetched_on_and_on_under_an_expired_directory(world):
    app = world.build("alice")
    world.clock.ahead = 100_000
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(app._feed_for_ever(), 0.1)
    await app.close()


async def test_a_node_whose_log_cannot_go_on_lets_go_of_everything(world, monkeypatch):
    async def broken(_logbook):
        raise StoreFatal("no log")

    monkeypatch.setattr(Logbook, "run", broken)
    app = world.build("alice")
    await app.start()
    assert isinstance(await app.failed.get(), StoreFatal)
    await app.stop()
    assert not app.database._thread.is_alive()


async def test_a_truncated_database(world):
    app = world.build("alice")
    app.database.close()
    file = world.home("alice") / "node.db"
    file.write_bytes(file.read_bytes()[:5000])
    half = file.read_bytes()
    assert "node.db" in refusal(world)
    assert file.read_bytes() == half


async def test_a_port_in_use(world):
    config = load_config(world.home("alice"))
    host, _, port = config.server.listen.rpartition(":")
    with socket.socket() as taken:
        taken.bind((host, int(port)))
        taken.listen()
        app = world.build("alice")
        with pytest.raises(ConfigError, match=r"server\.listen"):
            await app.start()
        await app.stop()


async def test_two_nodes_cannot_run_in_one_folder(world):
    async def nothing(_request):
        return {}

    path = world.home("alice") / "control.sock"
    first = Control(path, nothing)
    await first.start()
    with pytest.raises(ConfigError, match="a node runs already"):
        await Control(path, nothing).start()
    await first.stop()
    assert not path.exists()
    path.touch()  # left by a node that was killed
    await first.start()
    assert path.stat().st_mode & 0o777 == 0o600
    await first.stop()


async def test_two_processes_cannot_hold_one_keystore(world, monkeypatch):
    """The socket alone does not keep two apart that start together, or a second one with another socket."""
    monkeypatch.setattr("carnet_node.serve.configure", lambda _level: None)
    config = load_config(world.home("alice"))
    with alone_with(config.paths.keystore), pytest.raises(ConfigError, match="a node runs already with this keystore"):
        await serve(config, passphrase=PASSPHRASE.reveal(), ready=pytest.fail, signals=())
    with alone_with(config.paths.keystore):
        pass


async def test_a_socket_that_cannot_be_made(tmp_path):
    with pytest.raises(ConfigError, match=r"paths\.control: .* \(No such file or directory\)"):
        await Control(tmp_path / "none" / "control.sock", None).start()


async def test_a_socket_whose_name_is_too_long(tmp_path):
    with pytest.raises(ConfigError, match=r"paths\.control"):
        await Control(tmp_path / ("x" * 120), None).start()


async def test_without_a_policy_pack_a_node_does_not_start(world):
    for file in (world.home("alice") / "packs").iterdir():
        file.write_bytes(b"no pack")
    app = world.build("alice")
    with pytest.raises(ConfigError, match=r"paths\.packs"):
        await app.start()
    await app.stop()


async def test_what_is_no_file_among_packs_and_quotes_is_passed_over(world):
    for folder in ("packs", "quotes"):
        (world.home("alice") / folder / "a-folder").mkdir()
    async with running(world, "alice", "bob"):
        sent = await Commands(world.apps["alice"]).handle(
            {"command": "send", "to": "bob", "payload": json.loads(json_order(order())), "wait": 5}
        )
        assert sent["result"]["phase"] == "ACCEPTED"


def test_a_packs_folder_that_is_none_is_named(world):
    packs = world.home("alice") / "packs"
    for file in packs.iterdir():
        file.unlink()
    packs.rmdir()
    packs.write_bytes(b"")
    assert f"{packs}: the packs (paths.packs) cannot be read" in refusal(world)


def test_half_a_file_is_not_left_behind(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("carnet_node.files.os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"new")
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("file", b"old")]


async def test_a_node_that_the_directory_does_not_list_does_not_start(world):
    app = world.build("evil")
    with pytest.raises(ConfigError, match="does not list evil"):
        await app.start()
    await app.stop()


# --- commands ---


async def test_commands_answer_with_one_line_each(world):
    async with running(world, "alice", "bob"):
        commands = Commands(world.apps["alice"])
        payload = json.loads(json_order(order()))
        unknown = "00" * 16
        for request, status, said in [
            ({}, 2, "no such command"),
            ({"command": "handle"}, 2, "no such command"),
            ({"command": "send", "payload": payload}, 2, "to must be a text"),
            ({"command": "send", "to": "bob"}, 2, "must be a JSON object"),
            ({"command": "send", "to": "bob", "payload": {**payload, "amount": 5}}, 2, "amount"),
            ({"command": "send", "to": "bob", "payload": {**payload, "amount": "-5"}}, 2, "amount"),
            ({"command": "send", "to": "bob", "payload": {**payload, "extra": 5}}, 2, "extra is unknown"),
            ({"command": "send", "to": "bob", "payload": {**payload, "identity": {"x": 1}}}, 2, "IVMS101"),
            ({"command": "send", "to": "bob", "payload": {**payload, "asset": "x" * 500}}, 2, "does not fit"),
            ({"command": "send", "to": "bob", "payload": {**payload, "asset": "a/b"}}, 1, "no quote in force"),
            ({"command": "send", "to": "nobody", "payload": payload}, 1, "member.unknown"),
            ({"command": "send", "to": "alice", "payload": payload}, 1, "itself"),
            ({"command": "show", "transfer": "zz"}, 2, "hexadecimal"),
            ({"command": "show", "transfer": unknown}, 1, "no such transfer"),
            ({"command": "cancel", "transfer": unknown}, 1, "no such transfer"),
            ({"command": "decide", "transfer": unknown, "decision": "accept"}, 1, "no such transfer"),
            ({"command": "decide", "transfer": unknown, "decision": "maybe"}, 2, "accept, reject or repair"),
            ({"command": "decide", "transfer": unknown, "decision": "reject", "code": 1}, 2, "code"),
            ({"command": "list", "role": "x"}, 2, "role"),
            ({"command": "list", "phase": "x"}, 2, "phase"),
            ({"command": "list", "role": ["originator"]}, 2, "role"),
            ({"command": "list", "phase": {}}, 2, "phase"),
            ({"command": "list", "limit": 0}, 2, "limit"),
            *(
                ({"command": "send", "to": "bob", "payload": payload, "wait": wait}, 2, "wait must be")
                for wait in ("5", True, -1, math.nan, 10**400)
            ),
        ]:
            answer = await commands.handle(request)
            assert (answer["ok"], answer.get("status")) == (False, status), (request, answer)
            assert said in answer["error"]
            assert "\n" not in answer["error"]


async def test_the_socket_carries_commands(world):
    async with running(world, "alice", "bob"):
        path = world.home("alice") / "control.sock"
        control = Control(path, Commands(world.apps["alice"]).handle)
        await control.start()
        request = {"command": "send", "to": "bob", "payload": json.loads(json_order(order())), "wait": 5}
        sent = await asyncio.to_thread(ask, path, request, timeout_s=10)
        assert sent["phase"] == "ACCEPTED"
        shown = await asyncio.to_thread(ask, path, {"command": "show", "transfer": sent["transfer_id"]}, timeout_s=10)
        assert "payload" not in shown
        assert personas()["mary"].wallets[BTC] not in json.dumps(shown)
        with pytest.raises(Failed) as caught:
            await asyncio.to_thread(ask, path, {"command": "show", "transfer": "x"}, timeout_s=10)
        assert caught.value.status == 2
        reader, writer = await asyncio.open_unix_connection(str(path))
        writer.write(b"not json\n[1]\n")
        assert [json.loads(await reader.readline())["status"] for _ in range(2)] == [2, 2]
        writer.close()
        await control.stop()
    with pytest.raises(CommandError, match="carnet-node run"):
        ask(path, {"command": "status"}, timeout_s=1)


# --- logs and the chain ---


def test_logs_hold_only_known_keys_and_no_text_of_exceptions(capfd):
    configure("info")
    logger("test").error("it.failed", peer="bob", name="Mary Tauton", exc_info=NodeError("Mary Tauton"))
    line = json.loads(capfd.readouterr().err)
    assert line["peer"] == "bob"
    assert line["exception"][0] == "NodeError"
    assert "Mary" not in json.dumps(line)


def test_what_is_logged_is_under_known_keys():
    """A value under another key is dropped, and nobody would miss it."""
    calls = [
        call
        for file in Path(carnet_node.__file__).parent.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text()))
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("LOG.")
    ]
    assert len(calls) > 50
    assert {each.arg for call in calls for each in call.keywords} - {"exc_info"} <= ALLOWED


async def test_the_sandbox_chain_is_shared_and_moves_nothing_twice(tmp_path):
    one, other = FileChain(tmp_path / "chain"), FileChain(tmp_path / "chain")
    deposit = Deposit(asset="a", address="b", amount=2**70)
    assert await other.lookup("x") is None
    first = await one.send(deposit, reference="r")
    assert await other.send(deposit, reference="r") == first
    assert await other.lookup(first) == deposit
    assert (tmp_path / "chain").read_bytes().count(b"\n") == 1


def test_the_database_file_holds_no_personal_data_in_the_clear(world):
    async def story():
        async with running(world, "alice", "bob"):
            sent = await world.apps["alice"].outbound.send("bob", order())
            await world.until("alice", sent.transfer_id, "ACCEPTED")
            assert world.state("bob", sent.transfer_id, Role.BENEFICIARY) is not None

    asyncio.run(story())
    request = order()
    for name in ("alice", "bob"):
        files = [file for file in world.home(name).rglob("*") if file.is_file() and "packs" not in file.parts]
        data = b"".join(file.read_bytes() for file in files)
        assert cose.typ(Directory).encode() in data
        for marked in ("Howard", "Robert", request.transfer.destination_address, request.transfer.source_address):
            assert marked.encode() not in data
