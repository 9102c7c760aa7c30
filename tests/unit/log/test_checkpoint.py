"""S9: checkpoints, read in one way only."""

import base64
import itertools

import pytest

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, sign
from carnet.errors import DecodeError, PeerError, UsageError, VerifyError
from carnet.log.checkpoint import (
    Checkpoint,
    VerifierKey,
    log_key,
    open_checkpoint,
    parse_vkey,
    sign_checkpoint,
    signature_line,
    unverified_note,
)
from carnet.log.merkle import EMPTY_ROOT

ORIGIN = "vasp.example/log"
SEED = generate_seed(visible_coins("tests of checkpoints"))
KEY = log_key(ORIGIN, SEED)
CHECKPOINT = Checkpoint(origin=ORIGIN, size=25, root=bytes(range(32)))
NOTE = sign_checkpoint(CHECKPOINT, seed=SEED)
OTHER = signature_line("other.example", b"four", b"bytes")


def refusal(note, origin=ORIGIN, keys=(KEY,)):
    with pytest.raises(PeerError) as caught:
        open_checkpoint(note, origin=origin, keys=keys)
    return caught.value.check


def neighbours(data):
    for at, byte in itertools.product(range(len(data)), range(256)):
        if byte != data[at]:
            yield data[:at] + bytes([byte]) + data[at + 1 :]


def test_a_signed_checkpoint_opens_to_what_was_signed():
    assert open_checkpoint(NOTE, origin=ORIGIN, keys=[KEY]) == CHECKPOINT
    assert NOTE.startswith(b"vasp.example/log\n25\nAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n\n")


def test_s9_no_note_that_differs_in_one_byte_opens():
    for note in neighbours(NOTE):
        with pytest.raises(PeerError):
            open_checkpoint(note, origin=ORIGIN, keys=[KEY])


def test_s9_whatever_is_read_is_the_one_way_to_write_it():
    for note in neighbours(NOTE + OTHER):
        try:
            read = unverified_note(note)
        except DecodeError:
            continue
        assert read.encode() == note


@pytest.mark.parametrize("size", ["07", "+7", "-7", "1_0", "٣", "7 ", "", "0x7", "1e3", "10000000000000000"])
def test_a_size_is_plain_decimal(size):
    text = NOTE.replace(b"\n25\n", b"\n" + size.encode() + b"\n", 1)
    assert refusal(text) == "note.form"


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note[:-1],
        lambda note: note + b"\n",
        lambda note: note.replace(b"\n", b"\r\n"),
        lambda note: note.replace(b"\n\n", b"\nan extension\n\n"),
        lambda note: note.replace(b"vasp", b"va+sp", 1),
        lambda note: note.replace(b"vasp", b"va sp", 1),
        lambda note: note.replace(b"vasp", "väsp".encode(), 1),
        lambda note: note.replace("—".encode(), b"-"),
        lambda note: note.split("—".encode())[0],
        lambda note: note + b"".join(signature_line(f"n{n}", b"four", b"bytes") for n in range(64)),
        lambda note: note + signature_line("other.example", b"four", b""),
    ],
)
def test_what_leaves_the_grammar_is_refused(change):
    assert refusal(change(NOTE)) == "note.form"


def test_base64_has_one_form():
    assert refusal(NOTE.replace(b"Hh8=\n", b"Hh9=\n", 1)) == "note.base64"
    unclean = OTHER.replace(base64.b64encode(b"fourbytes"), b"Zm91cmJ5dGVzAB==")
    assert refusal(NOTE + unclean) == "note.base64"
    assert refusal(NOTE + OTHER.replace(b"\n", b"A\n")) == "note.base64"


