"""S9: witnesses, and logs that try to show two faces."""

import base64
import hashlib
import itertools

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, sign
from carnet.errors import DecodeError, OrderError, PeerError, UsageError, VerifyError
from carnet.log.checkpoint import Checkpoint, log_key, sign_checkpoint, signature_line, unverified_note
from carnet.log.merkle import EMPTY_ROOT
from carnet.log.witness import (
    SIZE_TYPE,
    AddCheckpoint,
    Answer,
    Cosignature,
    WitnessPolicy,
    answer,
    attach,
    cosign,
    cosignature_line,
    follow,
    open_cosigned,
    pick_line,
    witness_key,
)
from carnet.log.witness import refusal as http_refusal
from oracle import ed25519
from oracle import merkle as oracle

ORIGIN = "vasp.example/log"
LOG_SEED = generate_seed(visible_coins("the log of the witness tests"))
LOG_KEY = log_key(ORIGIN, LOG_SEED)
NAMES = ["one.example/w", "two.example/w", "three.example/w"]
SEEDS = {name: generate_seed(visible_coins(f"the witness {name}")) for name in NAMES}
WITNESSES = [witness_key(name, seed) for name, seed in SEEDS.items()]
ENTRIES = [hashlib.sha256(b"%d" % number).digest() for number in range(20)]
NOW = 1_800_000_000


def checkpoint(size, entries=ENTRIES):
    return Checkpoint(origin=ORIGIN, size=size, root=oracle.root(entries[:size]))


def note(size, entries=ENTRIES):
    return sign_checkpoint(checkpoint(size, entries), seed=LOG_SEED)


def request(old, new, entries=ENTRIES, path=None):
    if path is None:
        path = oracle.proof(old, entries[:new]) if 0 < old <= new else []
    return AddCheckpoint(old_size=old, path=tuple(path), note=unverified_note(note(new, entries)))


def ask(asked, known=None, keys=(LOG_KEY,)):
    name = NAMES[0]
    return cosign(asked, known=known, log_keys=keys, witness=name, now=NOW, seed=SEEDS[name])


def refusal(act, *given, **named):
    with pytest.raises(PeerError) as caught:
        act(*given, **named)
    return caught.value.check


def opened(data, quorum=1, witnesses=WITNESSES):
    return open_cosigned(data, origin=ORIGIN, keys=[LOG_KEY], witnesses=witnesses, quorum=quorum)


def test_a_witness_follows_a_growing_log_and_its_cosignatures_open():
    known = None
    for old, new in itertools.pairwise([0, 1, 3, 8, 8, 20]):
        known, line = ask(request(old, new), known)
        assert known == checkpoint(new)
        assert opened(attach(note(new), [line])) == (checkpoint(new), [Cosignature(witness=NAMES[0], time=NOW)])


def test_an_empty_log_may_be_followed_from_nothing():
    known, _ = ask(request(0, 0))
    assert known.root == EMPTY_ROOT
    assert ask(request(0, 5), known)[0] == checkpoint(5)


def test_s9_a_fork_of_equal_size_is_a_fork():
    forged = [*ENTRIES[:7], b"forged"]
    assert refusal(ask, request(8, 8, forged), checkpoint(8)) == "witness.fork"


def test_s9_a_fork_that_grew_on_cannot_be_proven():
    forged = [ENTRIES[0], b"forged", *ENTRIES[2:]]
    for old, new in ((8, 9), (7, 9), (3, 20), (8, 16)):
        verdict = refusal(ask, request(old, new, forged), checkpoint(old))
        assert verdict in {"consistency.old_root", "consistency.new_root"}


def test_s9_a_rollback_is_refused():
    assert refusal(ask, request(8, 5), checkpoint(8)) == "witness.rollback"


def test_s9_a_stale_old_size_is_answered_with_the_size_last_seen():
    for known, size in ((None, "0"), (checkpoint(8), "8")):
        with pytest.raises(OrderError) as caught:
            ask(request(5, 9), known)
        assert (caught.value.check, caught.value.detail) == ("witness.stale", size)


def test_a_first_checkpoint_needs_no_proof_and_may_have_none():
    assert refusal(ask, request(0, 5, path=[bytes(32)])) == "consistency.long"
    assert refusal(ask, request(3, 5, path=[]), checkpoint(3)) == "consistency.short"


def test_a_witness_follows_only_logs_that_it_knows_by_their_keys():
    assert refusal(ask, request(0, 5), keys=()) == "witness.log"
    stranger = log_key(ORIGIN, generate_seed(visible_coins("a stranger")))
    assert refusal(ask, request(0, 5), keys=[stranger]) == "note.key"


