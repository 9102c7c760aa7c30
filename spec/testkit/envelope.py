"""Suites `payload`, `blindings` and `header`: the payload's root, and a header up to the door of decryption."""

import hashlib
from dataclasses import replace

from kit import vector

from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import public_key
from carnet.envelope import tree
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import blinding
from carnet.ivms101.dialect import read
from carnet.ivms101.model import Address, IdentityPayload, NaturalPerson, Originator, Person
from carnet.messages import ValueCommitment
from carnet.params import CLOCK_SKEW_S, ENC_SIZE, MAX_VALIDITY_S
from carnet.policy.tier import Tier
from carnet.secret import Secret
from carnet.testing import placeholders
from carnet.testing.world import BITCOIN, NOW, identity_json
from carnet.zk import pedersen

COINS = visible_coins("the envelope's vectors")
IDENTITY, STRANGER = Secret(COINS(32)), Secret(COINS(32))
KID = cose.kid(hpke.PrivateKey(Secret(COINS(32))).public)
TRANSFER_ID, SEED = COINS(16), COINS(32)

PAYLOAD = Payload(
    network="vectors",
    originator="alice",
    beneficiary="bob",
    transfer_id=TRANSFER_ID,
    revision=1,
    seed=SEED,
    tier=Tier.FULL,
    identity=read(identity_json()).identity,
    transfer=Transfer(asset=BITCOIN, amount=1_000_000, destination_address="bc1q-not-an-address"),
    quotes=(b"a signed quote",),
)


def rooted(payload):
    """Return a payload, its leaves in the order of the tree, and its root."""
    leaves = tree.leaves(payload, seed=Secret(payload.seed))
    shown = [
        {"path_text": leaf.path, "value_json": shown_value(leaf.value), "salt": leaf.salt, "hash": leaf.hash()}
        for leaf in leaves
    ]
    return {
        "payload": payload.encode(),
        "seed": payload.seed,
        "leaves": shown,
        "root": tree.root(payload, seed=Secret(payload.seed)),
        "expect": "ok",
    }


def shown_value(value):
    return {"hex": value.hex()} if isinstance(value, bytes) else value


@vector("payload")
def one_natural_person_on_either_side():
    """An ordinary payload: 128 leaves, sorted by hash, padding among them."""
    return rooted(PAYLOAD)


@vector("payload")
def another_seed():
    """The same fields under another seed have other salts, and nothing in common but the paths."""
    return rooted(replace(PAYLOAD, seed=bytes(32)))


@vector("payload")
def nobody():
    """Without any person the absent components are null leaves."""
    return rooted(replace(PAYLOAD, identity=IdentityPayload()))


@vector("payload")
def several_persons():
    """Sixteen persons need more leaves than 128."""
    persons = (Person(natural_person=NaturalPerson()),) * 16
    return rooted(replace(PAYLOAD, identity=IdentityPayload(originator=Originator(originator_person=persons))))


@vector("payload")
def more_than_512_fields():
    """A payload of more fields than the largest tree holds."""
    persons = (Person(natural_person=NaturalPerson(geographic_address=(Address(),) * 16)),) * 3
    payload = replace(PAYLOAD, identity=IdentityPayload(originator=Originator(originator_person=persons)))
    return {"payload": payload.encode(), "seed": payload.seed, "expect": "payload.leaves"}


@vector("blindings")
def blindings_of_one_seed():
    """The blindings of C_v in two currencies, of C_m and of C_b."""
    names = [["value", "EUR"], ["value", "USD"], ["unit"], ["flag"]]
    return {
        "seed": SEED,
        "names_json": names,
        "blindings": [blinding(Secret(SEED), *each).to_bytes(32, "big") for each in names],
        "expect": "ok",
    }


def point(value, seed):
    return pedersen.commit(value=value, blinding=seed)


CIPHERTEXT, ENC = b"no ciphertext of anything", bytes(ENC_SIZE)
HEADER = placeholders.header(
    network="vectors",
    issued=NOW,
    transfer_id=TRANSFER_ID,
    sealing_kid=KID,
    originator_pack=bytes([1]) * 32,
    beneficiary_pack=bytes([2]) * 32,
    flag=point(1, 11),
    values=(ValueCommitment(currency="EUR", point=point(90_000, 12)),),
    unit=point(90_000, 13),
    window=point(90_000, 12),
    payload_root=tree.root(PAYLOAD, seed=Secret(SEED)),
    ct_hash=hashlib.sha256(ENC + CIPHERTEXT).digest(),
)


def signed(expect, *, by=IDENTITY, now=NOW, peer="alice", own="bob", **changes):
    """Return a signed header beside a ciphertext of nothing, and who reads it when."""
    header = replace(HEADER, **changes)
    out = {
        "signed_header": cose.sign(header, seed=by),
        "enc": ENC,
        "ciphertext": CIPHERTEXT,
        "network_text": "vectors",
        "identity_public": public_key(IDENTITY),
        "peer_text": peer,
        "own_text": own,
        "now": now,
        "expect": expect,
    }
    if expect == "ok":
        info = hashlib.sha256(b"carnet/offer/v1" + header.encode_without("ct_hash")).digest()
        out |= {
            "identity_seed": by.reveal(),
            "header": header.encode(),
            "header_hash": hashlib.sha256(header.encode()).digest(),
            "info": info,
        }
    return out


@vector("header")
def good_header():
    """A header that holds; what is sealed beside it is not looked at."""
    return signed("ok")


@vector("header")
def last_second_of_the_longest_validity():
    """An offer lives for at most a week, and is valid until the second before it expires."""
    return signed("ok", expires=NOW + MAX_VALIDITY_S, now=NOW + MAX_VALIDITY_S - 1)


@vector("header")
def clock_ahead():
    """A peer's clock may be ahead by the skew."""
    return signed("ok", issued=NOW + CLOCK_SKEW_S)


@vector("header")
def signed_by_another():
    """A member's name, and somebody else's signature."""
    return signed("signature.kid", by=STRANGER)


@vector("header")
def another_suite():
    """There is one suite."""
    return signed("header.suite", suite=2)


@vector("header")
def another_network():
    """An offer belongs to one network."""
    return signed("header.network", network="elsewhere")


@vector("header")
def another_ciphertext():
    """The ciphertext is not the one that was signed."""
    return signed("header.ct_hash", ct_hash=bytes(32))


@vector("header")
def a_commitment_that_is_no_point():
    """A header of which a record could not be made."""
    return signed("point.encoding", flag=bytes(33))


@vector("header")
def brought_by_another_member():
    """An honest offer, replayed by another member as his own."""
    return signed("offer.peer", peer="charlie")


@vector("header")
def made_to_another_member():
    """An honest offer, brought to whom it was not made."""
    return signed("offer.recipient", own="charlie")


@vector("header")
def revision_zero():
    """Revisions count from 1."""
    return signed("header.revision", revision=0)


@vector("header")
def fourth_revision():
    """There are at most three."""
    return signed("header.revision", revision=4)


@vector("header")
def expired():
    """At the second of expiry it is over."""
    return signed("header.expired", now=NOW + 3600)


@vector("header")
def from_the_future():
    """A second more than the skew."""
    return signed("header.early", issued=NOW + CLOCK_SKEW_S + 1)


@vector("header")
def valid_for_too_long():
    """A second more than a week."""
    return signed("header.validity", expires=NOW + MAX_VALIDITY_S + 1)
