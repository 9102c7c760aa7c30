"""Places and contents of the files of a log: suites tiles_path, tile, bundle (spec/log.md#tiles)."""

from hashlib import sha256

from kit import vector

from carnet.log.tiles import changed_tiles, encode_bundle, encode_tile, parse_path

HASHES = [sha256(b"hash %d" % number).digest() for number in range(3)]
ITEMS = [b"", b"one", bytes(300)]


def place(path):
    """Return a path with what it names."""
    parsed = parse_path(path)
    level = {"level": parsed.level} if hasattr(parsed, "level") else {"tree_text": parsed.tree}
    return {"path_text": path, **level, "index": parsed.index, "width": parsed.width, "expect": "ok"}


def no_place(path):
    """Return a path that names nothing."""
    return {"path_text": path, "expect": "tiles.path"}


@vector("tiles_path")
def first_tile():
    """A full tile."""
    return place("tile/0/000")


@vector("tiles_path")
def partial_tile():
    """A tile of 8 hashes."""
    return place("tile/1/003.p/8")


@vector("tiles_path")
def large_index():
    """An index of seven digits: groups of three, all but the last marked with x."""
    return place("tile/0/x001/x234/067")


@vector("tiles_path")
def entry_bundle():
    """Entries."""
    return place("tile/entries/x001/234.p/255")


@vector("tiles_path")
def record_bundle():
    """Records."""
    return place("records/000.p/1")


@vector("tiles_path")
def proof_bundle():
    """Proofs."""
    return place("proofs/x001/000")


@vector("tiles_path")
def unpadded_index():
    """Each group has three digits."""
    return no_place("tile/0/7")


@vector("tiles_path")
def spare_group():
    """A leading group of zeros is left out."""
    return no_place("tile/0/x000/007")


@vector("tiles_path")
def unmarked_group():
    """Every group but the last is marked."""
    return no_place("tile/0/001/007")


@vector("tiles_path")
def level_with_zero():
    """A level is written without leading zeros."""
    return no_place("tile/01/007")


@vector("tiles_path")
def level_too_high():
    """No checkpoint is of a size that has a tile of level 7."""
    return no_place("tile/7/000")


@vector("tiles_path")
def width_of_full_tile():
    """A full tile is written without its width."""
    return no_place("tile/0/000.p/256")


@vector("tiles_path")
def width_zero():
    """There are no empty tiles."""
    return no_place("tile/0/000.p/0")


@vector("tiles_path")
def way_out():
    """A path leads nowhere but into the log."""
    return no_place("tile/0/../000")


@vector("tiles_path")
def unknown_tree():
    """There are four trees of files, and no others."""
    return no_place("tile/data/000")


@vector("tiles_growth")
def grown_past_full_tile():
    """From 250 leaves to 258: the first tile is full, the second begins, and so does the level above."""
    paths = [tile.path for tile in changed_tiles(old_size=250, new_size=258)]
    return {"old_size": 250, "new_size": 258, "paths_text": paths, "expect": "ok"}


@vector("tiles_growth")
def grown_from_nothing():
    """All tiles of a log of 70,000 leaves that are partial, and the number of all."""
    paths = [tile.path for tile in changed_tiles(old_size=0, new_size=70_000)]
    partial = [path for path in paths if ".p/" in path]
    return {"old_size": 0, "new_size": 70_000, "count": len(paths), "partial_text": partial, "expect": "ok"}


@vector("tile")
def three_hashes():
    """A tile is its hashes, one after the other."""
    return {"data": encode_tile(HASHES), "width": 3, "hashes": HASHES, "expect": "ok"}


@vector("tile")
def tile_too_short():
    """A byte is missing."""
    return {"data": encode_tile(HASHES)[:-1], "width": 3, "expect": "tiles.size"}


@vector("tile")
def tile_too_long():
    """A hash more than the width says."""
    return {"data": encode_tile(HASHES), "width": 2, "expect": "tiles.size"}


@vector("bundle")
def three_items():
    """Each item after its length, most significant byte first; an item may be empty."""
    return {"data": encode_bundle(ITEMS), "width": 3, "items": ITEMS, "expect": "ok"}


@vector("bundle")
def item_cut():
    """The last item ends early."""
    return {"data": encode_bundle(ITEMS)[:-1], "width": 3, "expect": "tiles.truncated"}


@vector("bundle")
def length_cut():
    """Half a length."""
    return {"data": encode_bundle([b"one"]) + b"\0", "width": 2, "expect": "tiles.truncated"}


@vector("bundle")
def item_missing():
    """An item less than the width says."""
    return {"data": encode_bundle(ITEMS), "width": 4, "expect": "tiles.truncated"}


@vector("bundle")
def item_to_spare():
    """An item more than the width says."""
    return {"data": encode_bundle(ITEMS), "width": 2, "expect": "tiles.trailing"}