def test_s9_a_quorum_counts_each_witness_once_and_strangers_never():
    lines = [cosignature_line(checkpoint(8), witness=name, now=NOW + 1, seed=seed) for name, seed in SEEDS.items()]
    for count in range(4):
        cosigned = attach(note(8), lines[:count])
        found = opened(cosigned, quorum=count)[1]
        assert [each.witness for each in found] == NAMES[:count]
        assert refusal(opened, cosigned, quorum=count + 1) == "witness.quorum"
    assert refusal(opened, attach(note(8), lines), quorum=1, witnesses=[]) == "witness.quorum"
    assert refusal(opened, attach(note(8), lines), quorum=2, witnesses=WITNESSES[:1]) == "witness.quorum"


def test_s9_one_witness_with_two_keys_is_one_witness():
    second = generate_seed(visible_coins("a second key of the first witness"))
    lines = [cosignature_line(checkpoint(8), witness=NAMES[0], now=NOW, seed=s) for s in (SEEDS[NAMES[0]], second)]
    keys = [WITNESSES[0], witness_key(NAMES[0], second)]
    assert len(opened(attach(note(8), lines), witnesses=keys)[1]) == 2
    assert refusal(opened, attach(note(8), lines), witnesses=keys, quorum=2) == "witness.quorum"


def test_s9_a_cosignature_holds_for_one_checkpoint_and_one_time():
    line = cosignature_line(checkpoint(8), witness=NAMES[0], now=NOW, seed=SEEDS[NAMES[0]])
    assert refusal(opened, attach(note(9), [line])) == "signature"
    good = unverified_note(attach(note(8), [line]))
    blob = good.signatures[NAMES[0], WITNESSES[0].id]
    for changed, check in (
        ((NOW + 1).to_bytes(8, "big") + blob[8:], "signature"),
        (blob + b"\0", "cosignature.form"),
        (blob[:-1], "cosignature.form"),
        (b"\x80" + blob[1:], "cosignature.form"),
    ):
        altered = signature_line(NAMES[0], WITNESSES[0].id, changed)
        assert refusal(opened, attach(note(8), [altered])) == check


def test_a_logs_signature_is_no_cosignature():
    text = checkpoint(8).text
    plain = signature_line(NAMES[0], WITNESSES[0].id, bytes(8) + sign(SEEDS[NAMES[0]], text))
    assert refusal(opened, attach(note(8), [plain])) == "signature"


def test_s9_no_cosigned_note_that_differs_in_one_byte_passes_as_cosigned():
    line = cosignature_line(checkpoint(8), witness=NAMES[0], now=NOW, seed=SEEDS[NAMES[0]])
    data = attach(note(8), [line])
    start = len(note(8))
    for at, byte in itertools.product(range(start, len(data)), range(256)):
        changed = data[:at] + bytes([byte]) + data[at + 1 :]
        if changed != data:
            with pytest.raises(PeerError):
                opened(changed)


def test_s9_a_request_is_written_in_one_way():
    asked = request(5, 9)
    body = asked.encode()
    assert AddCheckpoint.decode(body) == asked
    assert asked.unverified_origin == ORIGIN
    for at, byte in itertools.product(range(len(body)), range(256)):
        changed = body[:at] + bytes([byte]) + body[at + 1 :]
        try:
            read = AddCheckpoint.decode(changed)
        except DecodeError:
            continue
        assert read.encode() == changed


def test_what_is_not_a_request_is_refused():
    body = request(5, 9).encode()
    for bad in (
        b"",
        body.replace(b"old 5", b"old 05"),
        body.replace(b"old 5", b"old  5"),
        body.replace(b"old 5", b"new 5"),
        body.replace(b"old 5\n", b"old 5\n" + 64 * (b"A" * 43 + b"=\n")),
        body.replace(b"\n\n", b"\n", 1),
    ):
        assert refusal(AddCheckpoint.decode, bad) == "witness.form"
    assert refusal(AddCheckpoint.decode, b"old 0\n" + 42 * b"A" + b"B=\n\n" + note(1)) == "witness.base64"
    assert refusal(AddCheckpoint.decode, body + b"\n") == "note.form"


def test_our_own_mistakes_are_not_blamed_on_a_peer():
    elsewhere = Checkpoint(origin="other.example", size=0, root=EMPTY_ROOT)
    for act in (
        lambda: follow(elsewhere, checkpoint(5), old_size=0, path=[]),
        lambda: cosignature_line(checkpoint(5), witness="w", now=-1, seed=LOG_SEED),
        lambda: opened(note(5), witnesses=[LOG_KEY]),
        lambda: opened(note(5), witnesses=[WITNESSES[0], WITNESSES[0]]),
        lambda: AddCheckpoint(old_size=-1, path=(), note=unverified_note(note(5))),
        lambda: AddCheckpoint(old_size=0, path=(b"short",), note=unverified_note(note(5))),
    ):
        with pytest.raises(UsageError):
            act()


