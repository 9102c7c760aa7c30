"""Whole offers that were sealed once: the sealing draws its own randomness, so nobody can make them again.

They are frozen in spec/vectors/frozen/offer.json, and checked by opening. ``python spec/testkit/offers.py`` refuses to
write over them.
"""

import hashlib
import json
import sys
from dataclasses import replace
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from kit import entry

from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import public_key
from carnet.envelope import tree
from carnet.envelope.offer import seal_offer
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import openings
from carnet.ivms101.dialect import read
from carnet.messages import Directory, Member, NamedKey, SealingKey, Unit, ValueCommitment
from carnet.policy.pack import pack_hash
from carnet.policy.quote import Quote
from carnet.policy.tier import Tier
from carnet.secret import Secret
from carnet.testing.world import BITCOIN, NOW, SATOSHI, identity_json, load_pack
from carnet.zk import pedersen

FROZEN = Path(__file__).parent.parent / "vectors" / "frozen" / "offer.json"
COINS = visible_coins("the frozen offers")
IDENTITY, AUTHORITY, ISSUER, SEALING = (Secret(COINS(32)) for _ in range(4))
KEY = hpke.PrivateKey(SEALING)
FATF, EU = load_pack("fatf-2019"), load_pack("eu-tfr-2023")
UNIT = Unit(currency="EUR", exponent=2)
POINT = pedersen.commit(value=1, blinding=1)


def member(name, jurisdiction, identity):
    return Member(
        vasp=name,
        name=name,
        jurisdiction=jurisdiction,
        identity_key=public_key(identity),
        log_origin=f"{name}.example/log",
        endpoint="127.0.0.1:0",
        tls_certificates=(name.encode(),),  # nothing here is opened over TLS
    )


DIRECTORY = Directory(
    network="vectors",
    version=1,
    unit=UNIT,
    members=(member("alice", "FATF", IDENTITY), member("bob", "EU", Secret(COINS(32)))),
    quote_issuers=(NamedKey(name="quotes.example", key=public_key(ISSUER)),),
    pack_issuers=(),
    witnesses=(),
    quorum=0,
    issued=NOW - 60,
    expires=NOW + 86400,
)


def quote(currency, price, **changes):
    made = Quote(
        issuer="quotes.example",
        asset=BITCOIN,
        currency=currency,
        exponent=2,
        price=price,
        scale=SATOSHI,
        not_before=NOW - 60,
        not_after=NOW + 3600,
    )
    return replace(made, **changes)


QUOTES = (quote("EUR", 9_000_000), quote("USD", 10_000_000))


def payload(*, quotes=QUOTES, **changes):
    made = Payload(
        network="vectors",
        originator="alice",
        beneficiary="bob",
        transfer_id=bytes(range(16)),
        revision=1,
        seed=bytes(range(32)),
        tier=Tier.FULL,
        identity=read(identity_json()).identity,
        transfer=Transfer(asset=BITCOIN, amount=1_000_000, destination_address="bc1q-not-an-address"),
        quotes=tuple(cose.sign(each, seed=ISSUER) for each in quotes),
    )
    return replace(made, **changes)


def offer(content, *, sealed=None, **changes):
    """Return an offer of *content*; *sealed* is what is sealed instead, and *changes* are the header's."""
    honest = openings(
        payload(), {each.currency: each for each in QUOTES}, currencies=frozenset({"EUR", "USD"}), unit=UNIT
    )
    made = seal_offer(
        content,
        honest,
        sealing_key=SealingKey(kid=cose.kid(KEY.public), public=KEY.public, not_before=NOW, not_after=NOW + 86400),
        packs=(pack_hash(FATF), pack_hash(EU)),
        window=honest.values["USD"].commit(),
        counter=1,
        issued=NOW,
        expires=NOW + 3600,
        identity=IDENTITY,
    )
    header = replace(made.header, **{"payload_root": tree.root(content, seed=Secret(content.seed)), **changes})
    info = hashlib.sha256(b"carnet/offer/v1" + header.encode_without("ct_hash")).digest()
    enc, ciphertext = hpke.seal(public=KEY.public, plaintext=(sealed or content).to_plaintext(), info=info)
    header = replace(header, ct_hash=hashlib.sha256(enc + ciphertext).digest())
    return {"signed_header": cose.sign(header, seed=IDENTITY), "enc": enc, "ciphertext": ciphertext}


