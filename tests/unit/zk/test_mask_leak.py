"""What the masks of a range proof are worth: with s_L, a proof gives its values away (spec/proof-security.md#time)."""

from carnet.crypto.coins import hedged, visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.transcript import Transcript
from carnet.secret import Secret
from carnet.zk.fields import encode_scalars
from carnet.zk.tier import TierClaim
from proof_vectors import challenges, context, number
from vector_files import load

AT_VECTORS, LENGTH = 558, 128


def masks(case):
    """Return s_L, as the prover of the vector drew it."""
    secret = case["witness"]
    v, w, b = ("value", secret["value"]), ("window", secret["window"]), ("flag", int(secret["full"]))
    witness = encode_scalars(
        [each for name, value in (v, w, b) for each in (value, number(secret[f"{name}_blinding"]))]
    )
    claim = TierClaim(limit=case["limit"], value=case["value"], window=case["window"], flag=case["flag"])
    on = claim.state(group()).say(context(case, Transcript))
    coins = hedged(visible_coins(case["coins_text"]), witness=Secret(witness), context=on.ask(b"hedge", 64))
    drawn = coins(64 * (4 + 2 * LENGTH))[4 * 64 :]
    return [1 + number(drawn[64 * at : 64 * (at + 1)]) % (N - 1) for at in range(LENGTH)]


def sums(terms):
    """Return the sums of all subsets of *terms*, in the order of the numbers whose bits name them."""
    found = [0]
    for term in terms:
        found += [(each + term) % N for each in found]
    return found


def test_whoever_knows_the_masks_reads_value_and_complement_from_the_proof():
    (case,) = (each for each in load("tier") if each["name"] == "window_apart_from_the_value")
    asked = dict(challenges(case))
    x, z, left = asked[b"x"], asked[b"z"], masks(case)
    factors = [1]
    for u in map(number, case["challenges"]["u"]):
        factors = [each for factor in factors for each in (factor, factor * pow(u, -1, N) % N)]
    bits = [0] * LENGTH
    for row in range(4):
        places = range(row, LENGTH, 4)
        a = number(case["proof"][AT_VECTORS + 32 * row :][:32])
        wanted = (a - sum(factors[at // 4] * (left[at] * x - z) for at in places)) % N
        low, high = sums(factors[:16]), sums(factors[16:])
        of_low = {total: chosen for chosen, total in enumerate(low)}
        (chosen,) = (
            of_low[(wanted - total) % N] | at << 16 for at, total in enumerate(high) if (wanted - total) % N in of_low
        )
        for at, place in enumerate(places):
            bits[place] = chosen >> at & 1
    value, complement = (sum(bit << at for at, bit in enumerate(bits[start:][:64])) for start in (0, 64))
    assert (value, complement) == (70_000, 100_000 - 1 - 99_999)