def test_refusals_of_a_witness_say_whose_fault_it_is():
    with pytest.raises(VerifyError):
        ask(request(8, 5), checkpoint(8))


def test_a_cosignature_is_what_its_definition_says_byte_for_byte():
    """Written out from the definition, with the other implementation of the signature."""
    line = cosignature_line(checkpoint(8), witness=NAMES[0], now=NOW, seed=SEEDS[NAMES[0]])
    dash, name, text = line.decode().removesuffix("\n").split(" ")
    data, key = base64.b64decode(text), WITNESSES[0].key
    message = f"cosignature/v1\ntime {NOW}\n{ORIGIN}\n8\n{base64.b64encode(oracle.root(ENTRIES[:8])).decode()}\n"
    assert (dash, name) == ("—", NAMES[0])
    assert data[:4] == hashlib.sha256(NAMES[0].encode() + b"\n\x04" + key).digest()[:4]
    assert data[4:12] == NOW.to_bytes(8, "big")
    assert ed25519.accepts(key, message.encode(), data[12:])


def test_the_published_example_of_a_request_is_read():
    """The body in C2SP tlog-witness: two keys of one log, of which nothing but the form can be checked."""
    body = """\
old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— example.com/behind-the-sofa opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=
""".encode()  # noqa: E501  # published bytes
    read = AddCheckpoint.decode(body)
    assert (read.old_size, len(read.path), read.note.checkpoint.size) == (20852014, 4, 20852163)
    assert len(read.note.signatures) == 2
    assert read.encode() == body


# --- over HTTP ---


def answered(asked, known=None, keys=(LOG_KEY,)):
    name = NAMES[0]
    return answer(asked, known=known, log_keys=keys, witness=name, now=NOW, seed=SEEDS[name])


def test_an_answer_over_http_is_the_cosignature_and_what_is_stored_before_it_leaves():
    seen, line = ask(request(8, 20), checkpoint(8))
    assert answered(request(8, 20), checkpoint(8)) == Answer(status=200, body=line, seen=seen)


@pytest.mark.parametrize(
    ("asked", "known", "status", "body", "content_type"),
    [
        (request(3, 20), 8, 409, b"8\n", SIZE_TYPE),
        (request(3, 20), None, 409, b"0\n", SIZE_TYPE),
        (request(8, 8, [b"other"] * 8), 8, 409, b"witness.fork\n", "text/plain; charset=utf-8"),
        (request(8, 3), 8, 400, b"witness.rollback\n", "text/plain; charset=utf-8"),
        (request(8, 20, path=[]), 8, 422, b"consistency.short\n", "text/plain; charset=utf-8"),
        (request(8, 20, [b"other"] * 20), 8, 422, b"consistency.new_root\n", "text/plain; charset=utf-8"),
    ],
)
def test_a_refusal_over_http_has_the_status_of_its_check(asked, known, status, body, content_type):
    got = answered(asked, None if known is None else checkpoint(known))
    refused = "witness.stale" if content_type == SIZE_TYPE else body.decode().strip()
    assert got == Answer(status=status, body=body, content_type=content_type, refused=refused)


def test_a_log_that_is_not_followed_or_not_known_by_this_key_is_refused_over_http():
    other = log_key(ORIGIN, generate_seed(visible_coins("another log")))
    assert answered(request(0, 8), keys=()).status == 404
    assert answered(request(0, 8), keys=(other,)).status == 403
    assert http_refusal(DecodeError("note.form")).status == 400


def test_of_many_lines_that_of_the_witness_is_picked():
    lines = [cosignature_line(checkpoint(8), witness=name, now=NOW, seed=SEEDS[name]) for name in NAMES]
    for witness, line in zip(WITNESSES, lines, strict=True):
        assert pick_line(b"".join(lines), witness) == line
    renamed = signature_line(NAMES[0], b"else", b"another key of that name")
    assert pick_line(b"junk\n" + renamed + lines[0] + "\u2014 \u2014\n".encode(), WITNESSES[0]) == lines[0]
    for wrong in (b"", lines[1], lines[0] * 2, lines[0].rstrip(b"\n"), b" " + lines[0]):
        assert refusal(pick_line, wrong, WITNESSES[0]) == "witness.form"


def test_a_policy_that_cannot_be_meant_is_our_own_mistake():
    with pytest.raises(UsageError):
        WitnessPolicy(witnesses=(LOG_KEY,), quorum=1)
    with pytest.raises(UsageError):
        WitnessPolicy(witnesses=(WITNESSES[0], witness_key("other", SEEDS[NAMES[0]])), quorum=1)
    with pytest.raises(UsageError):
        WitnessPolicy(quorum=-1)
