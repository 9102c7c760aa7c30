"""Offers, sealed and opened: S4, S14, S15, C4 and C6 of the protocol's properties."""

from dataclasses import replace

import pytest

from carnet import wire
from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.crypto.padding import pad
from carnet.envelope.offer import check_parties, check_validity, open_header, open_payload
from carnet.errors import DecodeError, PeerError, PolicyError, UsageError, VerifyError
from carnet.identity.keystore import private_keys, rotate
from carnet.ivms101.dialect import read
from carnet.messages import Offer, carry, uncarry
from carnet.params import (
    CLOCK_SKEW_S,
    MAX_OFFER,
    MAX_REVISIONS,
    MAX_VALIDITY_S,
    OFFER_FLOOR,
    PLAINTEXT_FLOOR,
    SEALING_LIFETIME_S,
)
from carnet.secret import Secret
from carnet.testing.world import identity_json, make_world
from carnet.zk import pedersen
from offer_samples import parts, resigned, sealed_as

OTHER_POINT = pedersen.commit(value=7, blinding=7)


@pytest.fixture(scope="module")
def world():
    return make_world()


@pytest.fixture(scope="module")
def payload(world):
    return world.payload()


@pytest.fixture(scope="module")
def message(world, payload):
    return world.seal(payload).message


@pytest.fixture(scope="module")
def keys(world):
    return world.terms("bob").keys


def refusal(act, *given, **named):
    with pytest.raises(PeerError) as caught:
        act(*given, **named)
    return caught.value.check


def opening(world, data, keys):
    return open_payload(open_header(data, trust=world.trust), keys=keys)


def test_an_offer_opens_to_what_was_sealed(world, payload, message, keys):
    opened = open_header(message, trust=world.trust)
    assert open_payload(opened, keys=keys) == payload
    assert opened.header_hash == cose.payload_hash(uncarry(Offer, message).header)


def test_an_offer_says_in_its_header_what_was_sealed(world):
    payload = world.payload(revision=2)
    sealed = world.seal(payload, counter=99)
    assert parts(sealed.message)[0] == sealed.header
    assert (sealed.header.counter, sealed.header.revision) == (99, 2)
    assert [value.currency for value in sealed.header.values] == ["EUR", "USD"]
    assert sealed.header.window == sealed.header.values[1].point


def test_no_keys_but_the_recipients_open_an_offer(world, message):
    opened = open_header(message, trust=world.trust)
    for name in ("alice", "charlie"):
        assert refusal(open_payload, opened, keys=world.terms(name).keys) == "sealing.kid"


def test_another_key_under_the_recipients_kid_does_not_open_an_offer(world, message, keys):
    wrong = hpke.PrivateKey(Secret(visible_coins("another key")(32)))
    opened = open_header(message, trust=world.trust)
    assert refusal(open_payload, opened, keys=dict.fromkeys(keys, wrong)) == "hpke.open"


def test_c4_after_the_epoch_key_is_destroyed_a_recorded_offer_does_not_open(world, message):
    keystore = world.vasps["bob"].keystore
    later = world.now + SEALING_LIFETIME_S + 1
    rotated = rotate(keystore, now=later, coins=visible_coins("after the key's time"))
    old = {secret.seed for secret in keystore.sealing}
    assert not any(seed in rotated.encode() for seed in old)
    opened = open_header(message, trust=world.trust)
    assert refusal(open_payload, opened, keys=private_keys(rotated, now=later)) == "sealing.kid"
    remaining = list(private_keys(rotated, now=later).values())
    assert all(refusal(open_payload, opened, keys={opened.header.sealing_kid: key}) == "hpke.open" for key in remaining)


def people():
    yield identity_json()
    yield identity_json(family="B", given="A")
    yield identity_json(family="W" * 100, given="\u0142" * 100)
    several = identity_json()
    several["originator"]["originatorPerson"] *= 3
    yield several


@pytest.mark.parametrize("document", list(people()), ids=["plain", "short", "long", "several"])
def test_c6_offers_under_4_kib_have_one_length_whatever_they_say(world, document):
    payload = world.payload(identity=read(document).identity, amount=2**40)
    assert len(payload.encode()) < PLAINTEXT_FLOOR
    sealed = world.seal(payload, counter=2**40)
    assert len(sealed.message) == OFFER_FLOOR
    assert len(parts(sealed.message)[1].ciphertext) == PLAINTEXT_FLOOR + 16


