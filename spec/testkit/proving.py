"""What the suites of proofs share: contexts, points, challenges, and provers who keep every rule but the truth."""

from carnet.crypto.coins import hedged, visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, VerifyError
from carnet.secret import Secret
from carnet.zk.batch import Batch, public_coins
from carnet.zk.bulletproof import say_ranges
from carnet.zk.commitment import Opening
from carnet.zk.fields import encode_scalars, random_scalars
from carnet.zk.inner_product import powers, rounds
from carnet.zk.statement import Bit, Multiples, Ranges

ENGINE = group()
BASES = bases(ENGINE)
PROTOCOL = b"carnet/example/v1"
CONTEXT = [{"label": b"record", "message": bytes(range(16))}]
ELSEWHERE = [{"label": b"record", "message": bytes(16)}]


def b32(number):
    return (number % N).to_bytes(32, "big")


def transcript(protocol=PROTOCOL, said=CONTEXT):
    on = Transcript(protocol)
    for each in said:
        on.say(each["label"], each["message"])
    return on


def point(value, blinding):
    """Commit to any value, a negative one too."""
    return ENGINE.encode(BASES.commit(value=value % N, blinding=blinding))


def blindings(sentence, count):
    return random_scalars(visible_coins(sentence), count)


def openings(sentence, values):
    """Return openings of *values*, honest or not, under blindings that follow from *sentence*."""
    drawn = blindings(sentence, len(values))
    return [Opening(value=value, blinding=r) for value, r in zip(values, drawn, strict=True)]


def points(known):
    return [point(each.value, each.blinding) for each in known]


class Listener:
    """A transcript that remembers the challenges it was asked for."""

    def __init__(self, on):
        self.on, self.heard = on, []

    def say(self, label, message):
        """Say it."""
        self.on.say(label, message)
        return self

    def challenge(self, label):
        """Ask for it, and remember the answer."""
        self.heard.append((label, self.on.challenge(label)))
        return self.heard[-1][1]


def weights(parts, on):
    """Return the weights of the equations of *parts*, as the transcript that has heard all of a proof gives them."""
    found = []

    def noted(count):
        found.append(public_coins(on)(count))
        return found[-1]

    for part in parts:
        part.collect(Batch(ENGINE, noted))
    return [b32(1 + int.from_bytes(each, "big")) for each in found]


def challenges(read, on, *, weighed=False):
    """Return the challenges that *read* asks of a transcript; nothing where it refuses before it has them all.

    With the weights, where they are wanted too.
    """
    listener = Listener(on)
    try:
        parts = read(listener)
    except (DecodeError, VerifyError):
        return {}
    single = {label.decode(): b32(scalar) for label, scalar in listener.heard if label not in {b"u", b"c"}}
    several = {
        label: [b32(scalar) for heard, scalar in listener.heard if heard == label.encode()]
        for label in (["u", "c"] if single else ["c"])
    }
    found = single | {label: scalars for label, scalars in several.items() if scalars or label == "u"}
    return {"challenges": found} | ({"weights": weights(parts, on)} if weighed else {})


def asked(claim, proof, *, protocol=PROTOCOL, said=CONTEXT, expect="ok"):
    """Return the challenges of *proof*, where *claim* and proof can be read; and the weights, where it is valid."""
    on = transcript(protocol, said)
    return challenges(lambda on: claim.state(ENGINE).read(proof, on=on, engine=ENGINE), on, weighed=expect == "ok")


def low_bits(part, known):
    """Return what a prover who cheats would like *known* to be."""
    match part:
        case Ranges():
            return [Opening(value=each.value % 2**part.bits, blinding=each.blinding) for each in known]
        case Bit():
            return [Opening(value=min(max(each.value, 0), 1), blinding=each.blinding) for each in known]
        case Multiples():
            return known
    raise TypeError(part)


def by_the_rules(part, known, **terms):
    """Return the proof of a *part* by a prover who keeps every rule but the truth."""
    return part.prove(low_bits(part, known), basis=BASES, **terms)


