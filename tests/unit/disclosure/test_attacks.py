"""Disclosures under attack: by a VASP that would show something else, and by a reader who would see more."""

import hashlib
import random
from dataclasses import replace
from functools import cache

import pytest

from carnet import wire
from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.crypto.padding import unpad
from carnet.disclosure.messages import Commitment, DisclosureKind, DisclosureResponse, RecordAnswer, SealedResponse
from carnet.disclosure.request import open_request
from carnet.disclosure.respond import RESPONSE_FLOOR, seal_info
from carnet.disclosure.verify import open_sealed, verify_signed
from carnet.envelope import tree
from carnet.errors import PeerError, PolicyError, UsageError, VerifyError
from carnet.identity.directory import Trust
from carnet.secret import Secret
from carnet.testing import disclosures

AMOUNT = ("/transfer/amount",)


@cache
def stage():
    return disclosures.make_stage()


@cache
def opened_for_amount():
    """What an authority reads that asked for the amount of the first transfer, and nothing else."""
    opened = stage().open(stage().request(0, paths=AMOUNT, openings=()))
    signed = open_sealed(stage().respond(opened).sealed, opened, key=stage().key)
    return opened, signed


def verify(signed, opened):
    return verify_signed(signed, opened, trust=stage().trust, packs=stage().pack, now=disclosures.NOW)


# --- a reader who would see more ---


def test_s13_a_disclosure_shows_exactly_the_leaves_that_were_asked_for():
    opened, signed = opened_for_amount()
    (record,) = verify(signed, opened).records
    assert record.transfer.leaves == {"/transfer/amount": b"\x0f\x42\x40"}
    assert record.transfer.values == {}
    payload = stage().held["alice"][0].payload
    for path, value in tree.fields_of(payload):
        if isinstance(value, str) and len(value) > 3 and path.startswith(("/identity/", "/transfer/")):
            assert value.encode() not in signed, path


def test_s13_a_reader_with_a_dictionary_finds_no_neighbour():
    """Whoever knows all values tries them under all salts that he was shown, and under none."""
    _, signed = opened_for_amount()
    response = DisclosureResponse.decode(cose.payload_of(signed, limit=1 << 20), limit=1 << 20)
    (shown,) = [answer.shown for answer in response.answers]
    salts = [leaf.salt for leaf in shown.leaves] + [b"", bytes(32), response.salt]
    links = shown.links
    salts += [links.header_salt, links.receipt_salt, links.terminal_salt]
    hidden = set(shown.hashes)
    assert len(hidden) == 7
    dictionary = [wire.write([path, value]) for path, value in tree.fields_of(stage().held["alice"][0].payload)]
    for salt in salts:
        for content in dictionary:
            guess = hashlib.sha256(b"\0" + salt + content).digest()
            assert guess not in hidden
            assert guess not in signed


def test_s13_neither_the_seed_nor_another_salt_or_blinding_is_shown():
    opened, signed = opened_for_amount()
    held = stage().held["alice"][0]
    assert held.payload.seed not in signed
    shown = {leaf.path for leaf in tree.leaves(held.payload, seed=Secret(held.payload.seed)) if leaf.salt in signed}
    assert shown == {"/transfer/amount"}
    for opening in (held.openings.unit, held.openings.flag, *held.openings.values.values()):
        assert opening.blinding.to_bytes(32, "big") not in signed
    other = stage().held["bob"][0].links
    assert other.header_salt not in signed
    assert other.value_shift.to_bytes(32, "big") not in signed
    assert opened.request.paths == AMOUNT


def test_s13_responses_about_other_people_have_the_same_size():
    sizes = set()
    for index in (0, 3):
        opened = stage().open(stage().request(index, paths=AMOUNT, openings=()))
        sizes.add(len(stage().respond(opened).sealed))
    assert len(sizes) == 1


def test_s13_only_the_reader_that_was_named_opens_a_response():
    opened = stage().open(stage().request(0))
    sealed = stage().respond(opened).sealed
    with pytest.raises(VerifyError) as caught:
        open_sealed(sealed, opened, key=hpke.PrivateKey(Secret(bytes(32))))
    assert caught.value.check == "disclosure.seal"


def test_s13_who_intercepts_a_request_and_names_his_own_key_is_no_supervisor():
    theirs = hpke.PrivateKey(Secret(bytes(32))).public
    request = stage().request(0)
    protected, unprotected, _, signature = wire.decode(stage().sign(request))
    forged = wire.write([protected, unprotected, replace(request, recipient=theirs).encode(), signature])
    with pytest.raises(VerifyError) as caught:
        open_request(forged, trust=stage().trust)
    assert caught.value.check == "signature"


def test_s13_a_supervisor_that_the_directory_does_not_list_any_more_cannot_ask():
    signed = stage().sign(stage().request(0))
    without = Trust(directory=replace(stage().trust.directory, supervisors=()))
    with pytest.raises(PolicyError) as caught:
        open_request(signed, trust=without)
    assert caught.value.check == "disclosure.supervisor"


def test_s13_the_log_tells_nothing_of_a_disclosure_but_that_there_was_one():
    """Who knows a note to the letter cannot tell whether a notice stands for it without the salt."""
    opened = stage().open(stage().request(0))
    made = stage().respond(opened)
    again = stage().respond(opened, coins=visible_coins("another salt"))
    assert made.notice.hash != again.notice.hash
    assert made.notice.hash != hashlib.sha256(made.opened.note.encode()).digest()
    assert len(made.notice.encode()) == len(again.notice.encode())


