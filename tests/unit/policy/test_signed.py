from dataclasses import replace

import pytest

from carnet.crypto import cose
from carnet.errors import DecodeError, PolicyError, VerifyError
from carnet.policy.signed import open_pack
from carnet.testing.world import make_world


@pytest.fixture(scope="module")
def world():
    return make_world()


def test_a_pack_of_an_issuer_of_the_directory_is_opened(world):
    pack = world.vasps["alice"].pack
    assert open_pack(cose.sign(pack, seed=world.authority), trust=world.trust) == pack


def test_a_pack_of_anybody_else_is_refused(world):
    with pytest.raises(VerifyError, match=r"signature\.kid"):
        open_pack(cose.sign(world.vasps["alice"].pack, seed=world.issuer), trust=world.trust)


def test_another_signed_object_is_refused(world):
    with pytest.raises(DecodeError, match=r"cose\.type"):
        open_pack(cose.sign(world.vasps["alice"].member, seed=world.authority), trust=world.trust)


def test_a_pack_that_means_nothing_is_refused(world):
    pack = world.vasps["alice"].pack
    ended = replace(pack, effective_until=pack.effective_from)
    with pytest.raises(PolicyError, match=r"policy\.period"):
        open_pack(cose.sign(ended, seed=world.authority), trust=world.trust)
