import hashlib
import itertools

import pytest

from carnet.errors import DecodeError, UsageError
from carnet.log.merkle import Frontier, consistency_path, inclusion_path, leaf_hash, tree_root
from carnet.log.tiles import (
    ENTRIES,
    MAX_INDEX,
    PROOFS,
    RECORDS,
    Bundle,
    Tile,
    bundle_at,
    changed_bundles,
    changed_tiles,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    hash_reader,
    parse_path,
)
from oracle import merkle as oracle

PATHS = {
    "tile/0/000": Tile(level=0, index=0),
    "tile/0/000.p/1": Tile(level=0, index=0, width=1),
    "tile/6/255.p/255": Tile(level=6, index=255, width=255),
    "tile/1/x001/000": Tile(level=1, index=1000),
    "tile/0/x001/x234/067": Tile(level=0, index=1_234_067),
    "tile/0/x010/234.p/8": Tile(level=0, index=10_234, width=8),
    "tile/0/x999/x999/x999/x999/999": Tile(level=0, index=MAX_INDEX),
    "tile/entries/x001/x234/067": Bundle(tree=ENTRIES, index=1_234_067),
    "records/003.p/9": Bundle(tree=RECORDS, index=3, width=9),
    "proofs/x003/003": Bundle(tree=PROOFS, index=3003),
}
BAD_PATHS = """
tile/0/0
tile/0/0000
tile/00/000
tile/7/000
tile/-1/000
tile/0/x000/000
tile/0/001/000
tile/0/x001/x000
tile/0/x001
tile/0/x001/x002/x003/x004/x005/006
tile/0/000.p/0
tile/0/000.p/01
tile/0/000.p/256
tile/0/000.p/
tile/0/000.p
tile/0/000/
/tile/0/000
tile/entries/0/000
tile/entry/000
records/0/000
checkpoint
tile/0/../000
""".split()  # noqa: SIM905  # one to a line reads best


def check(act, *given, **named):
    with pytest.raises(DecodeError) as refusal:
        act(*given, **named)
    return refusal.value.check


@pytest.mark.parametrize(("path", "place"), PATHS.items())
def test_a_place_and_its_path_are_one(path, place):
    assert place.path == path
    assert parse_path(path) == place


@pytest.mark.parametrize("path", ["", *BAD_PATHS, "tile/0/000\n", "tile/0/" + 3 * "\u0660"])
def test_any_other_way_to_write_a_path_is_refused(path):
    assert check(parse_path, path) == "tiles.path"


def test_every_one_character_change_of_a_path_is_refused_or_is_another_path():
    alphabet = [chr(code) for code in range(128)]
    for path in PATHS:
        for at in range(len(path)):
            for other in alphabet:
                changed = path[:at] + other + path[at + 1 :]
                try:
                    place = parse_path(changed)
                except DecodeError:
                    continue
                assert place.path == changed


def test_places_that_no_path_names_are_our_own_mistake():
    for bad in ({"level": 7}, {"level": -1}, {"index": -1}, {"index": MAX_INDEX + 1}, {"width": 0}, {"width": 257}):
        with pytest.raises(UsageError):
            Tile(**({"level": 0, "index": 0} | bad))
    with pytest.raises(UsageError):
        Bundle(tree="tile", index=0)


def test_a_tile_is_its_hashes_and_no_byte_more():
    hashes = [bytes([number]) * 32 for number in range(3)]
    data = encode_tile(hashes)
    assert decode_tile(data, width=3) == hashes
    for wrong in (data[:-1], data + b"\0", data[:64], b""):
        assert check(decode_tile, wrong, width=3) == "tiles.size"
    for bad in ([], [b"short"], [bytes(32)] * 257):
        with pytest.raises(UsageError):
            encode_tile(bad)


def test_a_bundle_is_its_items_and_no_byte_more():
    items = [b"", b"a", bytes(65535)]
    data = encode_bundle(items)
    assert decode_bundle(data, width=3) == items
    assert check(decode_bundle, data, width=2) == "tiles.trailing"
    assert check(decode_bundle, data, width=4) == "tiles.truncated"
    for cut in (0, 1, 2, 3, 4, 5, 6, len(data) - 1):
        assert check(decode_bundle, data[:cut], width=3) == "tiles.truncated"
    for bad in ([], [bytes(65536)], [b""] * 257):
        with pytest.raises(UsageError):
            encode_bundle(bad)


