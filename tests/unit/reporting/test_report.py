"""Both ends of a channel name it alike, and nobody else can."""

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.reporting.report import channel_id

ALICE, BOB, EVE = (generate_seed(visible_coins(f"the identity of {name}")) for name in ("alice", "bob", "eve"))
PLACE = {"network": "testing", "epoch": 20_700, "originator": "alice", "beneficiary": "bob"}


def test_both_ends_name_a_channel_alike():
    one = channel_id(ALICE, peer_key=public_key(BOB), **PLACE)
    assert one == channel_id(BOB, peer_key=public_key(ALICE), **PLACE)
    assert len(one) == 16


def test_a_third_cannot_compute_the_name():
    name = channel_id(ALICE, peer_key=public_key(BOB), **PLACE)
    for key in (public_key(ALICE), public_key(BOB)):
        assert channel_id(EVE, peer_key=key, **PLACE) != name


@pytest.mark.parametrize(
    "other",
    [{"network": "another"}, {"epoch": 20_701}, {"originator": "bob", "beneficiary": "alice"}],
    ids=["network", "epoch", "direction"],
)
def test_the_name_is_of_one_network_day_and_direction(other):
    assert channel_id(ALICE, peer_key=public_key(BOB), **PLACE) != channel_id(
        ALICE, peer_key=public_key(BOB), **PLACE | other
    )
