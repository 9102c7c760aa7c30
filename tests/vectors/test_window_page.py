"""Runner of the suite `window_page`: reports one after the other, of which the last has the fault."""

import vector_files
from carnet.crypto.coins import visible_coins
from carnet.errors import PeerError
from carnet.reporting.chains import Chains, LinkedRecord
from carnet.reporting.window import open_page

COINS = visible_coins("weights of a page's proofs")


def linked(report):
    return {
        each["index"]: LinkedRecord(
            value=each["value"], window=each["window"], epoch=each["epoch"], reach=each["reach"]
        )
        for each in report["records"]
    }


def audit(report, chains):
    """Return the checks that fail."""
    page = None
    if report["page"] is not None:
        try:
            page = open_page(report["page"], serial=report["serial"], epoch=report["epoch"], named=report["windows"])
        except PeerError as error:
            return [error.check]
    found = chains.check_page(page, linked(report), epoch=report["epoch"], coins=COINS)
    return [each.check for each in found]


@vector_files.each("window_page")
def test_pages_are_accepted_or_refused(case):
    chains = Chains(origin=case["origin_text"])
    *before, last = case["reports"]
    for report in before:
        assert audit(report, chains) == []
    assert audit(last, chains) == case.get("objections_text", [case["expect"]])


@vector_files.each("window_page")
def test_pages_that_were_verified_are_taken_in_again_without_their_proofs(case):
    chains = Chains(origin=case["origin_text"])
    *before, last = case["reports"]
    for report in before:
        page = open_page(report["page"], serial=report["serial"], epoch=report["epoch"], named=report["windows"])
        assert chains.check_page(page, linked(report), epoch=report["epoch"], coins=None) == []
    assert audit(last, chains) == case.get("objections_text", [case["expect"]])
