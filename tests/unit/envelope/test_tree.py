"""The payload tree: which leaves there are, what their hashes hide, and the root above them."""

import hashlib
from dataclasses import replace

import pytest

from carnet import wire
from carnet.crypto.coins import visible_coins
from carnet.envelope import tree
from carnet.errors import DecodeError
from carnet.ivms101.model import (
    Address,
    Beneficiary,
    IdentityPayload,
    LegalPerson,
    NaturalPerson,
    Originator,
    Person,
)
from carnet.params import TREE_SIZES
from carnet.secret import Secret
from carnet.testing.world import make_world

SEED = Secret(visible_coins("the tree's tests")(32))


@pytest.fixture(scope="module")
def payload():
    return make_world().payload()


def crowd(persons):
    """Return an identity with *persons* natural persons on either side."""
    many = (Person(natural_person=NaturalPerson()),) * persons
    return IdentityPayload(originator=Originator(originator_person=many), beneficiary=Beneficiary())


def test_every_field_is_a_leaf_under_its_json_pointer(payload):
    found = dict(tree.fields_of(payload))
    assert found["/transferId"] == payload.transfer_id
    assert found["/transfer/amount"] == payload.transfer.amount.to_bytes(3, "big")
    assert found["/tier"] == 2
    names = "/identity/originator/originatorPerson/0/naturalPerson/name/nameIdentifier"
    assert found[names] == 1
    assert found[names + "/0/primaryIdentifier"] == "Sample"
    assert found["/quotes/1"] == payload.quotes[1]


def test_a_pointer_occurs_once(payload):
    paths = [path for path, _ in tree.fields_of(payload)]
    assert len(paths) == len(set(paths))


def test_what_is_absent_says_so_and_an_empty_list_counts_zero(payload):
    found = dict(tree.fields_of(payload))
    assert found["/transfer/purpose"] is None
    assert found["/identity/transferPath"] is None
    assert found["/identity/originator/originatorPerson/0/naturalPerson/name/localNameIdentifier"] == 0


def test_an_absent_component_differs_from_an_empty_one():
    absent = dict(tree.fields_of(Person()))
    empty = dict(tree.fields_of(Person(legal_person=LegalPerson())))
    assert absent["/legalPerson"] is None
    assert "/legalPerson" not in empty
    assert empty["/legalPerson/name"] is None
    assert tree.root(Person(), seed=SEED) != tree.root(Person(legal_person=LegalPerson()), seed=SEED)


def test_a_leaf_is_the_hash_of_its_salt_path_and_value(payload):
    leaf = next(leaf for leaf in tree.leaves(payload, seed=SEED) if leaf.path == "/tier")
    assert leaf.hash() == hashlib.sha256(b"\0" + leaf.salt + wire.encode(["/tier", 2])).digest()


def test_leaves_are_sorted_by_hash_so_that_position_says_nothing(payload):
    hashes = [leaf.hash() for leaf in tree.leaves(payload, seed=SEED)]
    assert hashes == sorted(hashes)


def test_salts_are_all_distinct_and_change_with_the_seed(payload):
    salts = [leaf.salt for leaf in tree.leaves(payload, seed=SEED)]
    others = [leaf.salt for leaf in tree.leaves(payload, seed=Secret(bytes(32)))]
    assert len({*salts, *others}) == len(salts) + len(others)


@pytest.mark.parametrize(("persons", "size"), [(1, 128), (5, 128), (14, 256)])
def test_the_number_of_leaves_is_padded(payload, persons, size):
    big = replace(payload, identity=crowd(persons))
    assert len(tree.leaves(big, seed=SEED)) == size


@pytest.mark.parametrize("size", TREE_SIZES)
def test_a_full_tree_has_no_padding_and_one_field_more_takes_the_next(payload, size):
    def padded(accounts):
        person = Person(account_number=("a",) * (accounts % 16))
        people = (Person(account_number=("a",) * 15),) * (accounts // 16)
        identity = IdentityPayload(originator=Originator(originator_person=(*people, person)))
        return replace(payload, identity=identity, quotes=(b"",) * (accounts % 3 + 1))

    counts = {len(list(tree.fields_of(padded(accounts)))): accounts for accounts in range(16 * 15)}
    for count in sorted(counts):
        if not size - 20 <= count <= size + 20:
            continue
        larger = next((one for one in TREE_SIZES if count <= one), None)
        if larger is not None:
            assert len(tree.leaves(padded(counts[count]), seed=SEED)) == larger
    assert any(size - 20 <= count <= size for count in counts) or size == TREE_SIZES[-1]


def test_padding_leaves_have_neither_path_nor_value(payload):
    padding = [leaf for leaf in tree.leaves(payload, seed=SEED) if leaf.path is None]
    assert len(padding) == 128 - len(list(tree.fields_of(payload)))
    assert all(leaf.value is None for leaf in padding)


def test_more_fields_than_the_largest_tree_holds_are_refused(payload):
    addresses = (Address(),) * 16
    persons = (Person(natural_person=NaturalPerson(geographic_address=addresses)),) * 3
    huge = replace(payload, identity=IdentityPayload(originator=Originator(originator_person=persons)))
    with pytest.raises(DecodeError, match=r"payload\.leaves"):
        tree.root(huge, seed=SEED)


def test_the_root_is_that_of_a_full_binary_tree(payload):
    level = [leaf.hash() for leaf in tree.leaves(payload, seed=SEED)]
    while len(level) > 1:
        level = [hashlib.sha256(b"\1" + level[i] + level[i + 1]).digest() for i in range(0, len(level), 2)]
    assert tree.root(payload, seed=SEED) == level[0]


@pytest.mark.parametrize(
    "change",
    [
        {"network": "other"},
        {"revision": 2},
        {"originator": "carol"},
        {"transfer_id": bytes(16)},
        {"seed": bytes(32)},
        {"quotes": (b"q",)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_any_changed_field_changes_the_root(payload, change):
    assert tree.root(replace(payload, **change), seed=SEED) != tree.root(payload, seed=SEED)
