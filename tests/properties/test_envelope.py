"""The payload's tree and its padding, on payloads made from their declarations."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from carnet.crypto.padding import pad, padme, unpad
from carnet.envelope import tree
from carnet.envelope.payload import Payload
from carnet.errors import DecodeError
from carnet.params import TREE_SIZES
from carnet.secret import Secret
from oracle import envelope as oracle
from strategies import messages, values

PAYLOADS = messages(Payload)
FEW = settings(max_examples=25)


def rooted(payload):
    """Return the root, or None where there are too many leaves."""
    try:
        return tree.root(payload, seed=Secret(payload.seed))
    except DecodeError:
        return None


@FEW
@given(PAYLOADS)
def test_the_root_is_what_the_page_says_word_for_word(payload):
    assert rooted(payload) == oracle.payload_root(payload.encode())


@FEW
@given(PAYLOADS)
def test_leaves_are_sorted_and_padded_and_their_salts_distinct(payload):
    try:
        leaves = tree.leaves(payload, seed=Secret(payload.seed))
    except DecodeError:
        return
    hashes = [leaf.hash() for leaf in leaves]
    assert hashes == sorted(set(hashes))
    assert len(leaves) in TREE_SIZES
    assert len({leaf.salt for leaf in leaves}) == len(leaves)


@FEW
@given(PAYLOADS, st.data())
def test_a_change_of_any_field_changes_the_root(payload, data):
    field = data.draw(st.sampled_from(Payload.FIELDS))
    other = replace(payload, **{field.name: data.draw(values(field.codec))})
    assert (rooted(other) == rooted(payload)) == (other == payload) or rooted(payload) is None


@FEW
@given(PAYLOADS)
def test_a_payload_comes_back_from_its_plaintext(payload):
    plaintext = payload.to_plaintext()
    assert Payload.from_plaintext(plaintext) == payload
    assert plaintext == oracle.padded(payload.encode(), 4096)


@given(st.binary(max_size=5000), st.sampled_from([0, 16, 4096]))
def test_padding_comes_off_and_is_what_the_page_says(data, floor):
    assert unpad(pad(data, floor=floor), floor=floor) == data
    assert pad(data, floor=floor) == oracle.padded(data, floor)


@given(st.integers(0, 2**40))
def test_padme_never_shrinks_and_adds_at_most_an_eighth(length):
    assert length <= padme(length) <= length * 1.12 + 1
    assert padme(length) == oracle.padme(length)
