"""Randomness as an argument: functions take *coins*, so that each is a function and each vector reproducible."""

import hashlib
import hmac
import secrets
from collections.abc import Callable

from carnet.secret import Secret

Coins = Callable[[int], bytes]
"""Return as many fresh random bytes as asked for."""


def system_coins(count: int) -> bytes:
    """Return *count* bytes from the operating system's generator."""
    return secrets.token_bytes(count)


def visible_coins(sentence: str) -> Coins:
    """Return coins that anyone can recompute from *sentence*: for vectors, never for secrets (spec/crypto.md#coins).

    Draw number i (from 0) is SHAKE256("carnet/visible-coins/v1" || U64BE(i) || sentence in UTF-8).

    >>> visible_coins("a")(4) == visible_coins("a")(4)
    True
    """
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        shake = hashlib.shake_256(b"carnet/visible-coins/v1" + drawn.to_bytes(8, "big") + sentence.encode())
        drawn += 1
        return shake.digest(count)

    return draw


def hedged(coins: Coins, *, witness: Secret[bytes], context: bytes) -> Coins:
    """Return coins that stay unpredictable even if *coins* are not (spec/crypto.md#hedging).

    Every draw mixes fresh coins with the prover's *witness* and with all that has been said so far (*context*), so a
    stuck generator repeats no nonce across statements.
    """
    key = hashlib.sha512(b"carnet/hedge/v1" + hashlib.sha512(witness.reveal()).digest() + context).digest()
    drawn = 0

    def draw(count: int) -> bytes:
        nonlocal drawn
        fresh = hmac.new(key, drawn.to_bytes(8, "big") + coins(32), hashlib.sha512).digest()
        drawn += 1
        return hashlib.shake_256(fresh).digest(count)

    return draw