def test_each_change_of_a_bundle_is_refused_or_is_another_bundle():
    data = encode_bundle([b"one", b"", b"two"])
    for at in range(len(data)):
        for byte in range(256):
            changed = data[:at] + bytes([byte]) + data[at + 1 :]
            try:
                items = decode_bundle(changed, width=3)
            except DecodeError:
                continue
            assert encode_bundle(items) == changed


@pytest.mark.parametrize("size", [1, 255, 256, 257, 65_535, 65_536, 70_000])
def test_a_log_of_any_size_has_the_tiles_that_its_size_says(size):
    tiles = list(changed_tiles(old_size=0, new_size=size))
    for level in range(4):
        full, part = divmod(size >> 8 * level, 256)
        widths = [tile.width for tile in tiles if tile.level == level]
        assert widths == [256] * full + ([part] if part else [])


def test_growth_changes_only_what_grew():
    assert [tile.path for tile in changed_tiles(old_size=250, new_size=258)] == [
        "tile/0/000",
        "tile/0/001.p/2",
        "tile/1/000.p/1",
    ]
    assert [tile.path for tile in changed_tiles(old_size=256, new_size=257)] == ["tile/0/001.p/1"]
    assert [tile.path for tile in changed_tiles(old_size=255, new_size=256)] == ["tile/0/000", "tile/1/000.p/1"]
    assert list(changed_tiles(old_size=300, new_size=300)) == []
    assert [each.path for each in changed_bundles(RECORDS, old_size=250, new_size=258)] == [
        "records/000",
        "records/001.p/2",
    ]
    assert list(changed_bundles(PROOFS, old_size=256, new_size=256)) == []
    for act in (changed_tiles, lambda **sizes: changed_bundles(ENTRIES, **sizes)):
        with pytest.raises(UsageError):
            list(act(old_size=2, new_size=1))


def test_the_bundle_of_a_leaf():
    assert bundle_at(RECORDS, leaf=255, size=300).path == "records/000"
    assert bundle_at(RECORDS, leaf=256, size=300).path == "records/001.p/44"
    with pytest.raises(UsageError):
        bundle_at(RECORDS, leaf=300, size=300)


def write(files, stored, old, new):
    for tile in changed_tiles(old_size=old, new_size=new):
        first = tile.index * 256
        files[tile.path] = encode_tile([stored[8 * tile.level, first + at] for at in range(tile.width)])


def test_s9_a_log_that_grows_by_tiles_proves_each_size_by_them():
    sizes = [0, 1, 3, 255, 256, 257, 511, 700]
    entries = [hashlib.sha256(b"%d" % number).digest() for number in range(sizes[-1])]
    tree, stored, files = Frontier(), {}, {}
    for old, new in itertools.pairwise(sizes):
        for number in range(old, new):
            for level, completed in enumerate(tree.append(leaf_hash(entries[number]))):
                stored[level, number >> level] = completed
        write(files, stored, old, new)
        read = hash_reader(files.__getitem__, size=new)
        assert tree_root(read, size=new) == oracle.root(entries[:new]) == tree.root
        assert inclusion_path(read, index=new // 2, size=new) == oracle.path(new // 2, entries[:new])
        assert consistency_path(read, old_size=max(old, 1), new_size=new) == oracle.proof(max(old, 1), entries[:new])


def test_tiles_are_read_once_and_never_beyond_the_size():
    asked = []

    def read(path):
        asked.append(path)
        return bytes(32 * 5)

    read_hash = hash_reader(read, size=5)
    assert read_hash(1, 0) == read_hash(1, 1)
    assert asked == ["tile/0/000.p/5"]
    for level, index in ((0, 5), (1, 2), (2, 1), (3, 0), (8, 0)):
        with pytest.raises(UsageError):
            read_hash(level, index)


def test_s9_a_tile_of_the_wrong_size_is_refused():
    assert check(hash_reader(lambda _: bytes(64), size=5), 0, 0) == "tiles.size"
