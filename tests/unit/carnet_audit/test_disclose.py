"""`carnet-audit disclose`: keys, requests, and responses that are opened or refused."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import INTERACTIVE, Lock
from carnet.disclosure.keys import lock_supervisor_key, unlock_supervisor_key
from carnet.disclosure.messages import Refusal
from carnet.disclosure.request import open_request
from carnet.disclosure.respond import refuse
from carnet.disclosure.verify import MAX_SEALED
from carnet.errors import DecodeError
from carnet.log.tiles import decode_bundle, encode_bundle
from carnet.messages import Supervisor
from carnet.params import SEALING_PUBLIC_SIZE
from carnet.secret import Secret
from carnet.testing import disclosures
from carnet_audit.cli import app
from carnet_audit.disclosed import REFUSALS

PASSPHRASE = "a passphrase of the supervisor"
ENVIRONMENT = {"CARNET_PASSPHRASE": PASSPHRASE}
NOW = ["--now", str(disclosures.NOW)]


@pytest.fixture(scope="module")
def stage():
    return disclosures.make_stage()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "supervisor"
    lock = Lock.new(Secret(PASSPHRASE.encode()), coins=system_coins, cost=INTERACTIVE)
    file.write_bytes(lock_supervisor_key(disclosures.supervisor_key(), lock=lock, coins=system_coins))
    return file


@pytest.fixture
def folder(stage, tmp_path):
    root = tmp_path / "alice"
    for path, data in stage.network.ledgers["alice"].files().items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    (tmp_path / "warrant.txt").write_text("a warrant")
    return root


def run(*arguments, expect=0):
    made = CliRunner().invoke(app, ["disclose", *map(str, arguments)], env=ENVIRONMENT)
    assert made.exit_code == expect, (made.output, made.exception)
    return made


def source(stage, folder):
    return ["--source", folder, "--authority", stage.network.authority.hex()]


def ask(stage, folder, keys, *what, expect=0):
    out = folder.parent / "request"
    basis = ["--basis", folder.parent / "warrant.txt", "--out", out]
    return run("request", "--keys", keys, *source(stage, folder), *basis, *what, *NOW, "--json", expect=expect), out


def answer(stage, request, folder, *, answers=None):
    opened = open_request(request.read_bytes(), trust=stage.trust)
    response = folder.parent / "response"
    response.write_bytes(stage.respond(opened, answers).sealed)
    return response


def read(stage, folder, keys, response, request, *more, expect=0):
    files = [response, "--request", request, "--keys", keys]
    return run("open", *files, *source(stage, folder), *NOW, *more, expect=expect)


def test_what_was_asked_for_is_printed_and_nothing_else(stage, folder, keys):
    what = ["--record", 0, "--record", 1, "--path", "/identity/originator", "--path", "/transfer/purpose"]
    made, request = ask(stage, folder, keys, *what, "--opening", "unit")
    assert json.loads(made.stdout)["records"] == [0, 1]
    response = answer(stage, request, folder)
    found = json.loads(read(stage, folder, keys, response, request, "--json").stdout)
    shown, cover = found["records"]
    assert cover["answer"] == "COVER"
    assert (shown["originator"], shown["ending"], shown["opened"]) == ("alice", "SETTLED", {"unit": 100000})
    name = "/identity/originator/originatorPerson/0/naturalPerson/name/nameIdentifier/0/primaryIdentifier"
    assert shown["payload"][name] == "Sample"
    assert shown["payload"]["/transfer/purpose"] is None
    assert not [
        path for path in shown["payload"] if not path.startswith(("/identity/originator/", "/transfer/purpose"))
    ]
    for_people = read(stage, folder, keys, response, request).stdout
    assert "verdict: sound" in for_people
    assert "primaryIdentifier: Sample" in for_people
    assert "purpose: absent" in for_people


def test_amounts_and_enumerations_are_read_as_what_they_are(stage, folder, keys):
    _, request = ask(stage, folder, keys, "--record", 0, "--path", "/transfer/amount", "--path", "/tier")
    found = json.loads(read(stage, folder, keys, answer(stage, request, folder), request, "--json").stdout)
    assert found["records"][0]["payload"] == {"/tier": "FULL", "/transfer/amount": "1000000"}


def test_a_refusal_is_an_answer(stage, folder, keys):
    _, request = ask(stage, folder, keys, "--record", 0)
    opened = open_request(request.read_bytes(), trust=stage.trust)
    answers = [refuse(opened.request.records[0], Refusal.SHREDDED)]
    response = answer(stage, request, folder, answers=answers)
    found = json.loads(read(stage, folder, keys, response, request, "--json").stdout)
    assert found["records"][0]["refusal"] == "SHREDDED"


def test_a_response_that_does_not_match_what_the_beneficiary_signed_is_refused_by_name(stage, folder, keys):
    _, request = ask(stage, folder, keys, "--record", 0, "--path", "/transfer/amount")
    opened = open_request(request.read_bytes(), trust=stage.trust)
    (given,) = stage.answers(opened.request)
    other = stage.held["alice"][3].receipt
    forged = replace(given, shown=replace(given.shown, receipt=other))
    response = answer(stage, request, folder, answers=[forged])
    refused = read(stage, folder, keys, response, request, expect=1)
    assert "(of another offer), record 0" in refused.stderr
    assert "Sample" not in refused.output


def test_what_is_not_there_is_named_and_where_it_would_be(stage, folder, keys):
    missed = ask(stage, folder.parent, keys, "--record", 0, expect=2)[0].stderr
    assert missed == f"carnet-audit: {folder.parent}: directory: No such file or directory\n"
    folder.rename(folder.parent / "published")
    assert (
        f"is in {folder.parent / 'published'}\n" in ask(stage, folder.parent, keys, "--record", 0, expect=2)[0].stderr
    )


def test_a_response_to_another_request_is_refused(stage, folder, keys):
    _, request = ask(stage, folder, keys, "--record", 0)
    response = answer(stage, request, folder)
    assert "not overwritten" in ask(stage, folder, keys, "--record", 2, expect=2)[0].stderr
    request.rename(folder.parent / "first")
    _, request = ask(stage, folder, keys, "--record", 2)
    refused = read(stage, folder, keys, response, request, expect=1)
    assert "refused: disclosure.request" in refused.stderr


def test_a_response_is_not_held_against_another_vasps_folder(stage, folder, keys):
    _, request = ask(stage, folder, keys, "--record", 0)
    bob = folder.parent / "bob"
    for path, data in stage.network.ledgers["bob"].files().items():
        (bob / path).parent.mkdir(parents=True, exist_ok=True)
        (bob / path).write_bytes(data)
    refused = read(stage, bob, keys, answer(stage, request, folder), request, expect=2)
    assert "a request to alice, and the source is bob's" in refused.stderr


def test_every_refusal_has_words():
    assert REFUSALS.keys() == Refusal.__members__.keys()


def test_the_notice_is_looked_for_in_the_log(stage, folder, keys):
    _, request = ask(stage, folder, keys, "--record", 0)
    opened = open_request(request.read_bytes(), trust=stage.trust)
    made = stage.respond(opened)
    (folder.parent / "response").write_bytes(made.sealed)
    found = json.loads(read(stage, folder, keys, folder.parent / "response", request, "--json").stdout)
    assert found["notice"] == {"hash": made.notice.hash.hex(), "index": None}
    fresh = disclosures.make_stage()
    book = fresh.network.ledgers["alice"]
    book.records.append(made.notice.encode())
    book.proofs.append(b"")
    for path, data in book.files().items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    found = json.loads(read(stage, folder, keys, folder.parent / "response", request, "--json").stdout)
    assert found["notice"]["index"] == 4
    log = folder / "records" / "000.p" / "5"
    items = decode_bundle(log.read_bytes(), width=5)
    log.write_bytes(encode_bundle([items[4], *items[:4]]))  # the log has it, but not there
    found = json.loads(read(stage, folder, keys, folder.parent / "response", request, "--json").stdout)
    assert found["notice"]["index"] is None


@pytest.mark.parametrize(
    ("what", "check"),
    [
        (["--record", 0, "--path", "/seed"], "disclosure.path"),
        (["--record", 0, "--path", "/no/such"], "disclosure.path"),
        (["--record", 0, "--path", "transfer"], None),
        (["--record", 9], None),
        (["--spot-check", 2], None),
        (["--spot-check", 2, "--report", 1], None),
        (["--record", 0, "--opening", "everything"], None),
        ([], None),
    ],
)
def test_what_cannot_be_asked_is_not_written(stage, folder, keys, what, check):
    made, request = ask(stage, folder, keys, *what, expect=2)
    assert check is None or check in made.stderr
    assert len(made.stderr.splitlines()) == 1
    assert not request.exists()


def test_what_cannot_be_read_is_told_apart_from_what_is_wrong(stage, folder, keys, monkeypatch):
    _, request = ask(stage, folder, keys, "--record", 0)
    response = answer(stage, request, folder)
    read(stage, folder.parent / "nowhere", keys, response, request, expect=2)
    read(stage, folder, keys, folder.parent / "nothing", request, expect=2)
    read(stage, folder, keys, response, folder.parent / "warrant.txt", expect=2)
    with (folder.parent / "too much").open("wb") as file:
        file.truncate(MAX_SEALED + 1)
    too_much = read(stage, folder, keys, folder.parent / "too much", request, expect=2)
    assert f"more than {MAX_SEALED} bytes" in too_much.stderr
    monkeypatch.setitem(ENVIRONMENT, "CARNET_PASSPHRASE", "another")
    assert "cannot be unlocked" in read(stage, folder, keys, response, request, expect=2).stderr


def test_a_token_is_not_sent_in_the_clear(stage, folder, keys, tmp_path):
    _, request = ask(stage, folder, keys, "--record", 0)
    response = answer(stage, request, folder)
    (tmp_path / "token").write_text("a-token-of-an-entitled-auditor\n")
    files = [response, "--request", request, "--keys", keys, "--source", "http://alice.example"]
    refused = run("open", *files, "--token-file", tmp_path / "token", expect=2)
    assert "https is needed" in refused.stderr
    assert "entitled-auditor" not in refused.output


def test_new_keys_are_a_locked_file_a_card_and_a_sealing_key(tmp_path):
    out = tmp_path / "made"
    made = run("keys", "--name", "s.example", "--jurisdiction", "EU", "--out", out, "--fast-kdf", "--json")
    assert (out / "supervisor").stat().st_mode & 0o777 == 0o600
    card = Supervisor.decode((out / "supervisor.cbor").read_bytes())
    assert (card.name, card.jurisdiction, card.key.hex()) == ("s.example", "EU", json.loads(made.stdout)["key"])
    key = unlock_supervisor_key((out / "supervisor").read_bytes(), passphrase=Secret(PASSPHRASE.encode()))
    assert key.card == card
    assert (out / "supervisor.sealing").read_bytes() == key.sealing.public
    assert len(key.sealing.public) == SEALING_PUBLIC_SIZE
    run("keys", "--name", "s.example", "--jurisdiction", "EU", "--out", out, "--fast-kdf", expect=2)


def test_a_locked_file_of_something_else_is_no_key():
    with pytest.raises(DecodeError):
        unlock_supervisor_key(b"nothing", passphrase=Secret(b"x"))
