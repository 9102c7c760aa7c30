"""Covers: as good as any record to whoever looks on, and empty to whoever adds them up."""

from dataclasses import replace

import pytest

from carnet.crypto.coins import visible_coins
from carnet.errors import VerifyError
from carnet.log.cover import make_cover, prove_cover
from carnet.log.record import proof_item
from carnet.messages import Phase, Role
from carnet.policy.shipped import shipped_pack
from carnet.zk.pedersen import verify_opening


@pytest.mark.parametrize("name", ["eu-tfr-2023", "fatf-2019", "ch-finma-2019"])
def test_a_cover_has_a_proof_like_any_record(name):
    pack = shipped_pack(name)
    coins = visible_coins(f"a cover under {name}")
    cover = make_cover(pack, role=Role.BENEFICIARY, epoch=20_700, coins=coins)
    proof_item(cover.record, pack, prove_cover(cover, pack, coins=coins)).verify()
    assert cover.record.kind is Phase.SETTLED
    assert (cover.record.window == cover.record.value) == (not pack.legs[0].linked_window_s)


def test_a_cover_holds_nothing():
    cover = make_cover(shipped_pack("fatf-2019"), role=Role.ORIGINATOR, epoch=20_700, coins=visible_coins("a cover"))
    opened = cover.openings
    for point, opening in ((cover.record.value, opened.value), (cover.record.unit, opened.unit)):
        verify_opening(point, value=0, blinding=opening.blinding)
    assert opened.flag.value == 0
    assert "=" not in repr(cover)


def test_where_full_data_is_always_due_a_cover_has_its_flag():
    pack = shipped_pack("eu-tfr-2023")
    assert pack.legs[0].full_from == 0
    cover = make_cover(pack, role=Role.ORIGINATOR, epoch=20_700, coins=visible_coins("a cover"))
    assert cover.openings.flag.value == 1


def test_a_proof_of_another_cover_is_refused():
    pack = shipped_pack("fatf-2019")
    coins = visible_coins("two covers")
    one, other = (make_cover(pack, role=Role.ORIGINATOR, epoch=20_700, coins=coins) for _ in range(2))
    proof = prove_cover(one, pack, coins=coins)
    with pytest.raises(VerifyError):
        proof_item(other.record, pack, proof).verify()
    with pytest.raises(VerifyError):
        proof_item(replace(one.record, role=Role.BENEFICIARY), pack, proof).verify()
