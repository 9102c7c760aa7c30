"""Runners of spec/vectors/{channel,report}.json."""

from collections import Counter

import vector_files
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.messages import Member, Phase
from carnet.reporting.check import check_report, follow_report, open_report
from carnet.reporting.report import channel_id
from carnet.reporting.sums import RangeSums, Sums
from carnet.secret import Secret


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
            unmatched=Sums(**log["unmatched"]),
            disclosures=log["disclosures"],
        )
        refused = check_report(report, found, root=log["root"], coins=system_coins)
        objections.extend(dict.fromkeys(each.check for each in refused))

    assert vector_files.outcome(run) == case["expect"], case["why"]
    assert objections == case["objections_text"], case["why"]