def test_more_than_a_response_may_hold_is_not_sealed():
    opened = stage().open(stage().request(0))
    (answer,) = stage().answers(opened.request)
    leaf = replace(answer.shown.leaves[0], content=bytes(4096))
    request = replace(opened.request, records=stage().asked(0) * 16)
    large = replace(answer, shown=replace(answer.shown, leaves=(leaf,) * 512))
    with pytest.raises(UsageError, match="too many for one response"):
        stage().respond(replace(opened, request=request), [large] * 16)


# --- a VASP that would show something else ---


def signed_again(response):
    return cose.sign(response, seed=stage().network.ledgers["alice"].keys.identity)


def test_s13_whatever_byte_of_an_answer_a_vasp_changes_it_is_refused():
    opened = stage().open(stage().request(0, openings=tuple(Commitment)))
    signed = open_sealed(stage().respond(opened).sealed, opened, key=stage().key)
    response = DisclosureResponse.decode(cose.payload_of(signed, limit=1 << 20), limit=1 << 20)
    (answer,) = response.answers
    data, dice, refused = answer.encode(), random.Random(13), 0  # noqa: S311 - a test's dice
    for _ in range(200):
        at = dice.randrange(len(data))
        changed = data[:at] + bytes([data[at] ^ 1 << dice.randrange(8)]) + data[at + 1 :]
        try:
            forged = RecordAnswer.decode(changed)
            verify(signed_again(replace(response, answers=(forged,))), opened)
        except PeerError:
            refused += 1
            continue
        pytest.fail(f"byte {at} of {len(data)}")
    assert refused == 200


def test_s13_another_records_transfer_is_not_shown_for_this_one():
    """All of the third transfer's parts hold together, and with its own record: they are not this record's."""
    opened = stage().open(stage().request(0, 3))
    first, third = stage().answers(opened.request)
    for answers in ([replace(first, shown=third.shown), third], [replace(third, index=0, entry=first.entry), third]):
        sealed = stage().respond(opened, answers).sealed
        with pytest.raises(VerifyError) as caught:
            stage().verify(sealed, opened)
        assert caught.value.check in {"disclosure.header_ref", "disclosure.entry"}


def test_s13_the_other_ends_record_is_not_shown_for_ones_own():
    opened = stage().open(stage().request(0))
    (answer,) = stage().answers(opened.request)
    theirs = stage().held["bob"][0]
    forged = replace(answer, record=theirs.record.encode())
    with pytest.raises(VerifyError) as caught:
        stage().verify(stage().respond(opened, [forged]).sealed, opened)
    assert caught.value.check == "disclosure.entry"


def test_s13_a_response_is_not_used_for_another_request_of_the_same_authority():
    first = stage().open(stage().request(0))
    second = stage().open(stage().request(0, request_id=bytes(16)))
    response = SealedResponse.decode(stage().respond(first).sealed, limit=1 << 20)
    with pytest.raises(VerifyError) as caught:
        stage().verify(response.encode(), second)
    assert caught.value.check == "disclosure.request"
    renamed = replace(response, request_hash=second.hash)
    with pytest.raises(VerifyError) as caught:
        stage().verify(renamed.encode(), second)
    assert caught.value.check == "disclosure.seal"
    plain = unpad(
        stage().key.open(enc=response.enc, ciphertext=response.ciphertext, info=seal_info(first.hash)),
        floor=RESPONSE_FLOOR,
    )
    with pytest.raises(VerifyError) as caught:  # sealed anew, for the other request, by somebody who has read it
        verify(plain, second)
    assert caught.value.check == "disclosure.context"


def test_s13_a_cover_is_not_passed_off_as_a_transfer_nor_a_transfer_as_a_cover():
    opened = stage().open(stage().request(0, 1))
    transfer, cover = stage().answers(opened.request)
    passed_off = [
        [replace(transfer, shown=None, cover=cover.cover), cover],
        [transfer, replace(cover, cover=None, shown=transfer.shown)],
    ]
    for answers in passed_off:
        with pytest.raises(VerifyError):
            stage().verify(stage().respond(opened, answers).sealed, opened)


def test_s13_a_vasp_discloses_voluntarily_in_its_own_name_alone():
    request = stage().request(0, kind=DisclosureKind.VOLUNTARY, requester="auditor.example")
    signed = cose.sign(request, seed=stage().network.ledgers["bob"].keys.identity)
    with pytest.raises(VerifyError) as caught:
        open_request(signed, trust=stage().trust)
    assert caught.value.check == "signature.kid"


def test_a_witness_whose_name_no_note_can_carry_refuses_the_response():
    """A directory may list any name; that is no reason for the reader to fall over."""
    opened, signed = opened_for_amount()
    directory = stage().trust.directory
    misnamed = replace(directory, witnesses=(replace(directory.witnesses[0], name="wítness.example"),))
    with pytest.raises(VerifyError) as refused:
        verify_signed(signed, opened, trust=Trust(directory=misnamed), packs=stage().pack, now=disclosures.NOW)
    assert (refused.value.check, refused.value.detail) == ("disclosure.checkpoint", "evidence.name")