def solved(part, known, *, on, coins):
    """Return a proof of a *part* that knows no bits: of ranges, (E1) is solved for t and tau, and (E2) fails."""
    if not isinstance(part, Ranges):
        return by_the_rules(part, known, on=on, coins=coins)
    length = part.bits * len(known)
    alpha, rho, tau_1, tau_2, t_1, t_2 = random_scalars(coins, 6)
    say_ranges(on, [each.data for each in part.commitments], bits=part.bits)
    masked, masks, first, second = point(0, alpha), point(0, rho), point(t_1, tau_1), point(t_2, tau_2)
    y, z = on.say(b"A", masked).say(b"S", masks).challenge(b"y"), on.challenge(b"z")
    x = on.say(b"T1", first).say(b"T2", second).challenge(b"x")
    zs = powers(z, 2 + len(known))[2:]
    delta = (z - z * z) * sum(powers(y, length)) - z * sum(zs) * (2**part.bits - 1)
    t = sum(power * each.value for power, each in zip(zs, known, strict=True)) + delta + x * t_1 + x * x * t_2
    tau = sum(power * each.blinding for power, each in zip(zs, known, strict=True)) + x * tau_1 + x * x * tau_2
    scalars = encode_scalars([tau, alpha + x * rho, t])
    on.say(b"scalars", scalars).challenge(b"q")
    for _ in range(rounds(length)):
        on.say(b"L", masked).say(b"R", masks).challenge(b"u")
    vectors = encode_scalars([1] * 8)
    on.say(b"vectors", vectors)
    return masked + masks + first + second + scalars + (masked + masks) * rounds(length) + vectors


def answered(on, first, second, responses):
    """Return a bit proof of two points, with the *responses* to its challenge."""
    scalars = encode_scalars(responses(on.say(b"A0", first).say(b"A1", second).challenge(b"c")))
    on.say(b"responses", scalars)
    return first + second + scalars


def cheated(claim, parts, sentence, *, prove=by_the_rules, on=None):
    """Return a proof by the honest rules of a claim, false as it may be; *parts* are the openings of each part.

    A prover who breaks another rule than the truth has its own way to *prove* a part.
    """
    statement = claim.state(ENGINE)
    on = statement.say(on or transcript())
    secrets = encode_scalars([scalar for part in parts for each in part for scalar in each.scalars])
    coins = hedged(visible_coins(sentence + ", proven"), witness=Secret(secrets), context=on.clone().ask(b"hedge", 64))
    return b"".join(prove(part, known, on=on, coins=coins) for part, known in zip(statement.parts, parts, strict=True))


def proven(sentence):
    """Return the coins of the proof that goes by *sentence*."""
    return {"on": transcript(), "coins": visible_coins(sentence + ", proven")}


def told(known):
    """Return what a vector tells of the *known* openings."""
    return [{"value": (each.value % N).to_bytes(32, "big"), "blinding": b32(each.blinding)} for each in known]


def case(given, claim, proof, expect, *, said=CONTEXT):
    """Return a vector: what *given* says of the *claim*, the proof, and its challenges."""
    return {"protocol": PROTOCOL, "said": said, **given, "proof": proof, "expect": expect} | asked(
        claim, proof, said=said, expect=expect
    )


def secret(sentence, known):
    """Return what lets a prover make the proof of a vector again."""
    return {"coins_text": sentence + ", proven", "openings": told(known)}


def changed(proof, at, data):
    """Return *proof* with *data* at *at*, which may count from the end."""
    at %= len(proof)
    return proof[:at] + data + proof[at + len(data) :]


def nudged(proof, at):
    """Return *proof* with the last bit of the scalar at *at* turned."""
    return changed(proof, at, (int.from_bytes(proof[at:][:32], "big") ^ 1).to_bytes(32, "big"))


UNREDUCED = N.to_bytes(32, "big")
OFF_CURVE = b"\2" + (5).to_bytes(32, "big")
ANOTHER = point(1, 12_345)


def of_value(value):
    """Return the commitment to *value* under no blinding, which no honest party makes."""
    return ENGINE.encode(ENGINE.mul(value % N, BASES.value))
