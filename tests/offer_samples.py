"""Offers that are wrong in one thing, re-signed so that nothing else is: what a dishonest member can make."""

import hashlib
from dataclasses import replace

from carnet.crypto import cose, hpke
from carnet.envelope import tree
from carnet.envelope.offer import _info
from carnet.identity.directory import sealing_key
from carnet.messages import Offer, OfferHeader, carry, uncarry
from carnet.secret import Secret


def parts(message):
    """Return header and carrier of an offer, unverified."""
    offer = uncarry(Offer, message)
    return OfferHeader.decode(cose.payload_of(offer.header)), offer


def resigned(world, message, *, by=None, **changes):
    """Return *message* with its header changed, and signed again; the ciphertext stays."""
    header, offer = parts(message)
    changed = replace(header, **changes)
    seed = (world.evil if by == "evil" else world.vasps[by or header.originator]).keystore.identity
    return carry(replace(offer, header=cose.sign(changed, seed=seed)))


def sealed_as(world, payload, *, like=None, plaintext=None, info=None, key=None, **changes):
    """Return an offer of *payload*, sealed anew under a header with *changes*, all hashes and signatures right.

    *plaintext*, *info* and *key* replace what is sealed, what it is bound to, and for whom; the commitments are those
    of an honest offer of *like*, where that is given.
    """
    header = world.seal(like or payload).header
    header = replace(header, **{"payload_root": tree.root(payload, seed=Secret(payload.seed)), **changes})
    public = key or sealing_key(world.vasps[payload.beneficiary].bundle, now=world.now).public
    enc, ciphertext = hpke.seal(
        public=public,
        plaintext=payload.to_plaintext() if plaintext is None else plaintext,
        info=_info(header) if info is None else info,
    )
    header = replace(header, ct_hash=hashlib.sha256(enc + ciphertext).digest())
    seed = world.vasps[header.originator].keystore.identity
    return carry(Offer(header=cose.sign(header, seed=seed), enc=enc, ciphertext=ciphertext))
