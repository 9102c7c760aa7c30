"""`carnet-audit spot-check`: records are drawn from a page, opened by the VASP, and held against its groups."""

import json
from dataclasses import replace

import pytest
from typer.testing import CliRunner

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import INTERACTIVE, Lock
from carnet.disclosure.keys import lock_supervisor_key
from carnet.disclosure.request import open_request
from carnet.log.notice import Notice, NoticeKind
from carnet.params import SUITE
from carnet.reporting.report import EpochReport, sign_report
from carnet.reporting.window import WindowEntry, WindowGroup, WindowPage, page_hash
from carnet.secret import Secret
from carnet.testing import disclosures, ledger
from carnet_audit.cli import app

PASSPHRASE = "a passphrase of the supervisor"
ENVIRONMENT = {"CARNET_PASSPHRASE": PASSPHRASE}


@pytest.fixture(scope="module")
def stage():
    return disclosures.make_stage()


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    file = tmp_path_factory.mktemp("keys") / "supervisor"
    lock = Lock.new(Secret(PASSPHRASE.encode()), coins=system_coins, cost=INTERACTIVE)
    file.write_bytes(lock_supervisor_key(disclosures.supervisor_key(), lock=lock, coins=system_coins))
    return file


def publish(stage, root, groups, *, noticed=True):
    """Write alice's folder with a report that names a page of these *groups*, and of which the log has a notice."""
    book = stage.network.ledgers["alice"]
    made = tuple(
        WindowGroup(
            chain=bytes([number]) * 16,
            entries=tuple(WindowEntry(slot=slot, index=index, start=0) for slot, index in enumerate(group)),
            proof=bytes(65),
        )
        for number, group in enumerate(groups)
    )
    page = WindowPage(serial=1, epoch=7, groups=made).encode()
    report = EpochReport(
        suite=SUITE,
        network=ledger.NETWORK,
        vasp="alice",
        serial=1,
        epoch=7,
        previous=None,
        origin=stage.trust.member("alice").log_origin,
        start=0,
        end=len(book.records),
        root=bytes(32),
        outcomes=(),
        rows=(),
        covers=None,
        total=None,
        disclosures=0,
        windows=page_hash(page),
        issued=disclosures.NOW,
    )
    signed = sign_report(report, seed=book.keys.identity)
    notice = Notice(kind=NoticeKind.REPORT, epoch=7, hash=cose.payload_hash(signed)).encode()
    if noticed:
        book = replace(book, records=[*book.records, notice], proofs=[*book.proofs, b""])
    for path, data in (book.files() | {"windows/1": page, "reports/1": signed}).items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(data)
    return root


def run(stage, root, *arguments, expect=0):
    more = ["--source", root, "--authority", stage.network.authority.hex(), "--now", disclosures.NOW]
    made = CliRunner().invoke(app, [str(each) for each in (*arguments, *more)], env=ENVIRONMENT)
    assert made.exit_code == expect, (made.output, made.exception)
    return made


def answered(stage, root, keys):
    """Draw all records of the page, have them opened, and return response and request."""
    (root.parent / "basis").write_text("a mandate")
    request = root.parent / "request"
    asking = ["--keys", keys, "--basis", root.parent / "basis", "--out", request, "--spot-check", 512, "--report", 1]
    run(stage, root, "disclose", "request", *asking)
    response = root.parent / "response"
    response.write_bytes(stage.respond(open_request(request.read_bytes(), trust=stage.trust)).sealed)
    return response, request


def checked(stage, root, keys, *more, expect):
    """Return how the records of the page are judged."""
    response, request = answered(stage, root, keys)
    judge = ["spot-check", response, "--request", request, "--keys", keys]
    return run(stage, root, *judge, *more, expect=expect).stdout


@pytest.fixture(scope="module")
def transfers(stage):
    """The records of alice's customers, of whom each has one."""
    return [index for index in stage.held["alice"] if index not in stage.covers]


def test_drawn_records_are_opened_and_judged(stage, keys, tmp_path, transfers):
    root = publish(stage, tmp_path / "alice", [[index] for index in transfers])
    told = json.loads(checked(stage, root, keys, "--json", expect=0))
    assert (told["verdict"], told["findings"]) == ("SOUND", [])
    assert told["records"] == told["opened"] == len(transfers)
    assert told["chances"]["needed_1_percent"] == 299


def test_customers_who_share_a_chain_are_told_apart_and_not_named(stage, keys, tmp_path, transfers):
    root = publish(stage, tmp_path / "alice", [transfers])
    shown = checked(stage, root, keys, expect=1)
    assert "spot.joined" in shown
    assert "customer-" not in shown


