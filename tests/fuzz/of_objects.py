"""What is signed, sealed or locked: from the outside, and from within, where the keys are known."""

import hashlib
from functools import cache

from carnet import wire
from carnet.crypto import cose, hpke, lockbox, tls
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import visible_coins
from carnet.crypto.padding import pad
from carnet.envelope import tree
from carnet.envelope.offer import OpenedHeader, check_parties, check_validity, open_header, open_payload
from carnet.envelope.offer import _info as info_of
from carnet.envelope.payload import Payload
from carnet.envelope.values import check_commitments, open_quotes
from carnet.errors import PeerError
from carnet.exchange.closing import open_closing, open_txid
from carnet.exchange.examination import examine
from carnet.exchange.reply import open_reply
from carnet.identity import keystore
from carnet.identity.directory import Trust, open_bundle, open_directory, sealing_key
from carnet.identity.signing_key import AUTHORITY, SigningKey, unlock_signing_key
from carnet.messages import (
    Closing,
    Directory,
    KeyBundle,
    Member,
    Offer,
    OfferHeader,
    Phase,
    Receipt,
    Reply,
    TerminalStatement,
    carry,
    uncarry,
)
from carnet.params import ENC_SIZE, PLAINTEXT_FLOOR
from carnet.secret import Secret
from fuzz.seeds import first, joined, load, vectors, world
from fuzz.table import target
from oracle import ed25519 as oracle

SEED = Secret(b"\x07" * 32)
PUBLIC = ed25519.public_key(SEED)
KINDS = (Directory, KeyBundle, OfferHeader, Receipt, TerminalStatement)


def signed(kind, payload, seed=SEED):
    """Return *payload*, whatever it is, signed as an object of *kind*."""
    signer = cose.kid(ed25519.public_key(seed))
    protected = wire.write({1: -8, 4: signer, 16: cose.typ(kind)})
    return wire.write([protected, {}, payload, ed25519.sign(seed, cose._signed_bytes(protected, payload))])


def payloads(suite, key):
    """Return a maker of seeds: the payloads of a suite's signed objects, where they have one."""

    def make():
        found = []
        for data in vectors(suite, key)():
            try:
                found.append(cose.payload_of(data))
            except PeerError:
                continue
        return found

    return make


@target(
    "cose",
    family="signed",
    grammar="cbor",
    seeds=joined(vectors("cose", "signed"), vectors("directory", "directory"), vectors("header", "signed_header")),
)
def read_signed(data):
    cose.unverified_signer(data)
    cose.unverified_type(data)
    cose.payload_hash(data)
    for kind in KINDS:
        for read in (
            lambda kind=kind: cose.open_signed_by(kind, data, public=PUBLIC),
            lambda kind=kind: cose.open_signed(kind, data, resolve=cose.only(PUBLIC)),
        ):
            try:
                read()
            except PeerError:
                continue


@target("signature", family="sealed", seeds=lambda: [*_signatures()])
def read_signature(data):
    """The library and the written-out rule accept the same signatures."""
    public, signature, message = data[:32], data[32:96], data[96:]
    try:
        ed25519.verify(public, message=message, signature=signature)
    except PeerError:
        assert not oracle.accepts(public, message, signature)
        raise
    assert oracle.accepts(public, message, signature)


def _signatures():
    return [case["public"] + case["signature"] + case["message"] for case in load("ed25519")]


# --- directories and bundles -----------------------------------------------------------------------------------------


@target("directory", family="signed", grammar="cbor", seeds=vectors("directory", "directory"))
def read_directory(data):
    case = first("directory")
    open_directory(data, authority=case["authority"], now=case["now"])


@target("directory.resigned", family="signed", grammar="cbor", seeds=payloads("directory", "directory"))
def read_resigned_directory(data):
    case = first("directory")
    directory = open_directory(signed(Directory, data), authority=PUBLIC, now=case["now"])
    trust = Trust(directory=directory)
    for member in directory.members:
        assert trust.member(member.vasp) is member
        assert trust.member_by_pin(tls.pin(member.tls_certificates[0])) is member


@target("bundle", family="signed", grammar="cbor", seeds=vectors("key_bundle", "bundle"))
def read_bundle(data):
    case = first("key_bundle")
    member = Member.decode(case["member"])
    open_bundle(data, member=member, network=case["network_text"], now=case["now"])


@target("bundle.resigned", family="signed", grammar="cbor", seeds=payloads("key_bundle", "bundle"))
def read_resigned_bundle(data):
    case = first("key_bundle")
    member = Member.decode(case["member"])
    ours = Member(**{field.name: getattr(member, field.name) for field in Member.FIELDS} | {"identity_key": PUBLIC})
    bundle = open_bundle(signed(KeyBundle, data), member=ours, network=case["network_text"], now=case["now"])
    hpke.seal(public=sealing_key(bundle, now=case["now"]).public, plaintext=b"", info=b"")


@target("certificate", family="sealed", seeds=vectors("certificate", "certificate"))
def read_certificate(data):
    pem = tls.to_pem(data)
    tls.subject(data)
    assert tls.to_pem(tls.to_der(pem)) == pem


