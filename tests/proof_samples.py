"""Claims and what opens them, honest or not, for tests of the proofs."""

from carnet.crypto.coins import system_coins, visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.zk.fields import random_scalars
from carnet.zk.statement import Item
from carnet.zk.tier import TierClaim, TierWitness, prove_tier
from carnet.zk.zero import ZeroClaim, prove_zero

T = 100_000


def context(record=b"record"):
    return Transcript(b"carnet/test/v1").say(b"record", record)


def point(value, blinding):
    """Commit to any value, a negative one too."""
    return group().encode(bases(group()).commit(value=value % N, blinding=blinding))


def opened(*, limit=T, value=70_000, window=None, full=False, coins=system_coins):
    """Return a claim and its witness; without a window, the value is its own."""
    value_blinding, window_blinding, flag_blinding = random_scalars(coins, 3)
    if window is None:
        window, window_blinding = value, value_blinding
    claim = TierClaim(
        limit=limit,
        value=point(value, value_blinding),
        window=point(window, window_blinding),
        flag=point(int(full), flag_blinding),
    )
    witness = TierWitness(
        value=value,
        value_blinding=value_blinding,
        window=window,
        window_blinding=window_blinding,
        full=full,
        flag_blinding=flag_blinding,
    )
    return claim, witness


def tier_item(record=b"record", **opening):
    claim, witness = opened(**opening)
    proof = prove_tier(claim, witness, on=context(record), coins=system_coins)
    return Item(claim=claim, proof=proof, on=context(record))


def zero_item(record=b"record", count=3):
    blindings = random_scalars(visible_coins("zeros"), count)
    claim = ZeroClaim(points=tuple(point(0, blinding) for blinding in blindings))
    proof = prove_zero(claim, blindings, on=context(record), coins=system_coins)
    return Item(claim=claim, proof=proof, on=context(record))