@pytest.mark.parametrize("by", ["charlie", "evil"])
def test_a_header_signed_by_anyone_but_its_originator_is_refused(world, message, by):
    assert refusal(open_header, resigned(world, message, by=by), trust=world.trust) == "signature.kid"


def test_a_member_that_nobody_knows_is_refused(world, message):
    data = resigned(world, message, by="evil", originator="evil")
    assert refusal(open_header, data, trust=world.trust) == "member.unknown"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"suite": 2}, "header.suite"),
        ({"network": "another"}, "header.network"),
        ({"ct_hash": bytes(32)}, "header.ct_hash"),
        ({"flag": bytes(33)}, "point.encoding"),
        ({"unit": b"\4" + bytes(32)}, "point.encoding"),
        ({"window": b"\2" + b"\xff" * 32}, "point.encoding"),
    ],
)
def test_a_header_is_refused_for(world, message, changes, check):
    assert refusal(open_header, resigned(world, message, **changes), trust=world.trust) == check


def test_a_value_that_is_no_point_is_refused(world, message):
    header, _ = parts(message)
    values = (replace(header.values[0], point=bytes(33)), header.values[1])
    assert refusal(open_header, resigned(world, message, values=values), trust=world.trust) == "point.encoding"


def test_an_offer_is_for_the_member_that_it_names_and_from_the_one_who_brings_it(message):
    header, _ = parts(message)
    check_parties(header, peer="alice", own="bob")
    assert refusal(check_parties, header, peer="charlie", own="bob") == "offer.peer"
    assert refusal(check_parties, header, peer="alice", own="charlie") == "offer.recipient"
    mine = replace(header, beneficiary="alice")
    assert refusal(check_parties, mine, peer="alice", own="alice") == "offer.recipient"


@pytest.mark.parametrize(
    ("changes", "check"),
    [
        ({"revision": 0}, "header.revision"),
        ({"revision": MAX_REVISIONS + 1}, "header.revision"),
        ({"expires": 1000}, "header.expired"),
        ({"issued": 1001 + CLOCK_SKEW_S}, "header.early"),
        ({"issued": 1001, "expires": 1001}, "header.validity"),
        ({"issued": 1100, "expires": 1050}, "header.validity"),
        ({"issued": 1000, "expires": 1001 + MAX_VALIDITY_S}, "header.validity"),
    ],
)
def test_a_header_outside_its_validity_is_refused(message, changes, check):
    header = replace(parts(message)[0], issued=990, expires=2000)
    check_validity(header, now=1000)
    assert refusal(check_validity, replace(header, **changes), now=1000) == check


def test_a_header_at_the_edges_of_its_validity_is_accepted(message):
    header = parts(message)[0]
    check_validity(replace(header, issued=1000, expires=1000 + MAX_VALIDITY_S), now=1000 + MAX_VALIDITY_S - 1)
    check_validity(replace(header, issued=1000 + CLOCK_SKEW_S, expires=2000), now=1000)
    check_validity(replace(header, issued=1000, expires=2000, revision=MAX_REVISIONS), now=1500)


HEADER_CHANGES = [
    {"transfer_id": bytes(16)},
    {"revision": 2},
    {"counter": 77},
    {"expires": 2**33},
    {"issued": 1},
    {"beneficiary": "charlie"},
    {"beneficiary_pack": bytes(32)},
    {"originator_pack": bytes(32)},
    {"flag": OTHER_POINT},
    {"unit": OTHER_POINT},
    {"window": OTHER_POINT},
    {"payload_root": bytes(32)},
]


@pytest.mark.parametrize("changes", HEADER_CHANGES, ids=lambda changes: next(iter(changes)))
def test_s4_a_ciphertext_does_not_open_under_another_header(world, message, keys, changes):
    assert refusal(opening, world, resigned(world, message, **changes), keys) == "hpke.open"


def test_s4_a_ciphertext_does_not_open_under_the_other_members_header(world, payload, message, keys):
    """Charlie, a member, signs his own header over alice's ciphertext."""
    data = resigned(world, message, by="charlie", originator="charlie")
    assert refusal(opening, world, data, keys) == "hpke.open"


def test_s4_ciphertexts_swapped_between_two_offers_are_refused(world, message, keys):
    other = world.seal(world.payload()).message
    (header, one), (_, two) = parts(message), parts(other)
    swapped = carry(replace(one, enc=two.enc, ciphertext=two.ciphertext))
    assert refusal(open_header, swapped, trust=world.trust) == "header.ct_hash"
    bound = resigned(world, swapped, ct_hash=parts(other)[0].ct_hash)
    assert refusal(opening, world, bound, keys) == "hpke.open"
    mixed = carry(replace(one, enc=two.enc))
    assert refusal(open_header, mixed, trust=world.trust) == "header.ct_hash"
    assert header.ct_hash != parts(other)[0].ct_hash


