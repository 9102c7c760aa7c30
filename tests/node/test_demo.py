"""The whole demo, once: its six acts on real processes, and every fact that they promise."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from carnet.messages import Check
from carnet_node.demo.acts.audit import FAULTS, OMISSION
from carnet_node.demo.script import BY_NAME, SCENES
from carnet_node.demo.stage import Node

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
DEMO = [sys.executable, "-m", "carnet_node", "demo"]


def processes(folder):
    """Return the command lines of the processes that have something to do with *folder*."""
    listed = subprocess.run(["ps", "-A", "-ww", "-o", "args"], capture_output=True, check=True, text=True).stdout
    return [line for line in listed.splitlines() if str(folder) in line and "demo" not in line.split()]


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return tmp_path_factory.mktemp("demo") / "kept"


@pytest.fixture(scope="module")
def facts(kept):
    done = subprocess.run([*DEMO, "--json", "--keep", str(kept)], capture_output=True, check=False, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return json.loads(done.stdout)


def test_it_ends_well_and_leaves_no_process(facts, kept):
    assert facts["ok"] is True
    assert facts["surprise"] is None
    assert len(facts["act_ended_s"]) == 6
    assert processes(kept) == []
    assert len(bytes.fromhex((kept / "authority.hex").read_text())) == 32


def test_act_1_every_node_is_a_process_and_evil_is_no_member(facts):
    parties = {each["name"]: each for each in facts["parties"]}
    assert set(parties) == {"alice", "bob", "charlie", "witness", "evil"}
    assert len({each["pid"] for each in parties.values() if each["pid"]}) == 4
    assert parties["evil"]["role"] == "no member"
    assert parties["evil"]["pid"] == 0


def test_act_2_every_transfer_comes_to_its_end_in_the_tier_of_the_stricter_law(facts):
    sent = facts["transfers"]
    assert list(sent) == [scene.name for scene in SCENES]
    for name, each in sent.items():
        assert (each["tier"], each["phase"]) == (BY_NAME[name].tier.name, BY_NAME[name].phase)
    assert {name for name, each in sent.items() if each["tier"] == "BASIC"} == {"below"}


def test_act_2_one_is_repaired(facts):
    repaired = facts["transfers"]["repaired"]
    assert repaired["revisions"] == 2
    assert [path.rpartition("/")[2] for path in repaired["paths"]] == ["country", "nationalIdentifier"]


def test_act_2_one_is_rejected_and_told_no_reason(facts):
    assert facts["transfers"]["rejected"]["code"] == 50


def test_act_2_kill_9_changes_no_receipt(facts):
    killed = facts["transfers"]["killed"]["killed"]
    assert killed["before"] == killed["after"] == killed["received"]
    assert len(killed["before"]) == 64
    assert killed["attempts"] >= 2
    assert killed["pids"][0] != killed["pids"][1]


def test_act_3_bob_reads_what_alice_sealed_and_nobody_else_does(facts):
    views = facts["views"]
    assert views["originator"]["payload"] == views["beneficiary"]["payload"]
    assert len(views["secrets"]) >= 8
    assert {line["secrets"] for line in views["wire"]} == {0}
    sizes = {line["what"].partition(": ")[2]: line["size"] for line in views["wire"]}
    assert sizes["the offer"] == 8192
    assert sizes["the receipt"] == 4096
    assert sizes["the settlement"] == sizes["signed by bob too"] == 2048
    (reply,) = views["beneficiary"]["offers"][0]["replies"]
    assert set(reply["checks"]) == {check.name for check in Check}


def test_act_3_the_two_records_share_nothing(facts):
    one, other = (bytes.fromhex(entry["record"]) for entry in facts["views"]["log"])
    for width in (16,):
        assert not {one[at : at + width] for at in range(len(one) - width)} & {
            other[at : at + width] for at in range(len(other) - width)
        }


def test_act_4_everybody_is_refused_for_a_reason(facts):
    evil, *charlies = facts["attempts"]
    assert evil["who"] == "evil"
    assert evil["answer"].startswith("TLS handshake:")
    assert [(each["answer"], each["check"]) for each in charlies] == [
        ("100 REFUSED", "offer.peer"),
        ("163 OUT_OF_ORDER", "offer.owner"),
        ("signed REJECTED, 107 UNOPENED", "hpke.open"),
        ("103 UNVERIFIED", "signature.kid"),
        ("163 OUT_OF_ORDER", "transfer.unknown"),
        ("103 UNVERIFIED", "signature.kid"),
        ("163 OUT_OF_ORDER", "transfer.unknown"),
    ]


def test_act_5_every_vasp_reports_its_channels_and_both_ends_agree(facts):
    reported = {each["vasp"]: each for each in facts["reports"]}
    assert set(reported) == {"alice", "bob", "charlie"}
    assert {each["serial"] for each in reported.values()} == {1}
    ends = {}
    for vasp, each in reported.items():
        for row in each["rows"]:
            assert row["agreed"]
            ends.setdefault(row["channel"], set()).add((vasp, row["counterparty"], row["role"], row["transfers"]))
    assert len(ends) == 4
    for one, other in ends.values():
        assert (one[0], one[1], one[3]) == (other[1], other[0], other[3])
        assert {one[2], other[2]} == {"originator", "beneficiary"}
    settled = [each for each in facts["transfers"].values() if each["phase"] in {"SETTLED", "ACCEPTED"}]  # by then
    assert sum(one[3] for one, _ in ends.values()) == len(settled)


def test_act_6_both_ends_of_every_channel_are_reconciled(facts):
    reported = {row["channel"] for each in facts["reports"] for row in each["rows"]}
    channels = {each["channel"]: each for each in facts["audit"]["channels"]}
    assert set(channels) == reported
    assert {each["state"] for each in channels.values()} == {"equal"}


def test_act_6_what_was_published_is_sound_and_what_was_tampered_with_is_not(facts):
    sound = {each["vasp"]: each for each in facts["audit"]["sound"]}
    assert set(sound) == {"alice", "bob", "charlie"}
    for each in sound.values():
        assert each["verdict"] == "SOUND"
        assert each["proofs"] == sum(each["kinds"].values())
        assert each["size"] > each["proofs"]  # the report has a notice in the log, and a notice has no proof
        assert each["cosigned"] == ["witness.example"]
    tampered = facts["audit"]["tampered"]
    wanted = [*(check for _, check in FAULTS), OMISSION]
    assert [each["status"] for each in tampered] == [1] * len(wanted)
    for each, check in zip(tampered, wanted, strict=True):
        assert check in each["checks"]


def test_no_name_is_on_any_disk_in_the_clear(facts, kept):
    """Nobody's family name, street or document: not in a database, a log line or a published file."""
    assert facts["ok"]
    telling = [b"Greystone Street", b"112502920", b"Musterhafen", b"Lacune", b"Haruka"]
    files = [path for path in Path(kept).rglob("*") if path.is_file()]
    assert len(files) > 50
    for path in files:
        data = path.read_bytes()
        assert not [each for each in telling if each in data], path


