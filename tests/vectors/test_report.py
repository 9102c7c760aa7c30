"""Runners of spec/vectors/{channel,row,report,report_proof}.json."""

from collections import Counter

import cbor2

import vector_files
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.group import N
from carnet.crypto.transcript import Transcript
from carnet.log.record import record_blinding
from carnet.messages import Member, Phase, Role
from carnet.reporting.build import ROW_FLAG, ROW_UNIT
from carnet.reporting.check import check_report, follow_report, open_report
from carnet.reporting.report import EpochReport, channel_id, report_transcript, row_transcript, sum_transcript
from carnet.reporting.sums import RangeSums, Sums, add
from carnet.reporting.window import WindowGroup, group_transcript, phantom_transcript
from carnet.secret import Secret
from carnet.testing.customers import DAY
from carnet.zk import pedersen
from carnet.zk.compare import RangeClaim
from carnet.zk.linear import EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.statement import Item
from oracle import agreement
from oracle import record as oracle


@vector_files.each("channel")
def test_a_second_implementation_names_the_channel_alike(case):
    if case["expect"] != "ok":
        return
    given = {name: case[f"{name}_text"] for name in ("network", "originator", "beneficiary")}
    assert agreement.channel(case["seed"], case["peer_key"], epoch=case["epoch"], **given) == case["channel"]


FIELDS = {"unit": ROW_UNIT, "flag": ROW_FLAG}


@vector_files.each("channel")
def test_channel(case):
    def run():
        found = channel_id(
            Secret(case["seed"]),
            peer_key=case["peer_key"],
            network=case["network_text"],
            epoch=case["epoch"],
            originator=case["originator_text"],
            beneficiary=case["beneficiary_text"],
        )
        assert found == case["channel"]

    assert vector_files.outcome(run) == case["expect"], case["why"]


def rows_of(case):
    """Return the rows of a channel and of the covers, if there is one: commitments, and what they are shifted by."""
    masks = {name: sum(int.from_bytes(each[f"{name}_mask"], "big") for each in case["records"]) for name in FIELDS}
    yield case, masks
    if "covers" in case:
        yield case["covers"], {name: -mask for name, mask in masks.items()}


@vector_files.each("row")
def test_row(case):
    for each in case["records"]:
        for name, field in FIELDS.items():
            given = {"role": Role(each["role"]), "header_hash": each["header_hash"]}
            mask = record_blinding(Secret(each["seed"]), field=field, **given)
            assert mask.to_bytes(32, "big") == each[f"{name}_mask"], case["why"]
    for row, masks in rows_of(case):
        for name, mask in masks.items():
            assert row[name] == add(
                *(each[name] for each in row["records"]), pedersen.commit(value=0, blinding=mask % N)
            )


@vector_files.each("row")
def test_a_second_implementation_masks_the_same(case):
    for each in case["records"]:
        masks = oracle.masks(seed=each["seed"], role=each["role"], header_hash=each["header_hash"])
        assert {f"{name}_mask": mask.to_bytes(32, "big") for name, mask in masks.items()}.items() <= each.items()
    for row, masks in rows_of(case):
        for name, mask in masks.items():
            assert row[name] == oracle.total([each[name] for each in row["records"]], by=mask)


@vector_files.each("row")
def test_rows_and_covers_together_are_what_the_log_holds(case):
    if "covers" not in case:
        return
    for name in FIELDS:
        assert add(case[name], case["covers"][name]) == add(
            *(each[name] for row in (case, case["covers"]) for each in row["records"])
        )


def member(case):
    return Member(
        vasp="alice",
        name="Alice",
        jurisdiction="EU",
        identity_key=case["identity_key"],
        log_origin="alice.example/log",
        endpoint="localhost:1",
        tls_certificates=(b"",),
    )


@vector_files.each("report")
def test_report(case):
    objections = []

    def run():
        opened = open_report(case["report"], member=member(case), network=case["network_text"])
        report, log = opened.report, case["log"]
        assert opened.hash == cose.payload_hash(case["report"], limit=2**24)
        before = case.get("before")
        older = None if before is None else open_report(before, member=member(case), network=case["network_text"])
        follow_report(report, older)
        found = RangeSums(
            start=report.start,
            end=report.end,
            kinds=Counter({Phase(each["kind"]): each["count"] for each in log["kinds"]}),
            matched=Sums(**log["matched"]),
            disclosures=log["disclosures"],
        )
        refused = check_report(report, found, root=log["root"], coins=system_coins)
        objections.extend(dict.fromkeys(each.check for each in refused))

    assert vector_files.outcome(run) == case["expect"], case["why"]
    assert objections == case["objections_text"], case["why"]


def claim_of(case):
    """Return what is proven, and what the library's transcript has heard."""
    report = EpochReport.decode(case["report"]) if "report" in case else None
    field = case["said"][-1]["message"].decode() if report else ""
    if "one" in case:
        (row,) = report.rows
        heard = row_transcript(report_transcript(report), row, field=field)
        return EqualityClaim(one=case["one"], other=case["other"]), heard
    if report:
        part = case["said"][1]["label"].decode()
        count = report.covers.count if part == "covers" else report.total.count
        heard = sum_transcript(report_transcript(report), part, count=count, field=field)
        return SumClaim(total=int.from_bytes(case["total"], "big"), sum=case["sum"]), heard
    origin = case["said"][0]["message"].decode()
    if "commitments" in case:
        return RangeClaim(bits=case["bits"], commitments=tuple(case["commitments"])), phantom_transcript(origin)
    heard = group_transcript(WindowGroup.decode(case["group"]), origin=origin, serial=1, epoch=DAY)
    return WindowClaim(records=tuple(WindowRecord(**each) for each in case["records"])), heard


@vector_files.each("report_proof")
def test_report_proof(case):
    claim, heard = claim_of(case)
    on = Transcript(case["protocol"])
    for each in case["said"]:
        on.say(each["label"], each["message"])
    Item(claim=claim, proof=case["proof"], on=on.clone()).verify()
    assert on.ask(b"vector", 32) == heard.ask(b"vector", 32) == case["challenge"]


@vector_files.each("report_proof")
def test_what_a_reports_proofs_hear_is_in_the_report(case):
    """By another reader of CBOR, key by key as the pages' tables number them."""
    if "report" not in case:
        return
    report, (first, about, _) = cbor2.loads(case["report"]), case["said"]
    assert cbor2.loads(first["message"]) == [report[key] for key in (2, 3, 4, 5, 7, 8, 9, 10)]
    if "one" in case:
        (row,) = report[12]
        assert cbor2.loads(about["message"]) == [row[key] for key in (1, 2, 3, 4)]
    else:
        assert about["message"] == report[{b"covers": 13, b"total": 14}[about["label"]]][1].to_bytes(4, "big")
