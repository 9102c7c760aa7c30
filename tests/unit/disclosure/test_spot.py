"""Which records a spot check opens."""

import hashlib
from collections import Counter

import pytest

from carnet.disclosure.spot import checkpoint_hash, select
from carnet.errors import UsageError
from carnet.log.checkpoint import Checkpoint

CHECKPOINT, NONCE = b"\x01" * 32, b"\x02" * 32


def written_out(eligible, count):
    """The selection as the page says it, with no code of the library's."""
    seed = hashlib.sha256(CHECKPOINT + NONCE).digest()
    stream, block = [], 0
    pool, drawn = list(eligible), []
    while len(drawn) < count and len(drawn) < len(eligible):
        if not stream:
            digest = hashlib.sha256(seed + block.to_bytes(8, "big")).digest()
            stream, block = [int.from_bytes(digest[at : at + 8], "big") for at in (0, 8, 16, 24)], block + 1
        number, left = stream.pop(0), len(pool) - len(drawn)
        if number >= 2**64 // left * left:
            continue
        at = len(drawn) + number % left
        pool[len(drawn)], pool[at] = pool[at], pool[len(drawn)]
        drawn.append(pool[len(drawn)])
    return tuple(sorted(drawn))


@pytest.mark.parametrize("count", [0, 1, 5, 99, 100, 300])
def test_the_selection_is_the_one_that_the_page_says(count):
    eligible = range(7, 707, 7)
    assert select(eligible, checkpoint=CHECKPOINT, nonce=NONCE, count=count) == written_out(eligible, count)


def test_all_are_selected_if_there_are_no_more():
    assert select([3, 5], checkpoint=CHECKPOINT, nonce=NONCE, count=300) == (3, 5)
    assert select([], checkpoint=CHECKPOINT, nonce=NONCE, count=300) == ()


def test_another_nonce_and_another_checkpoint_select_others():
    first = select(range(1000), checkpoint=CHECKPOINT, nonce=NONCE, count=10)
    assert select(range(1000), checkpoint=CHECKPOINT, nonce=CHECKPOINT, count=10) != first
    assert select(range(1000), checkpoint=NONCE, nonce=NONCE, count=10) != first


def test_each_record_is_drawn_about_as_often_as_any_other():
    drawn = Counter()
    for number in range(3000):
        drawn.update(select(range(10), checkpoint=CHECKPOINT, nonce=number.to_bytes(32, "big"), count=3))
    assert all(800 < drawn[index] < 1000 for index in range(10))


@pytest.mark.parametrize("eligible", [[2, 1], [1, 1]])
def test_indices_that_do_not_ascend_are_a_mistake(eligible):
    with pytest.raises(UsageError):
        select(eligible, checkpoint=CHECKPOINT, nonce=NONCE, count=1)


def test_a_checkpoint_is_named_by_its_text():
    checkpoint = Checkpoint(origin="log.example", size=3, root=bytes(32))
    assert checkpoint_hash(checkpoint) == hashlib.sha256(checkpoint.text).digest()
