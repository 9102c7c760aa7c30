"""Suite `row`: what a channel's row shows of its records, and what the covers' row takes back."""

from kit import vector

from carnet.crypto.coins import visible_coins
from carnet.crypto.group import N
from carnet.log.cover import make_cover
from carnet.log.record import derive_record, record_openings
from carnet.messages import Phase, Role
from carnet.reporting.build import NOTHING, OpenedSums, open_sums
from carnet.testing.ledger import Network
from carnet.testing.reported import EPOCH

NETWORK = Network()
ALICE, BOB = 0, 1


def record(end, number):
    """Return one record of a row as a vector gives it, and what opens its sums."""
    coins = visible_coins(f"transfer {number} of the row vectors")
    source, openings = NETWORK.sources(coins, kind=Phase.SETTLED, value=250_000 + number)[end]
    made = derive_record(source)
    given = {"seed": source.seed.reveal(), "role": int(made.role), "header_hash": source.header_hash}
    return given | {"unit": made.unit, "flag": made.flag}, open_sums(source, record_openings(source, openings))


def scalar(number):
    return (number % N).to_bytes(32, "big")


def row(end, *numbers):
    """Return a row of records, with the mask of each, and what opens its masks together."""
    made = [record(end, number) for number in numbers]
    records = [
        given | {"unit_mask": scalar(opened.unit_mask), "flag_mask": scalar(opened.flag_mask)} for given, opened in made
    ]
    whole = sum((opened for _, opened in made), NOTHING)
    shown = {"unit": whole.masked.unit.commit(), "flag": whole.masked.flag.commit()}
    return {"records": records} | shown, whole


def covers(masked, *, count):
    """Return the row of *count* covers in a report whose channels' rows are *masked* so."""
    coins = visible_coins("the covers of the row vectors")
    pack = NETWORK.ledgers["alice"].pack
    made = [make_cover(pack, role=Role.ORIGINATOR, epoch=EPOCH, coins=coins) for _ in range(count)]
    held = NOTHING.shifted(by=masked, times=-1)
    for each in made:
        held += OpenedSums(unit=each.openings.unit, flag=each.openings.flag)
    records = [{"unit": each.record.unit, "flag": each.record.flag} for each in made]
    return {"records": records, "unit": held.unit.commit(), "flag": held.flag.commit()}


@vector("row")
def of_one_record():
    """The sums of a single record are not its commitments: each is shifted by its mask."""
    return row(ALICE, 1)[0] | {"expect": "ok"}


@vector("row")
def of_the_same_transfer_at_the_other_end():
    """The beneficiary's record of the same transfer: the same seed and header, another role, and other masks."""
    return row(BOB, 1)[0] | {"expect": "ok"}


@vector("row")
def of_three_records():
    """Sums of commitments and of masks: the order of the records does not matter."""
    return row(ALICE, 1, 2, 3)[0] | {"expect": "ok"}


@vector("row")
def taken_back_without_covers():
    """A report of one row and no covers: the row of the covers is less than nothing, by the masks."""
    shown, masked = row(ALICE, 1, 2, 3)
    return shown | {"covers": covers(masked, count=0), "expect": "ok"}


@vector("row")
def taken_back_by_covers():
    """A report of one row and two covers: together the two rows are what the log holds."""
    shown, masked = row(ALICE, 1, 2, 3)
    return shown | {"covers": covers(masked, count=2), "expect": "ok"}
