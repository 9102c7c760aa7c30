"""Logs as the texts of C2SP define them, read naively: notes, checkpoints, cosignatures, tiles, offline proofs.

Each function follows one text, line for line, and fails by an assertion; nothing is shared with the library but the
Ed25519 of libsodium.
"""

import base64
import hashlib
import urllib.request
from pathlib import Path

import nacl.exceptions
import nacl.signing

DASH = "\u2014"


def sha256(data):
    return hashlib.sha256(data).digest()


def from_base64(text):
    data = base64.b64decode(text, validate=True)
    assert base64.b64encode(data).decode() == text
    return data


def decimal(text):
    assert text.isascii()
    assert text.isdigit()
    assert text == "0" or text[0] != "0"
    return int(text)


# --- signed-note ---


def vkey(line):
    """Return the name, the id, the type and the key of a line of the form name+id+base64."""
    name, key_id, data = line.split("+", 2)
    material = from_base64(data)
    assert sha256(name.encode() + b"\n" + material)[:4].hex() == key_id
    return name, key_id, material[0], material[1:]


def signed_note(note):
    """Return the text that is signed, and the signatures: name, id in hex, what follows the id."""
    text, _, lines = note.decode().rpartition("\n\n")
    assert lines.endswith("\n")
    found = []
    for line in lines[:-1].split("\n"):
        dash, name, data = line.split(" ")
        assert dash == DASH
        signature = from_base64(data)
        found.append((name, signature[:4].hex(), signature[4:]))
    assert found
    return text + "\n", found


def holds(key, message, signature):
    try:
        nacl.signing.VerifyKey(key).verify(message, signature)
    except (nacl.exceptions.BadSignatureError, ValueError):
        return False
    return True


# --- tlog-checkpoint, tlog-cosignature ---


def checkpoint(note, log, witnesses=()):
    """Return the size, the root, and the names and times of the *witnesses* that cosigned what *log* signed."""
    text, signatures = signed_note(note)
    origin, size, root, *more = text.split("\n")
    name, key_id, kind, key = vkey(log)
    assert origin == name
    assert more == [""]
    assert kind == 1
    own = [each for each in signatures if each[:2] == (name, key_id)]
    assert own
    assert all(holds(key, text.encode(), signature) for *_, signature in own)
    cosigned = {}
    for line in witnesses:
        name, key_id, kind, key = vkey(line)
        assert kind == 4
        for _, _, blob in [each for each in signatures if each[:2] == (name, key_id)]:
            time = int.from_bytes(blob[:8], "big")
            assert holds(key, b"cosignature/v1\ntime %d\n" % time + text.encode(), blob[8:])
            cosigned[name] = time
    hashed = from_base64(root)
    assert len(hashed) == 32
    return decimal(size), hashed, cosigned


# --- RFC 6962 ---


def leaf(entry):
    return sha256(b"\0" + entry)


def tree(leaves):
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256(b"")
    k = 1
    while 2 * k < len(leaves):
        k *= 2
    return sha256(b"\1" + tree(leaves[:k]) + tree(leaves[k:]))


def climb(index, size, hashed, path):
    """Return the root that *path* leads to, as RFC 9162, section 2.1.3.2, has it."""
    assert index < size
    fn, sn, r = index, size - 1, hashed
    for p in path:
        assert sn
        if fn & 1 or fn == sn:
            r = sha256(b"\1" + p + r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = sha256(b"\1" + r + p)
        fn, sn = fn >> 1, sn >> 1
    assert sn == 0
    return r


# --- tlog-tiles ---


def fetch(prefix):
    """Return a function that reads a resource below *prefix*, a folder or a URL."""

    def get(path):
        if not str(prefix).startswith("http"):
            return Path(prefix, path).read_bytes()
        with urllib.request.urlopen(f"{prefix}/{path}", timeout=10) as answer:  # noqa: S310 - loopback
            kind = "text/plain; charset=utf-8" if path == "checkpoint" else "application/octet-stream"
            assert answer.headers["Content-Type"] == kind
            return answer.read()

    return get


def place(n, width):
    """Return <N>[.p/<W>]."""
    digits = f"{n:03}" if n < 1000 else f"{n:0{(len(str(n)) + 2) // 3 * 3}}"
    parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    return "/".join(["x" + part for part in parts[:-1]] + parts[-1:]) + (f".p/{width}" if width < 256 else "")


def resources(count, what):
    """Yield the path and the width of each tile (or bundle) of *what*, which holds *count* in all."""
    for n in range((count + 255) // 256):
        width = min(256, count - 256 * n)
        yield f"tile/{what}/{place(n, width)}", width


def read_log(prefix, log, witnesses=()):
    """Return the entries of the log at *prefix*, and who cosigned it; every tile of it is what the entries make it."""
    get = fetch(prefix)
    size, root, cosigned = checkpoint(get("checkpoint"), log, witnesses)
    entries = []
    for path, width in resources(size, "entries"):
        bundle, at = get(path), 0
        for _ in range(width):
            end = at + 2 + int.from_bytes(bundle[at : at + 2], "big")
            assert end <= len(bundle)
            entries.append(bundle[at + 2 : end])
            at = end
        assert at == len(bundle)
    leaves = [leaf(entry) for entry in entries]
    assert tree(leaves) == root
    level = 0
    while count := size // 256**level:
        span = 256**level
        hashes = [tree(leaves[i * span : (i + 1) * span]) for i in range(count)]
        for number, (path, width) in enumerate(resources(count, level)):
            assert get(path) == b"".join(hashes[256 * number : 256 * number + width])
        level += 1
    return entries, cosigned


# --- tlog-proof ---


def proof(data, entry, log, witnesses=()):
    """Return the index of *entry* in *log*, who cosigned the checkpoint of the proof *data*, and its extra data."""
    head, blank, note = data.partition(b"\n\n")
    assert blank
    first, *lines = head.decode("ascii").split("\n")
    assert first == "c2sp.org/tlog-proof@v1"
    extra = b""
    if lines[0].startswith("extra "):
        extra = from_base64(lines.pop(0).removeprefix("extra "))
    word, _, number = lines.pop(0).partition(" ")
    assert word == "index"
    path = [from_base64(line) for line in lines]
    assert all(len(each) == 32 for each in path)
    size, root, cosigned = checkpoint(note, log, witnesses)
    assert climb(decimal(number), size, leaf(entry), path) == root
    return int(number), cosigned, extra
