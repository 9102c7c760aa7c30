"""Reading what a log publishes while it grows."""

import pytest

from carnet import evidence
from carnet.errors import DecodeError
from carnet.evidence import UnreadableError, lasting, read_items, read_tile
from carnet.log.tiles import ENTRIES, PROOFS, RECORDS, WIDTH, Bundle, Tile, encode_bundle, encode_tile
from evidence_files import reader

ITEMS = [b"item %d" % number for number in range(WIDTH)]
HASHES = [bytes([number]) * 32 for number in range(WIDTH)]
FULL = {"tile/1/003": encode_tile(HASHES), "records/003": encode_bundle(ITEMS), "proofs/003": encode_bundle(ITEMS)}


@pytest.mark.parametrize("width", [1, 100, 255])
def test_what_a_partial_file_held_is_found_in_the_full_one(width):
    assert read_tile(reader(FULL), Tile(level=1, index=3, width=width)) == HASHES[:width]
    for tree in (RECORDS, PROOFS):
        assert read_items(reader(FULL), Bundle(tree=tree, index=3, width=width)) == ITEMS[:width]


def test_a_partial_file_that_is_there_is_read_itself():
    there = FULL | {"records/003.p/1": encode_bundle([b"another"])}
    assert read_items(reader(there), Bundle(tree=RECORDS, index=3, width=1)) == [b"another"]


@pytest.mark.parametrize(
    "path", ["records/003.p/9", "tile/0/000.p/1", "tile/entries/000", "checkpoint", "records/x.p/1"]
)
def test_what_is_neither_there_nor_in_a_full_file_is_missing_under_its_own_name(path):
    with pytest.raises(UnreadableError) as missing:
        lasting(reader({}))(path, 1000)
    assert missing.value.path == path


def test_a_full_file_that_is_damaged_or_too_large_is_refused():
    partial = Bundle(tree=RECORDS, index=3, width=9)
    with pytest.raises(DecodeError, match=r"tiles\.truncated"):
        read_items(reader({"records/003": b"\x00"}), partial)
    with pytest.raises(DecodeError, match=r"evidence\.size"):
        read_items(reader({"records/003": bytes(WIDTH * (2 + evidence.MAX_ITEM) + 1)}), partial)
    with pytest.raises(DecodeError, match=r"evidence\.size"):
        read_items(
            reader(FULL | {"tile/entries/003": FULL["records/003"]}), Bundle(tree=ENTRIES, index=3, width=9), most=1
        )
