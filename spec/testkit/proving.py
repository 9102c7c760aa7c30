"""What the suites of proofs share: contexts, points, challenges, and provers who keep every rule but the truth."""

from carnet.crypto.coins import hedged, visible_coins
from carnet.crypto.group import N, group
from carnet.crypto.group.generators import bases
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, VerifyError
from carnet.secret import Secret
from carnet.zk.commitment import Opening
from carnet.zk.fields import encode_scalars, random_scalars
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


def challenges(read, on):
    """Return the challenges that *read* asks of a transcript; nothing where it refuses before it has them all."""
    listener = Listener(on)
    try:
        read(listener)
    except (DecodeError, VerifyError):
        return {}
    single = {label.decode(): b32(scalar) for label, scalar in listener.heard if label not in {b"u", b"c"}}
    several = {
        label: [b32(scalar) for heard, scalar in listener.heard if heard == label.encode()]
        for label in (["u", "c"] if single else ["c"])
    }
    found = single | {label: scalars for label, scalars in several.items() if scalars or label == "u"}
    return {"challenges": found}


def asked(claim, proof, *, protocol=PROTOCOL, said=CONTEXT):
    """Return the challenges of *proof*, where *claim* and proof can be read."""
    on = transcript(protocol, said)
    return challenges(lambda on: claim.state(ENGINE).read(proof, on=on, engine=ENGINE), on)


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


def cheated(claim, parts, sentence):
    """Return a proof by the honest rules of a claim, false as it may be; *parts* are the openings of each part."""
    statement = claim.state(ENGINE)
    on = statement.say(transcript())
    secrets = encode_scalars([scalar for part in parts for each in part for scalar in each.scalars])
    coins = hedged(visible_coins(sentence + ", proven"), witness=Secret(secrets), context=on.clone().ask(b"hedge", 64))
    return b"".join(
        part.prove(low_bits(part, known), basis=BASES, on=on, coins=coins)
        for part, known in zip(statement.parts, parts, strict=True)
    )


def proven(sentence):
    """Return the coins of the proof that goes by *sentence*."""
    return {"on": transcript(), "coins": visible_coins(sentence + ", proven")}


def told(known):
    """Return what a vector tells of the *known* openings."""
    return [{"value": (each.value % N).to_bytes(32, "big"), "blinding": b32(each.blinding)} for each in known]


def case(given, claim, proof, expect, *, said=CONTEXT):
    """Return a vector: what *given* says of the *claim*, the proof, and its challenges."""
    return {"protocol": PROTOCOL, "said": said, **given, "proof": proof, "expect": expect} | asked(
        claim, proof, said=said
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
