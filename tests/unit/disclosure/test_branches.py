"""Some leaves of a tree, and what leads from them to its root."""

import hashlib
import random

import pytest

from carnet.disclosure import branches
from carnet.errors import VerifyError


def hashes(size, sentence=b""):
    return [hashlib.sha256(sentence + number.to_bytes(2, "big")).digest() for number in range(size)]


def top(level):
    """The root, with no code of the library's."""
    if len(level) == 1:
        return level[0]
    half = len(level) // 2
    return hashlib.sha256(b"\1" + top(level[:half]) + top(level[half:])).digest()


@pytest.mark.parametrize("size", [128, 256, 512])
@pytest.mark.parametrize("shown", [1, 2, 7, 40, 128])
def test_what_is_proven_leads_to_the_root(size, shown):
    dice, leaves = random.Random(size + shown), hashes(size)  # noqa: S311 - a test's dice
    for _ in range(20):
        places = set(dice.sample(range(size), shown))
        path = branches.prove(leaves, shown=places)
        found = branches.root({place: leaves[place] for place in places}, size=size, hashes=path)
        assert found == top(leaves)
        assert not {leaves[place] for place in places} & set(path)
        assert len(path) <= size - shown


def test_one_leaf_needs_as_many_hashes_as_the_tree_is_deep():
    assert len(branches.prove(hashes(128), shown={5})) == 7
    assert branches.prove(hashes(128), shown=set(range(128))) == []


def test_another_leaf_place_hash_or_order_leads_elsewhere():
    leaves = hashes(128)
    path = branches.prove(leaves, shown={5, 90})
    whole = {5: leaves[5], 90: leaves[90]}
    changed = [
        ({5: leaves[6], 90: leaves[90]}, path),
        ({5: leaves[90], 90: leaves[5]}, path),
        ({4: leaves[5], 90: leaves[90]}, path),
        (whole, [path[1], path[0], *path[2:]]),
        (whole, [bytes(32), *path[1:]]),
    ]
    for shown, given in changed:
        assert branches.root(shown, size=128, hashes=given) != top(leaves)


@pytest.mark.parametrize(
    ("shown", "size", "cut"),
    [({5}, 128, -1), ({5}, 128, 1), ({5}, 127, 0), ({5}, 0, 0), ({128}, 128, 0), (set(), 128, 0)],
)
def test_what_is_no_tree_is_refused(shown, size, cut):
    leaves = hashes(128)
    path = branches.prove(leaves, shown={5})
    given = path[:cut] if cut < 0 else [*path, *path[:cut]]
    with pytest.raises(VerifyError) as caught:
        branches.root(dict.fromkeys(shown, leaves[5]), size=size, hashes=given)
    assert caught.value.check == "disclosure.root"