def test_a_second_demo_does_not_overwrite_the_first(facts, kept):
    assert facts["ok"]
    done = subprocess.run([*DEMO, "--keep", str(kept)], capture_output=True, check=False, text=True)
    assert done.returncode == 1
    assert "not empty" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_stops_its_processes(tmp_path, number):
    folder = tmp_path / "kept"
    with subprocess.Popen(
        [*DEMO, "--keep", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    ) as demo:
        deadline = time.monotonic() + 60
        while not processes(folder) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert processes(folder)
        demo.send_signal(number)
        _, told = demo.communicate(timeout=60)
    assert demo.returncode == 130
    assert told == "carnet-node demo: interrupted; every process is stopped\n"
    assert processes(folder) == []


def test_who_is_interrupted_while_a_process_starts_knows_it_all_the_same(tmp_path, monkeypatch):
    started = subprocess.Popen

    def interrupted(*arguments, **options):
        process = started([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
        signal.raise_signal(signal.SIGINT)
        return process

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    node = Node("alice", tmp_path)
    try:
        with monkeypatch.context() as patched:
            patched.setattr(subprocess, "Popen", interrupted)
            with pytest.raises(KeyboardInterrupt):
                node.start()
        pid = node.pid
        assert pid != 0
        node.stop()
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    finally:
        signal.signal(signal.SIGINT, before)
