"""C1, C2, C7 and S10 of all that a network publishes: logs, proofs and reports (spec/security.md#declared-leakage)."""

import hashlib
import itertools
from collections import Counter

import pytest

from carnet import wire
from carnet.crypto import cose
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.envelope import tree
from carnet.log.notice import Notice
from carnet.messages import BROADCAST_ENDINGS
from carnet.testing.disclosures import make_stage
from carnet.testing.ledger.plan import worth
from published import log, network, plan, reports, strings_of_log, strings_of_reports, sums_of

RUN = 8
"""Two equal strings of this many bytes do not come about by chance."""
ONE, OTHER = "one world", "another world"
LEAST = 5
"""Shorter forms of a number are found anywhere."""


def runs(strings):
    return {each[at : at + RUN] for each in strings for at in range(len(each) - RUN + 1)}


def pairs():
    return itertools.combinations(sorted(network()), 2)


# --- C2: two worlds ---------------------------------------------------------------------------------------------------


def test_the_two_worlds_differ_in_people_and_amounts_and_in_nothing_that_is_declared():
    one, other = ([t for interval in plan(each).intervals() for t in interval.transfers] for each in (ONE, OTHER))
    assert [t.kind for t in one] == [t.kind for t in other]
    assert sum(mine.value != theirs.value for mine, theirs in zip(one, other, strict=True)) > len(one) // 3
    assert sum(mine.customers != theirs.customers for mine, theirs in zip(one, other, strict=True)) > len(one) // 3


def test_c2_two_worlds_of_equal_leakage_publish_the_same_files_of_the_same_sizes():
    mine, theirs = network(ONE), network(OTHER)
    for vasp, files in mine.items():
        assert {path: len(data) for path, data in files.items()} == {
            path: len(data) for path, data in theirs[vasp].items()
        }
        for path in files:
            if path.startswith(("records/", "proofs/", "tile/", "report", "checkpoint")):
                assert files[path] != theirs[vasp][path], path
            else:
                assert files[path] == theirs[vasp][path], path


HIDDEN = {"value", "unit", "window", "flag", "header_ref", "receipt_ref", "terminal_ref", "hash"}
"""What may differ in a record or a notice: commitments, salted references, the hash of a report."""
SHOWN = ("suite", "network", "vasp", "serial", "epoch", "origin", "start", "end", "outcomes", "disclosures", "issued")


def shown(item):
    return {each.name: getattr(item, each.name) for each in type(item).FIELDS if each.name not in HIDDEN}


def test_c2_what_is_not_random_is_equal_in_two_worlds():
    mine, theirs = network(ONE), network(OTHER)
    for vasp, files in mine.items():
        ours, others = log(files), log(theirs[vasp])
        assert [shown(each) for each in ours.items] == [shown(each) for each in others.items]
        assert [len(each) for each in ours.proofs] == [len(each) for each in others.proofs]
        for (one, _), (other, _) in zip(reports(files), reports(theirs[vasp]), strict=True):
            assert [getattr(one, name) for name in SHOWN] == [getattr(other, name) for name in SHOWN]
            rows = ([(r.channel, r.role, r.epoch, r.count) for r in each.rows] for each in (one, other))
            assert next(rows) == next(rows)
            assert (one.covers is None) == (other.covers is None)
            if one.covers:
                assert (one.covers.count, one.covers.full) == (other.covers.count, other.covers.full)
            assert (one.total is None) == (other.total is None)
            if one.total:
                totals = ((each.total.count, each.total.unit, each.total.full) for each in (one, other))
                assert next(totals) == next(totals)


def test_c2_all_that_may_differ_does():
    """Every commitment, reference, entry and proof of one world is another in the other: nothing was left the same."""
    mine, theirs = network(ONE), network(OTHER)
    for vasp, files in mine.items():
        assert not runs(strings_of_log(files)) & runs(strings_of_log(theirs[vasp]))


# --- C7: joins --------------------------------------------------------------------------------------------------------


def test_c7_no_two_logs_of_a_network_share_a_byte_string():
    held = {vasp: runs(strings_of_log(files)) for vasp, files in network().items()}
    assert all(len(each) > 10_000 for each in held.values())
    for one, other in pairs():
        assert not held[one] & held[other]


def test_c7_reports_share_the_names_and_the_sums_of_channels_and_nothing_else():
    made = network()
    for one, other in pairs():
        assert not runs(strings_of_reports(made[one])) & runs(strings_of_reports(made[other]))
        rows = [{row.channel: row for report, _ in reports(made[each]) for row in report.rows} for each in (one, other)]
        common = rows[0].keys() & rows[1].keys()
        assert common
        sums = [runs(point for report, _ in reports(made[each]) for point in sums_of(report)) for each in (one, other)]
        declared = runs(
            point for name in common for row in (rows[0][name], rows[0][name].peer) for point in (row.unit, row.flag)
        )
        assert sums[0] & sums[1] == declared


def test_c7_no_report_shares_a_byte_string_with_a_log():
    """But for the hash by which the VASP's own log notes the report before."""
    made = network()
    for (one, files), (other, others) in itertools.product(made.items(), repeat=2):
        said = [*strings_of_reports(files), *(point for report, _ in reports(files) for point in sums_of(report))]
        noted = {each.hash for each in log(others).items if isinstance(each, Notice)} if one == other else set()
        assert not runs(each for each in said if each not in noted) & runs(strings_of_log(others))


def sums_to(points, target):
    """Tell whether up to three of *points* add up to *target*."""
    engine = group()
    held = [engine.decode(each) for each in points]
    for count in (1, 2, 3):
        for some in itertools.combinations(held, count):
            if engine.encode(engine.add(*some)) == target:
                return True
    return False


