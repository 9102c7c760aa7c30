"""spec/envelope.md and what it needs of spec/crypto.md, from the pages alone: shares no code with the library.

What a payload's fields are called and which of them nest is read from the tables of the specification.
"""

import hmac
import re
from hashlib import sha256
from pathlib import Path

from nacl.signing import VerifyKey

from oracle.cbor import read, write

SPEC = Path(__file__).parents[2] / "spec"
SIZES = (128, 256, 512)


# --- tables: name of a message -> [(key, label, type, optional)] ---


def _tables():
    found = {}
    for page in SPEC.glob("*.md"):
        lines = page.read_text(encoding="utf-8").splitlines()
        for at, line in enumerate(lines):
            heading = re.match(r"#{2,4} (\w+)\s*$", line) or re.match(r"<!-- table: message ([a-z0-9-]+) -->", line)
            if heading is None:
                continue
            rows, below = [], at + 1
            while below < len(lines) and not lines[below].startswith(("|", "#", "<!-- table")):
                below += 1
            while below < len(lines) and lines[below].startswith("|"):
                cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", lines[below].strip()[1:-1])]
                if len(cells) >= 4 and cells[0].isdigit() and cells[3] in {"required", "optional"}:
                    rows.append((int(cells[0]), cells[1], cells[2].replace("\\|", "|"), cells[3] == "optional"))
                below += 1
            if rows:
                name = heading[1]
                found["".join(part.capitalize() for part in name.split("-")) if "-" in name else name] = rows
    found.setdefault("Payload", found.get("payload"))
    return found


TABLES = _tables()


# --- leaves, root, padding ---


def table_of(kind):
    """The table of message *kind*; a name with one word is written small in a marker."""
    return TABLES.get(kind) or TABLES.get(kind[:1].lower() + kind[1:])


def flattened(fields, kind, at=""):
    """(path, value) of every leaf below an encoded message of *kind*."""
    for key, label, type_, _ in table_of(kind):
        path = f"{at}/{label}"
        if key not in fields:
            yield path, None
        else:
            yield from one(fields[key], type_, path)


def one(value, type_, path):
    """The leaves of one value that is there."""
    item = re.fullmatch(r"\[\d+\.\.\d+ (.*)\]", type_)
    if item:
        yield path, len(value)
        for index, each in enumerate(value):
            yield from one(each, item[1], f"{path}/{index}")
    elif isinstance(value, dict):
        yield from flattened(value, type_, path)
    else:
        yield path, value


def hkdf(secret, info, length=32):
    """RFC 5869, with an empty salt."""
    key = hmac.digest(bytes(32), secret, "sha256")
    out = block = b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def derive(seed, label, *context, length=32):
    return hkdf(seed, write(["carnet/v1/" + label, *context]), length)


def payload_root(encoded):
    """The root of an encoded payload; None if it has too many leaves."""
    fields = read(encoded)
    seed = fields[6]
    hashes = [
        sha256(b"\0" + derive(seed, "leaf", path) + write([path, value])).digest()
        for path, value in flattened(fields, "Payload")
    ]
    sizes = [size for size in SIZES if size >= len(hashes)]
    if not sizes:
        return None
    padding = range(sizes[0] - len(hashes))
    hashes += [sha256(b"\0" + derive(seed, "pad", index) + write([None, None])).digest() for index in padding]
    return top(sorted(hashes))


def top(hashes):
    """The root above *hashes*, whose number is a power of two."""
    if len(hashes) == 1:
        return hashes[0]
    half = len(hashes) // 2
    return sha256(b"\1" + top(hashes[:half]) + top(hashes[half:])).digest()


def padme(length):
    if length < 2:
        return length
    exponent = length.bit_length() - 1
    step = 2 ** (exponent - exponent.bit_length())
    return -(-length // step) * step


def padded(data, floor):
    framed = len(data).to_bytes(4, "big") + data
    return framed + bytes(max(floor, padme(len(framed))) - len(framed))


# --- headers and settlements ---


def open_header(signed, public):
    """The fields of a signed offer header, and its hash; raises if the signature is not *public*'s."""
    protected, unprotected, payload, signature = read(signed)
    kid = sha256(b"carnet/kid/v1" + public).digest()[:8]
    assert read(protected) == {1: -8, 4: kid, 16: "application/carnet.offer+cbor"}
    assert unprotected == {}
    VerifyKey(public).verify(write(["Signature1", protected, b"", payload]), signature)
    return read(payload), sha256(payload).digest()


def info(fields):
    """What the ciphertext is bound to."""
    return sha256(b"carnet/offer/v1" + write({key: value for key, value in fields.items() if key != 18})).digest()


def salted_txid(seed, txid):
    return sha256(derive(seed, "txid") + txid.encode()).digest()
