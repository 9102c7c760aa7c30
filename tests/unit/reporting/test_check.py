"""A report that is true is accepted, and one that says anything else is refused by name."""

from collections import Counter
from dataclasses import replace
from hashlib import sha256

import pytest

from carnet.crypto.coins import visible_coins
from carnet.errors import PeerError, UsageError
from carnet.messages import Phase
from carnet.reporting.check import check_report, follow_report, open_report
from carnet.reporting.report import CoverRow, EpochReport, EpochTotal, Outcome, sign_report
from carnet.reporting.sums import Sums
from carnet.secret import Secret
from carnet.testing.ledger import NETWORK
from carnet.testing.reported import found, report, root, world

COINS = visible_coins("weights of a report's proofs")


def objections(one: EpochReport, side) -> set[str]:
    return {each.check for each in check_report(one, found(side), root=root(side.records), coins=COINS)}


@pytest.mark.parametrize("vasp", ["alice", "bob"])
def test_a_true_report_is_accepted(vasp):
    made = world()
    assert objections(report(made, vasp), made.side(vasp)) == set()


def test_a_report_is_held_against_its_own_range():
    side, one = world().alice, report(world(), "alice")
    for other in (found(side, start=1), replace(found(side), end=one.end + 1)):
        with pytest.raises(UsageError):
            check_report(one, other, root=one.root, coins=COINS)


def test_a_total_is_what_the_transfers_were_worth_and_leaves_the_covers_out():
    made = world()
    total = report(made, "alice").total
    assert total.count == 12
    assert total.unit == sum(100 * number + 7 for number in range(12))
    assert total.full == 12


def test_of_few_transfers_no_total_is_told():
    made = world(transfers=3)
    one = report(made, "alice")
    assert one.total is None
    assert objections(one, made.alice) == set()


def test_without_covers_their_row_takes_the_masks_alone():
    made = world(covers=0)
    one = report(made, "alice")
    assert (one.covers.count, one.covers.full) == (0, 0)
    assert objections(one, made.alice) == set()


def test_no_row_shows_the_commitments_that_it_sums_up():
    """Of few records one could try which add up to a row, and so name the transfers of a channel at both ends."""
    made = world(transfers=0, covers=1)  # one record that both ends have: it ended in a mismatch
    shown = {getattr(each, field) for each in (*made.alice.records, *made.bob.records) for field in ("unit", "flag")}
    for vasp in ("alice", "bob"):
        one = report(made, vasp)
        assert one.rows[0].count == one.covers.count == 1
        sums = {
            getattr(each, field) for each in (*one.rows, one.covers, one.rows[0].peer) for field in ("unit", "flag")
        }
        assert not sums & shown
        assert objections(one, made.side(vasp)) == set()


def test_an_end_that_has_not_shown_its_records_is_told():
    made = world()
    assert objections(report(made, "alice", confirmed=False), made.alice) == {"report.peer"}


def _row(one: EpochReport, **values: object) -> EpochReport:
    return replace(one, rows=(replace(one.rows[0], **values), *one.rows[1:]))


def _peer(one: EpochReport, **values: object) -> EpochReport:
    return _row(one, peer=replace(one.rows[0].peer, **values))


def _covers(one: EpochReport, **values: object) -> EpochReport:
    made: CoverRow = replace(one.covers, **values)
    return replace(one, covers=made)


def _total(one: EpochReport, **values: object) -> EpochReport:
    made: EpochTotal = replace(one.total, **values)
    return replace(one, total=made)


LIES = {
    "another root": (lambda one: replace(one, root=sha256(b"another").digest()), {"report.root", "report.proof"}),
    "an outcome left out": (lambda one: replace(one, outcomes=one.outcomes[1:]), {"report.outcomes"}),
    "an outcome counted twice": (
        lambda one: replace(one, outcomes=(replace(one.outcomes[0], count=99), *one.outcomes[1:])),
        {"report.outcomes"},
    ),
    "an outcome invented": (
        lambda one: replace(one, outcomes=(*one.outcomes, Outcome(kind=Phase.UNANNOUNCED, count=1))),
        {"report.outcomes"},
    ),
    "disclosures": (lambda one: replace(one, disclosures=1), {"report.disclosures"}),
    "a channel left out": (lambda one: replace(one, rows=()), {"report.rows", "report.sum", "report.total"}),
    "a transfer left out of a count": (
        lambda one: _row(one, count=one.rows[0].count - 1),
        {"report.rows", "report.proof", "report.total"},
    ),
    "another sum of a channel": (lambda one: _row(one, unit=one.rows[0].peer.unit), {"report.sum", "report.proof"}),
    "a day to come": (lambda one: _row(one, epoch=one.epoch + 2), {"report.epoch", "report.proof"}),
    "another channel": (lambda one: _row(one, channel=bytes(16)), {"report.proof"}),
    "another end's sum": (lambda one: _peer(one, unit=one.rows[0].unit), {"report.proof"}),
    "another end's flags": (lambda one: _peer(one, flag=one.covers.flag), {"report.proof"}),
    "proofs swapped": (
        lambda one: _peer(one, unit_proof=one.rows[0].peer.flag_proof, flag_proof=one.rows[0].peer.unit_proof),
        {"report.proof"},
    ),
    "covers left out": (
        lambda one: replace(one, covers=None),
        {"report.rows", "report.sum", "report.proof"},
    ),
    "a cover that is no point": (lambda one: _covers(one, unit=bytes(33)), {"report.sum"}),
    "covers with flags": (lambda one: _covers(one, full=1), {"report.proof"}),
    "more covers than there are": (lambda one: _covers(one, count=4), {"report.rows", "report.proof"}),
    "no total": (lambda one: replace(one, total=None), {"report.total"}),
    "a smaller total": (lambda one: _total(one, unit=one.total.unit - 1), {"report.proof"}),
    "a total with fewer FULL": (lambda one: _total(one, full=one.total.full - 1), {"report.proof"}),
    "a total of more": (lambda one: _total(one, count=14), {"report.total", "report.proof"}),
}


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_named(lie):
    made = world()
    change, expected = LIES[lie]
    assert objections(change(report(made, "alice")), made.alice) == expected


