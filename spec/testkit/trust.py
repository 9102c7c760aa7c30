"""Suites `cose`, `directory`, `key_bundle` and `membership`: signed objects, and whom to believe (spec/crypto.md)."""

from dataclasses import replace

from kit import vector

from carnet import wire
from carnet.crypto import cose, hpke
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import visible_coins
from carnet.crypto.tls import make_certificate, pin
from carnet.messages import Directory, KeyBundle, Member, NamedKey, SealingKey, Unit, Witness
from carnet.params import CLOCK_SKEW_S
from carnet.secret import Secret

NOW = 1_700_000_000


def seed(sentence):
    """Return a private key that everybody can make."""
    return ed25519.generate_seed(visible_coins(sentence))


# --- signed objects --------------------------------------------------------------------------------------------------

SIGNER, STRANGER = seed("the signer of vector cose/signed"), seed("a stranger to vector cose/signed")
PUBLIC = ed25519.public_key(SIGNER)
CLAIM = NamedKey(name="log.example", key=bytes(range(32)))
SIGNED = cose.sign(CLAIM, seed=SIGNER)
HEADER = {1: -8, 4: cose.kid(PUBLIC), 16: cose.typ(NamedKey)}


def signed_object(data, expect, publics=(PUBLIC,)):
    """Return what may be a signed named-key, and the keys that may sign it."""
    return {"message_text": "named-key", "publics": list(publics), "signed": data, "expect": expect}


def craft(header=None, *, unprotected=None, payload=None, signature=None, by=SIGNER):
    """Return an object with the right signature of whatever it says, or with the given one."""
    protected = wire.encode(HEADER) if header is None else header
    payload = CLAIM.encode() if payload is None else payload
    if signature is None:
        signature = ed25519.sign(by, wire.encode(["Signature1", protected, b"", payload]))
    return wire.encode([protected, unprotected or {}, payload, signature])


@vector("cose")
def signed():
    """A signed object; Ed25519 has no coins, so it follows from the seed."""
    hashed = cose.payload_hash(SIGNED)
    return signed_object(SIGNED, "ok") | {"seed": SIGNER.reveal(), "payload": CLAIM.encode(), "hash": hashed}


@vector("cose")
def tagged():
    """With the tag that other profiles have."""
    return signed_object(b"\xd2" + SIGNED, "wire.tag")


@vector("cose")
def five_items():
    """A spare item."""
    return signed_object(wire.encode([*wire.decode(SIGNED), 0]), "cose.form")


@vector("cose")
def unprotected_header():
    """What is not signed says nothing here."""
    return signed_object(craft(unprotected={4: cose.kid(PUBLIC)}), "cose.form")


@vector("cose")
def payload_detached():
    """The payload is sent elsewhere."""
    protected, _, _, signature = wire.decode(SIGNED)
    return signed_object(wire.encode([protected, {}, None, signature]), "cose.form")


@vector("cose")
def signature_too_short():
    """A signature of 63 bytes."""
    return signed_object(craft(signature=wire.decode(SIGNED)[3][:-1]), "cose.form")


@vector("cose")
def algorithm_another():
    """ES256 instead of EdDSA."""
    return signed_object(craft(wire.encode({**HEADER, 1: -7})), "cose.header")


@vector("cose")
def header_with_more():
    """A header parameter more, signed as it is."""
    return signed_object(craft(wire.encode({**HEADER, 3: "x"})), "cose.header")


@vector("cose")
def header_without_kid():
    """Nobody is named."""
    return signed_object(craft(wire.encode({1: -8, 16: HEADER[16]})), "cose.header")


@vector("cose")
def header_empty():
    """An empty header, as other profiles write it."""
    return signed_object(craft(b""), "wire.truncated")


@vector("cose")
def header_not_canonical():
    """The header's algorithm has its key in a longer form."""
    whole = wire.encode(HEADER)
    return signed_object(craft(whole[:1] + b"\x18\x01" + whole[2:]), "wire.canonical")