def test_a_cover_among_customers_is_told_for_people(stage, keys, tmp_path):
    root = publish(stage, tmp_path / "alice", [sorted(stage.covers)])
    shown = checked(stage, root, keys, expect=0)
    assert shown.startswith("sound: ")
    assert "probability" in shown


def test_a_request_that_was_not_drawn_is_refused(stage, keys, tmp_path):
    root = publish(stage, tmp_path / "alice", [sorted(stage.covers)])
    checked(stage, root, keys, expect=0)
    other = publish(stage, tmp_path / "alice", [sorted(stage.held["alice"])])
    files = [root.parent / "response", "--request", root.parent / "request", "--keys", keys]
    run(stage, other, "spot-check", *files, expect=1)


def test_nothing_is_drawn_from_a_report_that_the_log_does_not_know(stage, keys, tmp_path, transfers):
    """Else the VASP would have one for those who draw, that groups nothing but what bears looking at."""
    root = publish(stage, tmp_path / "alice", [transfers[:1]], noticed=False)
    (tmp_path / "basis").write_text("a mandate")
    asking = ["--keys", keys, "--basis", tmp_path / "basis", "--out", tmp_path / "request"]
    refused = run(stage, root, "disclose", "request", *asking, "--spot-check", 1, "--report", 1, expect=2)
    assert "no notice of report 1" in refused.stderr


def test_nothing_is_drawn_that_the_log_does_not_hold(stage, keys, tmp_path, transfers):
    """Else the VASP is asked for an entry that it does not have, and may say so."""
    root = publish(stage, tmp_path / "alice", [transfers])
    (file,) = (root / "tile" / "entries").rglob("*.p/*")
    file.write_bytes(b"".join(b"\x00\x20" + bytes(32) for _ in range(int(file.name))))
    (tmp_path / "basis").write_text("a mandate")
    asking = ["--keys", keys, "--basis", tmp_path / "basis", "--out", tmp_path / "request"]
    refused = run(stage, root, "disclose", "request", *asking, "--spot-check", 1, "--report", 1, expect=1)
    assert "inclusion.root" in refused.stderr
    assert not (tmp_path / "request").exists()


def test_the_page_is_the_one_that_was_drawn_from(stage, keys, tmp_path, transfers):
    """Else the VASP would group the records that it has to open anew, when it knows which they are."""
    response, request = answered(stage, publish(stage, tmp_path / "alice", [transfers]), keys)
    anew = publish(stage, tmp_path / "alice", [[index] for index in transfers])
    refused = run(stage, anew, "spot-check", response, "--request", request, "--keys", keys, expect=1)
    assert "disclosure.selection" in refused.stderr


def test_a_response_without_its_request_is_wrong_use(stage, keys, tmp_path):
    root = publish(stage, tmp_path / "alice", [[0]])
    files = [root / "checkpoint", root / "bundle", "--request", root / "checkpoint", "--keys", keys]
    run(stage, root, "spot-check", *files, expect=2)


def test_what_two_checks_have_drawn_counts_once(stage, keys, tmp_path, transfers):
    root = publish(stage, tmp_path / "alice", [transfers])
    response, request = answered(stage, root, keys)
    judge = ["spot-check", response, response, "--request", request, "--request", request, "--keys", keys, "--json"]
    told = json.loads(run(stage, root, *judge, expect=1).stdout)
    assert told["records"] == told["opened"] == len(transfers)
    assert [each["check"] for each in told["findings"]] == ["spot.joined"]


def test_a_request_to_another_vasp_than_the_sources_shows_nothing(stage, keys, tmp_path, transfers):
    response, request = answered(stage, publish(stage, tmp_path / "alice", [transfers]), keys)
    for path, data in stage.network.ledgers["bob"].files().items():
        (tmp_path / "bob" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bob" / path).write_bytes(data)
    refused = run(stage, tmp_path / "bob", "spot-check", response, "--request", request, "--keys", keys, expect=2)
    assert "a request to alice, and the source is bob's" in refused.stderr


def test_what_is_missing_is_told_with_its_source(stage, keys, tmp_path, transfers):
    root = publish(stage, tmp_path / "alice", [transfers])
    response, request = answered(stage, root, keys)
    (root / "windows/1").unlink()
    refused = run(stage, root, "spot-check", response, "--request", request, "--keys", keys, expect=2)
    assert refused.stderr.startswith(f"carnet-audit: {root}: windows/1: ")


def test_a_token_is_not_sent_in_the_clear(stage, keys, tmp_path, transfers):
    response, request = answered(stage, publish(stage, tmp_path / "alice", [transfers]), keys)
    (tmp_path / "token").write_text("a-token-of-an-entitled-auditor\n")
    judge = ["spot-check", response, "--request", request, "--keys", keys, "--token-file", tmp_path / "token"]
    refused = run(stage, "http://alice.example", *judge, expect=2)
    assert "https is needed" in refused.stderr