def test_s4_a_header_commits_to_one_payload(world, payload, keys):
    """The same header may not seal two payloads: the root is recomputed from what was opened."""
    root = parts(world.seal(payload).message)[0].payload_root
    other = replace(payload, transfer=replace(payload.transfer, amount=payload.transfer.amount + 1))
    assert refusal(opening, world, sealed_as(world, other, payload_root=root), keys) == "payload.root"
    reseeded = replace(payload, seed=bytes(32))
    assert refusal(opening, world, sealed_as(world, reseeded, payload_root=root), keys) == "payload.root"


@pytest.mark.parametrize(
    "changes", [{"network": "other"}, {"originator": "charlie"}, {"transfer_id": bytes(16)}, {"revision": 3}], ids=str
)
def test_s4_a_payload_repeats_what_its_header_says(world, payload, keys, changes):
    stranger = replace(payload, **changes)
    data = sealed_as(
        world,
        replace(stranger, originator="alice"),
        plaintext=stranger.to_plaintext(),
        network=payload.network,
        transfer_id=payload.transfer_id,
        revision=1,
    )
    assert refusal(opening, world, data, keys) == "payload.context"


def test_s4_what_was_sealed_must_be_a_payload(world, payload, keys):
    assert refusal(opening, world, sealed_as(world, payload, plaintext=bytes(10)), keys) == "padding.form"
    noise = pad(b"\xff\xff", floor=PLAINTEXT_FLOOR)
    assert refusal(opening, world, sealed_as(world, payload, plaintext=noise), keys).startswith("wire.")


def test_s14_a_second_recipient_does_not_parse(message):
    _, offer = parts(message)
    fields = wire.decode(offer.encode())
    for extra in (fields[2], [fields[2], fields[2]], b"key"):
        with pytest.raises(DecodeError, match=r"schema\.unknown"):
            uncarry(Offer, pad(wire.encode({**fields, 4: extra}), floor=OFFER_FLOOR))
    for enc in (fields[2] + fields[2], [fields[2], fields[2]], fields[2][:-1], b""):
        with pytest.raises(DecodeError, match=r"schema\.type"):
            uncarry(Offer, pad(wire.encode({**fields, 2: enc}), floor=OFFER_FLOOR))


def test_s14_a_header_names_one_sealing_key(message):
    header, _ = parts(message)
    fields = header.dump()
    for kid in ([fields[7], fields[7]], fields[7] * 2):
        with pytest.raises(DecodeError, match=r"schema\.type"):
            type(header).decode(wire.encode({**fields, 7: kid}))


@pytest.mark.parametrize("by", ["charlie", "evil", "nobody"])
def test_s15_a_bad_signature_is_refused_before_any_decryption_or_point_is_looked_at(world, message, monkeypatch, by):
    if by == "nobody":
        offer = uncarry(Offer, message)
        data = carry(replace(offer, header=offer.header[:-1] + bytes([offer.header[-1] ^ 1])))
    else:
        data = resigned(world, message, by=by, flag=bytes(33))

    def never(*_given, **_named):
        pytest.fail("work was done for somebody who proved nothing")

    monkeypatch.setattr(hpke.PrivateKey, "open", never)
    for function in ("check_point", "commit", "verify_opening", "group"):
        monkeypatch.setattr(pedersen, function, never)
    with pytest.raises(VerifyError, match="signature"):
        open_header(data, trust=world.trust)


def test_s15_what_is_too_large_or_no_offer_is_refused_unread(world, message):
    assert refusal(open_header, bytes(MAX_OFFER + 1), trust=world.trust) == "carrier.size"
    assert refusal(open_header, message[:-1], trust=world.trust) == "padding.form"
    assert refusal(open_header, b"", trust=world.trust) == "padding.form"
    assert refusal(open_header, pad(b"\xa0", floor=OFFER_FLOOR), trust=world.trust) == "schema.missing"


def test_an_offer_that_would_be_too_large_is_not_carried():
    with pytest.raises(UsageError, match="more than a message"):
        carry(Offer(header=b"", enc=bytes(1120), ciphertext=bytes(65000)))


def test_a_stale_key_is_told_apart_from_a_forgery(world, message):
    with pytest.raises(PolicyError, match=r"sealing\.kid"):
        open_payload(open_header(message, trust=world.trust), keys={})