@vector("cose")
def type_another():
    """The same payload, signed as something else."""
    return signed_object(craft(wire.encode({**HEADER, 16: cose.typ(Unit)})), "cose.type")


@vector("cose")
def receipt_as_offer():
    """A genuine object of another kind."""
    return signed_object(cose.sign(Unit(currency="EUR", exponent=2), seed=SIGNER), "cose.type")


@vector("cose")
def payload_of_another_shape():
    """Signed as a named key, but it is none."""
    return signed_object(craft(payload=b"\xa0"), "schema.missing")


@vector("cose")
def kid_unknown():
    """A stranger signs under its own name."""
    return signed_object(cose.sign(CLAIM, seed=STRANGER), "signature.kid")


@vector("cose")
def kid_borrowed():
    """A stranger signs under the name of the one who should."""
    return signed_object(craft(by=STRANGER), "signature")


@vector("cose")
def payload_changed():
    """One byte of the payload is another."""
    changed = replace(CLAIM, name="log.exampl3").encode()
    return signed_object(craft(payload=changed, signature=wire.decode(SIGNED)[3]), "signature")


@vector("cose")
def s_not_reduced():
    """The group's order is added to s: the equation holds still."""
    order = 2**252 + 27742317777372353535851937790883648493
    signature = wire.decode(SIGNED)[3]
    more = int.from_bytes(signature[32:], "little") + order
    return signed_object(craft(signature=signature[:32] + more.to_bytes(32, "little")), "signature")


@vector("cose")
def key_of_small_order():
    """The key is the neutral element, and signs everything."""
    neutral = b"\1" + bytes(31)
    header = wire.encode({**HEADER, 4: cose.kid(neutral)})
    return signed_object(craft(header, signature=neutral + bytes(32)), "signature", publics=(neutral,))


# --- directories -----------------------------------------------------------------------------------------------------

AUTHORITY, ALICE, BOB = seed("an authority"), seed("alice"), seed("bob")


def certificate(name, *, like=None):
    """Return a certificate that everybody can make; it has the subject of the one of *like*, if given."""
    coins = visible_coins(f"the certificate of {like or name}")
    return make_certificate(not_before=0 if like else NOW, not_after=NOW + 1, coins=coins)[1]


def member(name, key):
    """Return a member."""
    return Member(
        vasp=name,
        name=name.title(),
        jurisdiction="EU",
        identity_key=ed25519.public_key(key),
        log_origin=f"{name}.example/log",
        endpoint=f"{name}.example:443",
        tls_certificates=(certificate(name),),
    )


MEMBERS = (member("alice", ALICE), member("bob", BOB))
ISSUER = NamedKey(name="quotes.example", key=ed25519.public_key(seed("an issuer of quotes")))
WITNESSES = tuple(
    Witness(name=name, key=ed25519.public_key(seed(name)), endpoint=name, tls_certificates=(certificate(name),))
    for name in ("one.example", "two.example")
)
DIRECTORY = Directory(
    network="example",
    version=7,
    unit=Unit(currency="EUR", exponent=2),
    members=MEMBERS,
    quote_issuers=(ISSUER,),
    pack_issuers=(),
    witnesses=WITNESSES,
    quorum=2,
    issued=NOW - 60,
    expires=NOW + 60,
)


def directory(expect, *, by=AUTHORITY, now=NOW, newest=0, **changes):
    """Return a directory, and what its reader knows."""
    return {
        "directory": cose.sign(replace(DIRECTORY, **changes), seed=by),
        "authority": ed25519.public_key(AUTHORITY),
        "now": now,
        "newest": newest,
        "expect": expect,
    }


@vector("directory")
def directory_valid():
    """A directory in its time."""
    return directory("ok")


@vector("directory")
def directory_seen_again():
    """The version last seen may come again."""
    return directory("ok", newest=7)


@vector("directory")
def directory_by_a_member():
    """A member makes itself the authority."""
    return directory("signature.kid", by=ALICE)


