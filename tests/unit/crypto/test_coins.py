import hashlib

from carnet.crypto.coins import hedged, system_coins, visible_coins
from carnet.secret import Secret


def test_the_systems_coins_are_as_many_as_asked_for_and_fresh():
    assert [len(system_coins(count)) for count in (0, 1, 32)] == [0, 1, 32]
    assert system_coins(32) != system_coins(32)


def test_visible_coins_are_what_the_specification_says():
    coins = visible_coins("a sentence")
    for number in range(3):
        expected = hashlib.shake_256(b"carnet/visible-coins/v1" + number.to_bytes(8, "big") + b"a sentence")
        assert coins(40) == expected.digest(40)
    assert visible_coins("ä")(4) == hashlib.shake_256(b"carnet/visible-coins/v1" + bytes(8) + "ä".encode()).digest(4)


def test_visible_coins_of_another_sentence_are_others():
    assert visible_coins("a")(32) != visible_coins("b")(32)


def stuck(count):
    return bytes(count)


def draws(coins, witness, context):
    hedge = hedged(coins, witness=Secret(witness), context=context)
    return [hedge(32) for _ in range(3)]


def test_a_stuck_generator_repeats_no_nonce():
    same = draws(stuck, b"w", b"c")
    assert len(set(same)) == 3
    assert same == draws(stuck, b"w", b"c")
    others = draws(stuck, b"x", b"c") + draws(stuck, b"w", b"d")
    assert len(set(same + others)) == 9


def test_fresh_coins_count_whoever_knows_the_witness():
    assert draws(visible_coins("a"), b"w", b"c")[0] != draws(visible_coins("b"), b"w", b"c")[0]
    asked = []
    hedged(lambda count: asked.append(count) or bytes(count), witness=Secret(b"w"), context=b"c")(7)
    assert asked == [32]


def test_the_witness_and_the_context_cannot_be_shifted_into_each_other():
    assert draws(stuck, b"ab", b"c") != draws(stuck, b"a", b"bc")


def test_hedged_coins_are_as_many_as_asked_for():
    hedge = hedged(stuck, witness=Secret(b"w"), context=b"c")
    assert [len(hedge(count)) for count in (0, 1, 100)] == [0, 1, 100]
