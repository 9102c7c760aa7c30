"""What published folders do not show: the security properties C6 and C7 of the log, and no personal data."""

from itertools import combinations

import pytest

from audit_folders import files, sound
from carnet.log.record import Record
from carnet.log.tiles import decode_bundle
from carnet.messages import BROADCAST_ENDINGS
from carnet.testing import ledger
from carnet.zk.tier import TIER_PROOF_LENGTH
from carnet.zk.zero import ZERO_PROOF_LENGTH

RUN = 16
"""Two equal strings of this many bytes do not come about by chance."""


def windows(data):
    return {data[at : at + RUN] for at in range(len(data) - RUN + 1)}


def own(name):
    """Return what *name* publishes of its transfers: records, proofs, entries and tiles."""
    return {path: data for path, data in files(name).items() if path.startswith(("records", "proofs", "tile"))}


def constants(name):
    """Return what stands in every record of *name*: its kind of fields, its pack's hash."""
    book = sound().ledgers[name]
    return windows(b"".join(book.packs) + book.records[0][:64])


def test_c7_the_two_ends_of_a_transfer_share_no_byte_string():
    left = set().union(*map(windows, own("alice").values())) - constants("alice")
    right = set().union(*map(windows, own("bob").values())) - constants("bob")
    assert left & right == set()


def test_c7_would_find_a_commitment_that_is_not_re_randomised():
    shared = Record.decode(sound().ledgers["alice"].records[0]).value
    assert windows(shared) & set().union(*map(windows, own("alice").values()))


def test_no_two_records_of_one_log_share_a_commitment_or_a_reference():
    records = [Record.decode(each) for each in sound().ledgers["alice"].records]
    for one, other in combinations(records, 2):
        mine, others = (
            {
                each.value,
                each.unit,
                each.window,
                each.flag,
                each.header_ref,
                each.receipt_ref,
                each.terminal_ref,
            }
            for each in (one, other)
        )
        assert len(mine) == 6  # the window is the value, where no transfers are linked
        assert not mine & others


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_c6_all_records_have_one_size_and_all_proofs_of_a_statement_one(name):
    book = sound().ledgers[name]
    assert len({len(each) for each in book.records}) == 1
    for record, proof in zip(book.records, book.proofs, strict=True):
        moved = Record.decode(record).kind in BROADCAST_ENDINGS
        assert len(proof) == (TIER_PROOF_LENGTH if moved else ZERO_PROOF_LENGTH)


def test_c6_records_of_the_two_roles_have_one_size():
    assert len({len(each) for book in sound().ledgers.values() for each in book.records}) == 1


def test_a_record_shows_neither_counterparty_nor_transfer_nor_value():
    network = ledger.Network()
    network.transfer(0, value=123_456_789_012)
    for name, other in (("alice", b"bob"), ("bob", b"alice")):
        book = network.ledgers[name]
        published = b"".join(decode_bundle(book.files()["records/000.p/1"], width=1)) + b"".join(book.proofs)
        for secret in (other, (123_456_789_012).to_bytes(5, "big"), b"123456789012"):
            assert secret not in published


def test_the_same_value_twice_looks_like_two_values():
    network = ledger.Network()
    for number in (0, 1):
        network.transfer(number, value=500)
    one, other = (Record.decode(each) for each in network.ledgers["alice"].records)
    assert one.value != other.value