def test_c7_no_few_records_add_up_to_a_row():
    """Who knew which records are a channel's would know of each record who the counterparty was, at both ends."""
    made = network()
    moved = {
        vasp: [each for each in log(files).records if each.kind in BROADCAST_ENDINGS] for vasp, files in made.items()
    }
    tried = 0
    for vasp, files in made.items():
        report = reports(files)[0][0]
        first = [each for each in moved[vasp] if each.epoch == report.epoch]
        for row in report.rows:
            if row.count <= 3:
                tried += 1
                assert not sums_to([each.unit for each in first], row.unit)
        if report.covers and report.covers.count <= 3:
            assert not sums_to([each.unit for each in first], report.covers.unit)
    assert tried > 3
    some = [each.unit for each in moved["alice"][:4]]
    engine = group()
    assert sums_to(some, engine.encode(engine.add(*map(engine.decode, some[1:3]))))


# --- C1: the dictionary -----------------------------------------------------------------------------------------------

HASHES = (hashlib.sha256, hashlib.sha512, hashlib.sha1, hashlib.md5, hashlib.sha3_256, hashlib.blake2b)


def spellings(value):
    """Yield every form in which somebody would look for *value* in clear."""
    if isinstance(value, bytes):
        yield from (value, value.hex().encode(), value[::-1])
    elif isinstance(value, str):
        for each in (value, value.lower(), value.upper()):
            yield from (each.encode(), each.encode("utf-16-le"), each.encode("utf-16-be"), each.encode().hex().encode())
    else:
        wide = value.to_bytes(8, "big")
        yield from (str(value).encode(), f"{value / 100:.2f}".encode(), f"{value:,}".encode(), f"{value:x}".encode())
        yield from (wide, wide[::-1], value.to_bytes(16, "big"), value.to_bytes(32, "big"), wide.hex().encode())
    yield wire.encode(value)


def derived(value, path):
    """Yield what somebody would derive from *value* who has no salt."""
    for each in {*spellings(value), wire.encode([path, value]), path.encode() + wire.encode(value)}:
        for hashed in HASHES:
            for salt in (b"", bytes(32), b"\0"):
                yield hashed(salt + each).digest()
    if isinstance(value, int):
        engine, basis = group(), bases(group())
        for blinding in (1, value, int.from_bytes(hashlib.sha256(str(value).encode()).digest(), "big")):
            yield engine.encode(basis.commit(value=value, blinding=blinding))
        yield engine.encode(engine.mul(value, basis.value))


class Dictionary:
    """All strings of sixteen bytes, and of fewer, that some bytes hold."""

    def __init__(self, data):
        self.data = data
        self.runs = {data[at : at + 16] for at in range(len(data) - 15)}

    def __contains__(self, form):
        return form[:16] in self.runs if len(form) >= 16 else len(form) >= LEAST and form in self.data


def published_bytes(files):
    return b"".join(path.encode() + files[path] for path in sorted(files))


@pytest.fixture(scope="module")
def book():
    return Dictionary(b"".join(map(published_bytes, network().values())))


def secrets_of_plan():
    """Yield all amounts, in all currencies, and all customers of the network."""
    society = plan().society
    currencies = {society.rule(vasp).currency for vasp in society.vasps}
    for interval in plan().intervals():
        for each in interval.transfers:
            yield from {each.value, *each.windows, *(worth(each.value, currency) for currency in currencies)}
            yield from each.customers


def test_c1_nothing_published_spells_an_amount_or_a_customer(book):
    totals = {report.total.unit for files in network().values() for report, _ in reports(files) if report.total}
    tried = 0
    for value in set(secrets_of_plan()) - totals:
        for form in spellings(value):
            tried += 1
            assert form not in book, value
    assert tried > 500


def test_c1_nothing_published_derives_from_an_amount_or_a_customer_without_a_salt(book):
    tried = 0
    for value in set(secrets_of_plan()):
        for path in ("", "/transfer/amount"):
            for form in derived(value, path):
                tried += 1
                assert form not in book, value
    assert tried > 10_000


def is_large(value):
    return type(value) is int and value > 10_000


def test_c1_nothing_published_spells_a_field_of_a_payload_or_derives_from_one():
    """Names, addresses, accounts and amounts of transfers whose payloads both ends have signed."""
    stage = make_stage()
    found = Dictionary(b"".join(published_bytes(each.files()) for each in stage.network.ledgers.values()))
    clear = {"alice", "bob", "testing", "example"}  # and so the directory and the log's name have it
    tried = 0
    for held in stage.held["alice"].values():
        for path, value in tree.fields_of(held.payload):
            if (isinstance(value, str) and value.lower() not in clear) or type(value) is bytes or is_large(value):
                for form in itertools.chain(spellings(value), derived(value, path)):
                    tried += 1
                    assert form not in found, path
        for form in (held.payload.transfer_id, cose.payload_hash(held.header), cose.payload_hash(held.receipt)):
            assert form not in found
    assert tried > 5_000


def test_c1_the_dictionary_finds_what_is_there(book):
    files = network()["alice"]
    record, report = log(files).records[0], reports(files)[0][0]
    assert record.value in book
    assert record.entry() in book
    assert report.rows[0].channel in book
    assert b"alice.example/log" in book


# --- what the leakage table declares ----------------------------------------------------------------------------------


def test_what_an_auditor_counts_is_what_the_table_of_leakage_declares():
    """Outcomes, the channel matrix and covers, per day: no more can be counted than there is in the reports."""
    for vasp, files in network().items():
        kinds = Counter(each.kind for each in log(files).records)
        counted = Counter()
        for report, _ in reports(files):
            counted.update({each.kind: each.count for each in report.outcomes})
            assert report.vasp == vasp
        assert kinds == counted