@target(
    "certificate.pem",
    family="sealed",
    seeds=lambda: [tls.to_pem(case["certificate"]) for case in load("certificate") if case["expect"] == "ok"],
)
def read_pem(data):
    tls.to_pem(tls.to_der(data))


# --- offers ----------------------------------------------------------------------------------------------------------


def _offers():
    there = world()
    return [there.seal(there.payload(), counter=1).message]


@target("offer", family="offers", seeds=_offers)
def read_offer(data):
    _open(data)


@target("offer.resigned", family="offers", grammar="cbor", seeds=lambda: [*_headers()])
def read_resigned_offer(data):
    """A header that a dishonest member has signed, around no payload at all."""
    seed = world().vasps["alice"].keystore.identity
    enc, ciphertext = bytes(ENC_SIZE), b"none"
    _open(carry(Offer(header=signed(OfferHeader, data[:4000], seed), enc=enc, ciphertext=ciphertext)))


def _headers():
    there = world()
    sealed = there.seal(there.payload(), counter=1).header
    return [_about(sealed, enc=bytes(ENC_SIZE), ciphertext=b"none").encode(), *payloads("header", "signed_header")()]


def _about(header, *, enc, ciphertext, **changes):
    values = {field.name: getattr(header, field.name) for field in header.FIELDS}
    return OfferHeader(**values | {"ct_hash": hashlib.sha256(enc + ciphertext).digest()} | changes)


def _open(data):
    there = world()
    opened = open_header(data, trust=there.trust)
    check_parties(opened.header, peer="alice", own="bob")
    check_validity(opened.header, now=there.now)
    return examine(opened, trust=there.trust, terms=there.terms("bob"), now=there.now)


@cache
def _sealed():
    """An honest offer's payload and header, and bob's key."""
    there = world()
    payload = there.payload(transfer_id=b"\1" * 16)
    return payload, there.seal(payload, counter=1).header


@target("payload.sealed", family="offers", grammar="cbor", seeds=lambda: [_sealed()[0].encode(), *_payloads()])
def read_sealed_payload(data):
    """A payload that a dishonest member has sealed, padded and hashed as it should be, whatever it says."""
    there, (_, header) = world(), _sealed()
    bob = there.vasps["bob"]
    changes = {"payload_root": _root(data) or header.payload_root}
    draft = _about(header, enc=b"", ciphertext=b"", **changes)
    public = sealing_key(bob.bundle, now=there.now).public
    enc, ciphertext = hpke.seal(public=public, plaintext=pad(data, floor=PLAINTEXT_FLOOR), info=info_of(draft))
    made = _about(header, enc=enc, ciphertext=ciphertext, **changes)
    offer = Offer(
        header=cose.sign(made, seed=there.vasps["alice"].keystore.identity), enc=enc, ciphertext=ciphertext[:60000]
    )
    _open(carry(offer))


def _root(data):
    try:
        payload = Payload.decode(data)
        return tree.root(payload, seed=Secret(payload.seed))
    except PeerError:
        return None


def _payloads():
    return [case["payload"] for case in load("payload")]


@target("payload", family="offers", grammar="cbor", seeds=lambda: [_sealed()[0].encode(), *_payloads()])
def read_payload(data):
    """What stands in a payload: its plaintext, its leaves, its quotes and its commitments."""
    there, (_, header) = world(), _sealed()
    payload = Payload.decode(data)
    plaintext = payload.to_plaintext() if len(data) < 30000 else None
    assert plaintext is None or Payload.from_plaintext(plaintext) == payload
    leaves = tree.leaves(payload, seed=Secret(payload.seed))
    assert len(leaves) in {64, 128, 256, 512, 1024, 2048}, len(leaves)
    open_quotes(payload, issuer=there.trust.quote_issuer, now=there.now)
    opened = there.openings(payload) if payload.originator in there.vasps else None
    if opened is not None:
        check_commitments(header, opened, window_currency=None)


@target("plaintext", family="offers", seeds=lambda: [_sealed()[0].to_plaintext()])
def read_plaintext(data):
    assert Payload.from_plaintext(data).to_plaintext() == data


# --- answers and endings ---------------------------------------------------------------------------------------------


def _reply_case():
    case = first("reply")
    header = OfferHeader.decode(case["header"])
    return case, header, _trust(header, case["beneficiary_public"])


@cache
def _trust_of(network, names, key):
    members = tuple(
        Member(
            vasp=name,
            name=name,
            jurisdiction="EU",
            identity_key=key,
            log_origin=f"{name}.log",
            endpoint="127.0.0.1:0",
            tls_certificates=(b"",),
        )
        for name in names
    )
    changes = {"network": network, "members": members, "issued": 0, "expires": 2**40}
    known = Directory.decode(first("membership")["directory"])
    values = {field.name: getattr(known, field.name) for field in Directory.FIELDS} | changes
    return Trust(directory=Directory(**values))