def test_the_right_log_and_the_right_key_must_have_signed():
    assert refusal(NOTE, origin="other.example", keys=[]) == "note.origin"
    stranger = log_key(ORIGIN, generate_seed(visible_coins("a stranger")))
    assert refusal(NOTE, keys=[stranger]) == "note.key"
    assert refusal(NOTE, keys=[]) == "note.key"
    forged = CHECKPOINT.text + b"\n" + signature_line(ORIGIN, KEY.id, sign(SEED, b"something else"))
    assert refusal(forged) == "signature"
    assert refusal(CHECKPOINT.text + b"\n" + signature_line(ORIGIN, KEY.id, b"short")) == "signature"


def test_signatures_of_strangers_are_passed_over_and_doubles_refused():
    assert open_checkpoint(NOTE + OTHER, origin=ORIGIN, keys=[KEY]) == CHECKPOINT
    again = signature_line(ORIGIN, KEY.id, b"another")
    assert refusal(NOTE + again) == "note.duplicate"
    assert refusal(NOTE + OTHER + OTHER) == "note.duplicate"


def test_during_a_rotation_either_key_will_do_and_both_must_hold():
    next_seed = generate_seed(visible_coins("the next key"))
    following = log_key(ORIGIN, next_seed)
    assert open_checkpoint(NOTE, origin=ORIGIN, keys=[following, KEY]) == CHECKPOINT
    both = NOTE + signature_line(ORIGIN, following.id, sign(next_seed, CHECKPOINT.text))
    assert open_checkpoint(both, origin=ORIGIN, keys=[following, KEY]) == CHECKPOINT
    broken = NOTE + signature_line(ORIGIN, following.id, bytes(64))
    assert open_checkpoint(broken, origin=ORIGIN, keys=[KEY]) == CHECKPOINT
    assert refusal(broken, keys=[KEY, following]) == "signature"


def test_an_empty_log_has_the_root_of_nothing():
    empty = Checkpoint(origin=ORIGIN, size=0, root=EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, seed=SEED), origin=ORIGIN, keys=[KEY]) == empty
    strange = Checkpoint(origin=ORIGIN, size=0, root=bytes(32))
    assert refusal(sign_checkpoint(strange, seed=SEED)) == "note.empty"


def test_a_key_and_its_line_are_one():
    assert parse_vkey(str(KEY)) == KEY
    name, key_id, data = str(KEY).split("+", 2)
    for line, check in {
        f"{name}+{key_id}": "vkey.form",
        f"{name}+{key_id.upper().replace('0', 'A')}+{data}": "vkey.form",
        f"{name}+{key_id}+{data}\n": "vkey.form",
        f"{name}+{key_id}+{data}A": "vkey.base64",
        f"{name}+{key_id}+{base64.b64encode(bytes([2]) + KEY.key).decode()}": "vkey.kind",
        f"{name}+{key_id}+{base64.b64encode(bytes([1]) + KEY.key[1:]).decode()}": "vkey.kind",
        f"{name}x+{key_id}+{data}": "vkey.id",
    }.items():
        with pytest.raises(DecodeError) as caught:
            parse_vkey(line)
        assert caught.value.check == check, line


def test_every_one_byte_change_of_a_key_line_is_refused_or_another_key():
    for data in neighbours(str(KEY).encode()):
        line = data.decode("latin-1")
        try:
            key = parse_vkey(line)
        except DecodeError:
            continue
        assert str(key) == line


def test_what_no_note_can_say_is_our_own_mistake():
    for bad in ({"origin": ""}, {"origin": "a b"}, {"origin": "a+b"}, {"origin": "ä"}, {"size": -1}, {"root": b""}):
        with pytest.raises(UsageError):
            Checkpoint(**({"origin": ORIGIN, "size": 0, "root": EMPTY_ROOT} | bad))
    for bad in ({"kind": 2}, {"key": b""}):
        with pytest.raises(UsageError):
            VerifierKey(**({"name": ORIGIN, "key": KEY.key} | bad))
    with pytest.raises(UsageError):
        open_checkpoint(NOTE, origin="other.example", keys=[KEY])


def test_a_refusal_is_verify_when_well_formed():
    with pytest.raises(VerifyError):
        open_checkpoint(NOTE, origin=ORIGIN, keys=[])