@pytest.mark.parametrize("flags", [1, 9, 12])
def test_covers_take_no_flags_from_the_total(flags):
    """All proofs of such a report hold: what its covers have too much, its channel has less."""
    made = world()
    one = report(made, "alice", moved_flags=flags)
    assert one.total.full == one.total.count - flags
    assert objections(one, made.alice) == {"report.rows"}


def test_no_total_has_more_full_transfers_than_transfers():
    made = world()
    one = report(made, "alice", moved_flags=-1)
    assert (one.covers.full, one.total.full - one.total.count) == (2, 1)
    assert objections(one, made.alice) == {"report.total"}


def test_a_transfer_called_a_cover_is_seen_by_its_value():
    made = world()
    one = report(made, "alice")
    hidden = replace(one, covers=replace(one.covers, unit=one.rows[0].unit, flag=one.rows[0].flag))
    assert "report.proof" in objections(hidden, made.alice)


def test_a_record_that_changed_is_seen_in_the_sums():
    made = world()
    counted = found(made.alice)
    counted.matched = Sums(unit=counted.matched.unit, flag=made.alice.records[0].flag)
    found_wrong = check_report(report(made, "alice"), counted, root=root(made.alice.records), coins=COINS)
    assert {each.check for each in found_wrong} == {"report.sum", "report.proof"}


def _member(vasp: str):
    made = world()
    keys = made.network.ledgers[vasp].keys
    return Secret(keys.identity_seed), made.network


def _signed(one: EpochReport, vasp: str = "alice") -> bytes:
    seed, _ = _member(vasp)
    return sign_report(one, seed=seed)


def _open(data: bytes, vasp: str = "alice", network: str = NETWORK):
    from carnet.crypto import cose
    from carnet.messages import Directory

    directory = Directory.decode(cose.payload_of(world().network.ledgers[vasp].directory, limit=2**20), limit=2**20)
    member = next(each for each in directory.members if each.vasp == vasp)
    return open_report(data, member=member, network=network)


def test_a_signed_report_opens():
    one = report(world(), "alice")
    assert _open(_signed(one)).report == one


@pytest.mark.parametrize(
    ("check", "open_it"),
    [
        ("signature.kid", lambda one: _open(_signed(one, "bob"))),
        ("report.subject", lambda one: _open(_signed(one), network="another")),
        ("report.subject", lambda one: _open(_signed(replace(one, origin="elsewhere.example/log")))),
        ("report.subject", lambda one: _open(_signed(replace(one, vasp="bob")))),
        ("report.order", lambda one: _open(_signed(replace(one, outcomes=one.outcomes[::-1])))),
        ("report.order", lambda one: _open(_signed(replace(one, rows=one.rows * 2)))),
        ("report.order", lambda one: _open(_signed(replace(one, start=one.end + 1)))),
        ("report.order", lambda one: _open(_signed(replace(one, serial=0)))),
        ("report.order", lambda one: _open(_signed(_row(one, count=0)))),
    ],
)
def test_what_is_no_report_of_the_vasp_is_refused(check, open_it):
    with pytest.raises(PeerError) as refused:
        open_it(report(world(), "alice"))
    assert refused.value.check == check


def test_reports_follow_each_other():
    made = world()
    first = _open(_signed(report(made, "alice")))
    follow_report(first.report, None)
    end = first.report.end
    good = {"serial": 2, "previous": first.hash, "start": end, "end": end + 17, "epoch": first.report.epoch + 1}
    second = report(made, "alice", **good)
    follow_report(second, first)
    for wrong in ({"serial": 3}, {"previous": None}, {"start": end - 1}, {"epoch": first.report.epoch}):
        with pytest.raises(PeerError, match=r"report\.chain"):
            follow_report(replace(second, **wrong), first)
    with pytest.raises(PeerError, match=r"report\.chain"):
        follow_report(second, None)


def test_an_empty_epoch_has_a_report():
    made = world()
    side = type(made.alice)(vasp="alice")
    from carnet.reporting.build import build_report
    from carnet.testing.reported import scope

    one = build_report(scope(side), kinds=Counter(), channels=[], covers=None, coins=visible_coins("nothing"))
    assert objections(one, side) == set()