def _trust(header, key):
    return _trust_of(header.network, (header.beneficiary,), key)


@target("reply", family="signed", seeds=vectors("reply", "reply"))
def read_reply(data):
    case, header, trust = _reply_case()
    open_reply(data, header=header, header_hash=case["header_hash"], trust=trust)


@target("reply.resigned", family="signed", grammar="cbor", seeds=lambda: [*_receipts()])
def read_resigned_reply(data):
    case, header, _ = _reply_case()
    reply = carry(Reply(receipt=signed(Receipt, data[:4000]), terminal=None))
    open_reply(reply, header=header, header_hash=case["header_hash"], trust=_trust(header, PUBLIC))


def _receipts():
    return [case["receipt"] for case in load("reply") if case.get("receipt")]


@target("closing", family="signed", seeds=vectors("closing", "closing"))
def read_closing(data):
    case = first("closing")
    statement, closing = open_closing(data, resolve=cose.only(case["signer_public"]), network=case["network_text"])
    if statement.state is Phase.SETTLED:
        open_txid(closing, statement, seed=Secret(case["seed"]))


@target("closing.resigned", family="signed", grammar="cbor", seeds=lambda: [*_statements()])
def read_resigned_closing(data):
    case = first("closing")
    txid = uncarry(Closing, case["closing"]).sealed_txid
    closing = carry(Closing(statement=signed(TerminalStatement, data[:4000]), sealed_txid=txid))
    statement, carrier = open_closing(closing, resolve=cose.only(PUBLIC), network=case["network_text"])
    open_txid(carrier, statement, seed=Secret(case["seed"]))


def _statements():
    return [case["statement"] for case in load("closing") if case.get("statement")]


# --- what is sealed or locked ----------------------------------------------------------------------------------------


@cache
def _private():
    return hpke.PrivateKey(Secret(b"\3" * 32))


def _sealed_box():
    enc, ciphertext = hpke.seal(public=_private().public, plaintext=b"content", info=b"info")
    return [enc + ciphertext]


@target("hpke", family="sealed", seeds=_sealed_box)
def read_hpke(data):
    opened = _private().open(enc=data[:ENC_SIZE], ciphertext=data[ENC_SIZE:], info=b"info")
    assert opened == b"content"


@target("hpke.public", family="sealed", seeds=lambda: [_private().public, *vectors("hpke", "public")()])
def read_hpke_public(data):
    hpke.seal(public=data, plaintext=b"", info=b"")


@target("offer.ciphertext", family="sealed", seeds=_sealed_box)
def read_ciphertext(data):
    _, header = _sealed()
    enc, ciphertext = data[:ENC_SIZE].ljust(ENC_SIZE, b"\0"), data[ENC_SIZE:60_000]
    opened = OpenedHeader(header=header, header_hash=bytes(32), offer=Offer(header=b"", enc=enc, ciphertext=ciphertext))
    open_payload(opened, keys={header.sealing_kid: _private()})


@target("box", family="sealed", seeds=vectors("box", "box"))
def read_box(data):
    case = first("box")
    assert lockbox.open_box(Secret(case["key"]), data, context=case["context"]) == case["content"]


PASSPHRASE = Secret(b"a passphrase")
CHEAP = lockbox.Cost(1, 8192)


@cache
def _lock():
    return lockbox.Lock(PASSPHRASE, salt=bytes(16), cost=CHEAP)


@target("locked", family="sealed", grammar="cbor", seeds=lambda: [*vectors("locked_file", "file")(), *_locked()])
def read_locked(data):
    """A locked file; one whose passphrase takes long to try, as it may, is left out."""
    locked = lockbox.LockedFile.decode(data)
    if locked.passes <= 2 and locked.memory <= 1 << 16:
        keystore.unlock_keystore(data, passphrase=PASSPHRASE)
    else:
        assert locked.memory > 1 << 16 or locked.passes > 2


def _locked():
    there = world().vasps["alice"].keystore
    return [keystore.lock_keystore(there, lock=_lock(), coins=visible_coins("nonces"))]


@target("signing-key", family="sealed", grammar="cbor", seeds=lambda: [SigningKey(name="a", seed=bytes(32)).encode()])
def read_signing_key(data):
    closed = _lock().close(data[:50_000], purpose=AUTHORITY, coins=visible_coins("nonces"))
    assert unlock_signing_key(closed, purpose=AUTHORITY, passphrase=PASSPHRASE).encode() == data


@target("keystore.locked", family="sealed", grammar="cbor", seeds=lambda: [world().vasps["alice"].keystore.encode()])
def read_locked_keystore(data):
    closed = _lock().close(data[:50_000], purpose=keystore.PURPOSE, coins=visible_coins("nonces"))
    opened, _ = keystore.unlock_keystore(closed, passphrase=PASSPHRASE)
    assert opened.encode() == data
    keystore.private_keys(opened, now=0)
    if opened.sealing and opened.serial < 2**32 - 1:
        keystore.sign_bundle(opened, packs=(), endpoint="127.0.0.1:0", now=0)
