"""Checkpoints and the keys that sign them: suites checkpoint and vkey (spec/log.md#checkpoints)."""

import base64
from hashlib import sha256

from kit import vector

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, sign
from carnet.log.checkpoint import Checkpoint, VerifierKey, log_key, sign_checkpoint, signature_line

ORIGIN = "vasp.example/carnet"
SEED = generate_seed(visible_coins("the log of vasp.example"))
KEY = log_key(ORIGIN, SEED)
STRANGER = log_key(ORIGIN, generate_seed(visible_coins("another log that calls itself vasp.example")))
ROOT = sha256(b"a root").digest()
CHECKPOINT = Checkpoint(origin=ORIGIN, size=25, root=ROOT)
NOTE = sign_checkpoint(CHECKPOINT, seed=SEED)
UNKNOWN = signature_line("other.example", b"four", b"something")


def checkpoint(note, expect, origin=ORIGIN, key=KEY):
    """Return a note, and for whom it is."""
    return {"origin_text": origin, "keys_text": [str(key)], "note": note, "expect": expect}


def signed(text, *, more=b""):
    """Return *text* signed as if it were a checkpoint's."""
    return text + b"\n" + signature_line(ORIGIN, KEY.id, sign(SEED, text)) + more


@vector("checkpoint")
def signed_checkpoint():
    """A checkpoint; Ed25519 has no coins, so the note follows from the seed."""
    return checkpoint(NOTE, "ok") | {"seed": SEED.reveal(), "size": 25, "root": ROOT}


@vector("checkpoint")
def unknown_signature():
    """A signature by a key that the reader does not know is passed over."""
    return checkpoint(NOTE + UNKNOWN, "ok") | {"size": 25, "root": ROOT}


@vector("checkpoint")
def empty_log():
    """A log of size 0 has the hash of nothing for its root."""
    nothing = sha256(b"").digest()
    note = sign_checkpoint(Checkpoint(origin=ORIGIN, size=0, root=nothing), seed=SEED)
    return checkpoint(note, "ok") | {"seed": SEED.reveal(), "size": 0, "root": nothing}


@vector("checkpoint")
def empty_log_with_root():
    """A log of size 0 with any other root."""
    return checkpoint(sign_checkpoint(Checkpoint(origin=ORIGIN, size=0, root=ROOT), seed=SEED), "note.empty")


@vector("checkpoint")
def size_with_leading_zero():
    """A size is written without leading zeros; the signature holds, and is not looked at."""
    return checkpoint(signed(CHECKPOINT.text.replace(b"\n25\n", b"\n025\n")), "note.form")


@vector("checkpoint")
def size_with_sign():
    """A size is written without a sign."""
    return checkpoint(signed(CHECKPOINT.text.replace(b"\n25\n", b"\n+25\n")), "note.form")


@vector("checkpoint")
def size_in_other_digits():
    """A size is written in ASCII digits."""
    return checkpoint(signed(CHECKPOINT.text.replace(b"\n25\n", "\n\u0662\u0665\n".encode())), "note.form")


@vector("checkpoint")
def size_of_17_digits():
    """A size has at most 16 digits."""
    return checkpoint(signed(CHECKPOINT.text.replace(b"\n25\n", b"\n10000000000000000\n")), "note.form")


@vector("checkpoint")
def extension_line():
    """A checkpoint has three lines; the lines that C2SP allows after them are not for this protocol."""
    return checkpoint(signed(CHECKPOINT.text + b"an extension\n"), "note.form")


@vector("checkpoint")
def carriage_returns():
    """Lines end with one newline character."""
    return checkpoint(NOTE.replace(b"\n", b"\r\n"), "note.form")


@vector("checkpoint")
def without_signature():
    """A note has a signature at least."""
    return checkpoint(CHECKPOINT.text + b"\n", "note.form")


@vector("checkpoint")
def without_last_newline():
    """The last line, too, ends with a newline."""
    return checkpoint(NOTE[:-1], "note.form")


@vector("checkpoint")
def root_in_loose_base64():
    """The unused bits of the last character are not zero: the same bytes, and another text."""
    root = base64.b64encode(ROOT)
    loose = root[:-2] + bytes([root[-2] + 1]) + b"="
    return checkpoint(signed(CHECKPOINT.text.replace(root, loose)), "note.base64")


@vector("checkpoint")
def signature_in_loose_base64():
    """Base64 without its padding, in the line of a stranger: refused all the same."""
    loose = signature_line("other.example", b"four", b"some").replace(b"=", b"")
    return checkpoint(NOTE + loose, "note.base64")


@vector("checkpoint")
def same_key_twice():
    """No key signs a note twice, not even a stranger's."""
    return checkpoint(NOTE + UNKNOWN + UNKNOWN, "note.duplicate")


@vector("checkpoint")
def another_log():
    """A good checkpoint, of a log that was not asked for."""
    origin = "other.example/carnet"
    note = sign_checkpoint(Checkpoint(origin=origin, size=25, root=ROOT), seed=SEED)
    return checkpoint(note, "note.origin")


@vector("checkpoint")
def another_key():
    """The right name, and a key that the reader does not know."""
    return checkpoint(NOTE, "note.key", key=STRANGER)


@vector("checkpoint")
def size_changed():
    """A good signature, of a smaller tree."""
    return checkpoint(NOTE.replace(b"\n25\n", b"\n26\n"), "signature")


@vector("checkpoint")
def signature_of_63_bytes():
    """A known key with a signature that is too short."""
    line = signature_line(ORIGIN, KEY.id, sign(SEED, CHECKPOINT.text)[:63])
    return checkpoint(CHECKPOINT.text + b"\n" + line, "signature")


def vkey(line, expect):
    """Return a key's line."""
    return {"vkey_text": line, "expect": expect}


def written(kind, key, key_id=KEY.id):
    """Return a key's line, whatever it says."""
    return f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(bytes([kind]) + key).decode()}"


@vector("vkey")
def key_of_log():
    """A log's key; its id is the first four bytes of SHA-256(name || 0A || 01 || key)."""
    return vkey(str(KEY), "ok") | {"name_text": ORIGIN, "kind": 1, "key": KEY.key, "id": KEY.id}


@vector("vkey")
def key_of_witness():
    """The same key as a witness's has another id."""
    key = VerifierKey(name=ORIGIN, key=KEY.key, kind=4)
    return vkey(str(key), "ok") | {"name_text": ORIGIN, "kind": 4, "key": key.key, "id": key.id}


@vector("vkey")
def without_id():
    """A line of two parts."""
    return vkey(f"{ORIGIN}+{base64.b64encode(KEY.key).decode()}", "vkey.form")


@vector("vkey")
def id_in_capitals():
    """Hexadecimal is written in small letters."""
    return vkey(f"{ORIGIN}+ABCDEF01+{str(KEY).rsplit('+', 1)[1]}", "vkey.form")


@vector("vkey")
def key_in_loose_base64():
    """A character is missing."""
    return vkey(str(KEY)[:-1], "vkey.base64")


@vector("vkey")
def key_of_unknown_kind():
    """Kind 02 is ECDSA, which this protocol does not use."""
    return vkey(written(2, KEY.key), "vkey.kind")


@vector("vkey")
def key_of_31_bytes():
    """A key of the known kind has 32 bytes."""
    return vkey(written(1, KEY.key[:31]), "vkey.kind")


@vector("vkey")
def id_of_another_key():
    """The id is not that of the name and the key."""
    return vkey(written(1, KEY.key, key_id=STRANGER.id), "vkey.id")