def given(made, expect, *, now=NOW, own=EU, packs=(FATF, EU), seed=SEALING):
    """Return an offer, and who examines it with what."""
    return made | {
        "directory": DIRECTORY.encode(),
        "sealing_seed": seed.reveal(),
        "own_pack": pack_hash(own),
        "packs": [each.encode() for each in packs],
        "now": now,
        "expect": expect,
    }


def frozen_vectors():
    """Return the vectors: one that opens, and one fault each in those that do not."""
    good = payload()
    honest = offer(good)
    more = replace(good, transfer=replace(good.transfer, amount=1_000_001))
    values = openings(good, {each.currency: each for each in QUOTES}, currencies=frozenset({"EUR"}), unit=UNIT).values
    eur = tuple(ValueCommitment(currency=name, point=one.commit()) for name, one in values.items())
    odd = (quote("EUR", 9_000_000, exponent=3), QUOTES[1])
    old = (quote("EUR", 9_000_000, not_after=NOW - 1), QUOTES[1])
    twice = (QUOTES[0], QUOTES[0], QUOTES[1])
    stranger = Secret(bytes(32))
    return [
        entry("opens", "All of it holds.", given(honest, "ok") | {"payload": good.encode()}),
        entry("another_key", "Sealed to a key that is gone.", given(honest, "sealing.kid", seed=stranger)),
        entry(
            "another_header",
            "Sealed under another header.",
            given(offer(good) | {"signed_header": offer(good, counter=2)["signed_header"]}, "header.ct_hash"),
        ),
        entry(
            "another_context",
            "The payload is of another revision.",
            given(offer(good, sealed=payload(revision=2)), "payload.context"),
        ),
        entry(
            "another_root",
            "The payload is not the one that the header commits to.",
            given(offer(good, sealed=more), "payload.root"),
        ),
        entry("another_amount", "The commitments are to another amount.", given(offer(more), "commitment.opening")),
        entry(
            "another_unit",
            "C_m is a commitment to something else.",
            given(offer(good, unit=POINT), "commitment.opening"),
        ),
        entry("another_flag", "C_b says another tier.", given(offer(payload(tier=Tier.BASIC)), "commitment.opening")),
        entry(
            "a_value_missing",
            "The header has no C_v in a currency that a pack needs.",
            given(offer(good, values=eur), "header.values"),
        ),
        entry(
            "another_window", "Without a linked window, C_w is C_v.", given(offer(good, window=POINT), "header.window")
        ),
        entry("no_quote", "A currency without its quote.", given(offer(payload(quotes=QUOTES[1:])), "quote.missing")),
        entry("two_quotes", "Two quotes in one currency.", given(offer(payload(quotes=twice)), "quote.duplicate")),
        entry(
            "odd_quote",
            "A quote in other minor units than the pack's.",
            given(offer(payload(quotes=odd)), "quote.exponent"),
        ),
        entry("old_quote", "A quote whose time is over.", given(offer(payload(quotes=old)), "quote.window")),
        entry("not_our_pack", "It was judged by another pack than ours.", given(honest, "pack.own", own=FATF)),
        entry("unknown_pack", "It was judged by a pack that nobody knows.", given(honest, "pack.unknown", packs=(EU,))),
        entry(
            "pack_of_elsewhere",
            "The originator's pack is not the law of its jurisdiction.",
            given(offer(good, originator_pack=pack_hash(EU)), "pack.jurisdiction"),
        ),
    ]


if __name__ == "__main__":
    if FROZEN.exists():
        sys.exit(f"{FROZEN.name} is frozen")
    frozen = {"suite": "offer", "version": 1, "vectors": frozen_vectors()}
    FROZEN.write_text(json.dumps(frozen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