@vector("directory")
def directory_rolled_back():
    """An older version than one already seen."""
    return directory("directory.rollback", newest=8)


@vector("directory")
def directory_last_second():
    """In the second before it expires."""
    return directory("ok", now=NOW + 59)


@vector("directory")
def directory_expired():
    """In the second in which it expires: a peer that sends nothing newer freezes us."""
    return directory("directory.expired", now=NOW + 60)


@vector("directory")
def directory_of_a_fast_clock():
    """Issued as far in the future as clocks may differ."""
    return directory("ok", issued=NOW + CLOCK_SKEW_S, expires=NOW + 9999)


@vector("directory")
def directory_early():
    """Issued a second further in the future than that."""
    return directory("directory.early", issued=NOW + CLOCK_SKEW_S + 1, expires=NOW + 9999)


@vector("directory")
def vasp_twice():
    """Two members under one id."""
    return directory("directory.duplicate", members=(MEMBERS[0], replace(MEMBERS[1], vasp="alice")))


@vector("directory")
def certificate_twice():
    """Two members under one certificate: whose call is it?"""
    same = replace(MEMBERS[1], tls_certificates=MEMBERS[0].tls_certificates)
    return directory("directory.duplicate", members=(MEMBERS[0], same))


@vector("directory")
def subject_twice():
    """Another certificate with the subject of alice's: libraries that look for hers may find it."""
    other = replace(MEMBERS[1], tls_certificates=(certificate("bob", like="alice"),))
    return directory("directory.duplicate", members=(MEMBERS[0], other))


@vector("directory")
def subject_of_a_witness():
    """The same, of a witness's."""
    other = replace(MEMBERS[1], tls_certificates=(certificate("bob", like="one.example"),))
    return directory("directory.duplicate", members=(MEMBERS[0], other))


@vector("directory")
def certificate_of_member_and_witness():
    """A member that is a witness too shows one certificate."""
    both = replace(WITNESSES[0], tls_certificates=MEMBERS[0].tls_certificates)
    return directory("ok", witnesses=(both, WITNESSES[1]))


@vector("directory")
def certificate_that_is_none():
    """A certificate of a member does not parse."""
    return directory("certificate.form", members=(replace(MEMBERS[0], tls_certificates=(b"",)),))


@vector("directory")
def log_twice():
    """Two members with one log: whose cosignatures are these?"""
    return directory("directory.duplicate", members=(MEMBERS[0], replace(MEMBERS[1], log_origin="alice.example/log")))


@vector("directory")
def quote_issuer_twice():
    """Two keys for one issuer of quotes."""
    return directory("directory.duplicate", quote_issuers=(ISSUER, replace(ISSUER, key=bytes(32))))


@vector("directory")
def witness_key_twice():
    """One witness under two names would count twice."""
    same = replace(WITNESSES[1], key=WITNESSES[0].key)
    return directory("directory.duplicate", witnesses=(WITNESSES[0], same))


def look_up(expect, **given):
    """Return a question to the directory."""
    return {"directory": DIRECTORY.encode(), "expect": expect} | given


@vector("membership")
def member_by_id():
    """A member by its id."""
    return look_up("ok", vasp_text="bob", found_text="bob")


@vector("membership")
def member_by_certificate():
    """A member by the hash of its certificate."""
    return look_up("ok", pin=pin(certificate("bob")), found_text="bob")


@vector("membership")
def member_in_capitals():
    """Ids are compared byte by byte."""
    return look_up("member.unknown", vasp_text="Bob")


@vector("membership")
def certificate_of_nobody():
    """A certificate that no member has."""
    return look_up("member.unknown", pin=pin(certificate("carol")))


@vector("membership")
def kid_of_its_own():
    """A kid is looked for within the VASP that an object names."""
    return look_up("ok", vasp_text="bob", kid=cose.kid(MEMBERS[1].identity_key), found_text="bob")


