"""Runner of spec/vectors/record.json: derive, prove again with the same coins, verify."""

from itertools import combinations

import vector_files
from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.transcript import Transcript
from carnet.envelope.values import derive_openings
from carnet.log.record import Record, Source, derive_record, proof_item, proof_transcript, prove_record
from carnet.messages import BROADCAST_ENDINGS, OfferHeader, Role, TerminalStatement
from carnet.policy.pack import PolicyPack
from carnet.secret import Secret
from carnet.zk.statement import verify_all
from oracle import record as oracle


def source(case):
    return Source(
        header=OfferHeader.decode(case["header"]),
        header_hash=case["header_hash"],
        receipt_hash=case["receipt_hash"],
        statement=TerminalStatement.decode(case["statement"]),
        seed=Secret(case["seed"]),
        role=Role(case["role"]),
        pack=PolicyPack.decode(case["pack"]),
        window=case["window"],
    )


def openings(case):
    values = {each["currency_text"]: each["value"] for each in case["values"]}
    return derive_openings(Secret(case["seed"]), values=values, unit=case["unit"], full=bool(case["flag"]))


@vector_files.each("record")
def test_record(case):
    pack = PolicyPack.decode(case["pack"])
    record = Record.decode(case["record"])
    if case["expect"] != "ok":
        assert vector_files.outcome(lambda: proof_item(record, pack, b"")) == case["expect"], case["why"]
        return
    made = source(case)
    assert derive_record(made).encode() == case["record"]
    assert record.entry() == case["entry"]
    heard = Transcript(case["protocol"])
    for each in case["said"]:
        heard.say(each["label"], each["message"])
    assert proof_transcript(record).ask(b"vector", 32) == heard.ask(b"vector", 32) == case["challenge"]
    if "proof" in case:
        opened = openings(case) if record.kind in BROADCAST_ENDINGS else None
        again = prove_record(record, made, opened, window=None, coins=visible_coins(case["coins_text"]))
        assert again == case["proof"]
        verify_all([proof_item(record, pack, again)], coins=system_coins)


@vector_files.each("record")
def test_a_second_implementation_derives_the_same_record(case):
    if case["expect"] != "ok":
        return
    given = {key: case[key] for key in ("header", "header_hash", "receipt_hash", "statement", "seed", "role", "pack")}
    assert oracle.derive(**given, window=case["window"]) == case["record"]


def test_no_two_records_of_one_transfer_share_sixteen_bytes():
    cases = [case for case in vector_files.load("record") if case["name"].startswith("settled")]
    packs = [oracle.sha256(case["pack"]).digest() for case in cases]
    strings = [{case["record"][at : at + 16] for at in range(len(case["record"]) - 15) if at > 60} for case in cases]
    assert len(set(packs)) == len(strings) == 2
    for one, other in combinations(strings, 2):
        assert not one & other