@vector("membership")
def kid_of_another_member():
    """It is known, but not bob's."""
    return look_up("signature.kid", vasp_text="bob", kid=cose.kid(MEMBERS[0].identity_key))


@vector("membership")
def issuer_unknown():
    """An issuer that the directory does not name."""
    return look_up("quote.issuer", quote_issuer_text="another.example")


@vector("membership")
def issuer_known():
    """An issuer that the directory names."""
    return look_up("ok", quote_issuer_text="quotes.example")


# --- bundles ---------------------------------------------------------------------------------------------------------

SEALING = hpke.PrivateKey(Secret(visible_coins("alice's sealing key")(32))).public


def sealing(since, until):
    """Return a sealing key that is in force for that time."""
    return SealingKey(kid=cose.kid(SEALING), public=SEALING, not_before=since, not_after=until)


BUNDLE = KeyBundle(
    network="example",
    vasp="alice",
    serial=3,
    identity_keys=(ed25519.public_key(ALICE),),
    sealing_keys=(sealing(NOW - 60, NOW + 60),),
    tls_pins=(pin(certificate("alice")),),
    log_origin="alice.example/log",
    log_key=ed25519.public_key(seed("alice's log")),
    packs=(),
    endpoint="alice.example:443",
    previous=bytes(32),
    issued=NOW - 60,
    expires=NOW + 60,
)


def bundle(expect, *, by=ALICE, now=NOW, newest=0, **changes):
    """Return a bundle, and what its reader knows."""
    return {
        "bundle": cose.sign(replace(BUNDLE, **changes), seed=by),
        "member": MEMBERS[0].encode(),
        "network_text": "example",
        "now": now,
        "newest": newest,
        "expect": expect,
    }


@vector("key_bundle")
def bundle_valid():
    """A bundle in its time; what is sealed now is sealed to its one key."""
    return bundle("ok", newest=3) | {"sealing_since": NOW - 60}


@vector("key_bundle")
def bundle_by_another_member():
    """Bob signs for alice."""
    return bundle("signature.kid", by=BOB)


@vector("key_bundle")
def bundle_of_another_vasp():
    """Alice signs for bob."""
    return bundle("bundle.subject", vasp="bob")


@vector("key_bundle")
def bundle_of_another_network():
    """Alice's bundle for another network."""
    return bundle("bundle.subject", network="another")


@vector("key_bundle")
def bundle_of_another_log():
    """Alice begins another log, without the history of hers."""
    return bundle("bundle.log", log_origin="alice.example/log2")


@vector("key_bundle")
def bundle_rolled_back():
    """An older serial than one already seen."""
    return bundle("bundle.rollback", newest=4)


@vector("key_bundle")
def bundle_expired():
    """In the second in which it expires."""
    return bundle("bundle.expired", now=NOW + 60)


@vector("key_bundle")
def bundle_early():
    """Issued further in the future than clocks may differ."""
    return bundle("bundle.early", issued=NOW + CLOCK_SKEW_S + 1, expires=NOW + 9999)


@vector("key_bundle")
def sealing_kid_of_another_key():
    """A sealing key under an id that is not its own."""
    return bundle("bundle.kid", sealing_keys=(replace(sealing(NOW, NOW + 60), kid=bytes(8)),))


@vector("key_bundle")
def sealing_key_newest():
    """Of two keys in force the newer is taken."""
    keys = (sealing(NOW - 60, NOW + 60), sealing(NOW - 5, NOW + 60))
    return bundle("ok", sealing_keys=keys) | {"sealing_since": NOW - 5}


@vector("key_bundle")
def sealing_key_expired():
    """Its only sealing key is over: nothing is sealed."""
    return bundle("bundle.sealing", sealing_keys=(sealing(NOW - 60, NOW),))


@vector("key_bundle")
def sealing_key_early():
    """Its only sealing key begins further in the future than clocks may differ."""
    return bundle("bundle.sealing", sealing_keys=(sealing(NOW + CLOCK_SKEW_S + 1, NOW + 9999),))
