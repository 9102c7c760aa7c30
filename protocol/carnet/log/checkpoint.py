"""Checkpoints: a log's signed promise about all that it has recorded (spec/log.md#checkpoints).

A checkpoint is a C2SP signed note of three lines. There is one way to write each, so two verifiers never read two
things out of one note: the grammar is one regular expression, and base64 is held to its canonical form.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType
from typing import Final, final

from carnet.crypto.sign import PUBLIC_KEY_SIZE, public_key, sign, verify
from carnet.errors import DecodeError, UsageError, VerifyError
from carnet.log.merkle import EMPTY_ROOT, HASH_SIZE
from carnet.secret import Secret

MAX_SIZE: Final = 10**16 - 1
MAX_SIGNATURES: Final = 64
KEY_ID_SIZE: Final = 4
LOG_KEY: Final = 0x01
WITNESS_KEY: Final = 0x04

NAME_FORM: Final = rb"[!-*,-~]{1,255}"
SIGNATURE_FORM: Final = rb"\xe2\x80\x94 (?P<name>" + NAME_FORM + rb") (?P<blob>[A-Za-z0-9+/]{7,8192}={0,2})\n"
_NAME: Final = re.compile(NAME_FORM)
_SIGNATURE: Final = re.compile(SIGNATURE_FORM)
_NOTE: Final = re.compile(
    rb"(?P<text>(?P<origin>" + NAME_FORM + rb")\n(?P<size>0|[1-9][0-9]{0,15})\n(?P<root>[A-Za-z0-9+/]{43}=)\n)"
    rb"\n(?P<signatures>(?:" + re.sub(rb"\?P<\w+>", rb"?:", SIGNATURE_FORM) + rb"){1,%d})" % MAX_SIGNATURES
)
_VKEY: Final = re.compile(
    r"(?P<name>" + NAME_FORM.decode() + r")\+(?P<id>[0-9a-f]{8})\+(?P<key>[A-Za-z0-9+/]+={0,2})", re.ASCII
)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a log says of itself: its name, how many entries it has, and their root."""

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        require_name(self.origin)
        if not 0 <= self.size <= MAX_SIZE or len(self.root) != HASH_SIZE:
            raise UsageError(f"a checkpoint of size {self.size} with a root of {len(self.root)} bytes")

    @property
    def text(self) -> bytes:
        """The three lines that are signed (spec/log.md#checkpoints)."""
        return b"%s\n%d\n%s\n" % (self.origin.encode(), self.size, b64encode(self.root))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class VerifierKey:
    """A public key, under the name of its owner: of a log (0x01), or of a witness (0x04)."""

    name: str
    key: bytes
    kind: int = LOG_KEY

    def __post_init__(self) -> None:
        require_name(self.name)
        if self.kind not in {LOG_KEY, WITNESS_KEY} or len(self.key) != PUBLIC_KEY_SIZE:
            raise UsageError(f"a key of kind {self.kind} with {len(self.key)} bytes")

    @property
    def id(self) -> bytes:
        """The four bytes that stand before the key's signatures (spec/log.md#keys)."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.key).digest()[:KEY_ID_SIZE]

    def __str__(self) -> str:
        """Return the key in its one-line form, ``name+id+key`` (spec/log.md#keys)."""
        return f"{self.name}+{self.id.hex()}+{b64encode(bytes([self.kind]) + self.key).decode()}"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedNote:
    """A note that is well written, and of which nothing else is known.

    *signatures* maps the name and the id of each key to what follows the id.
    """

    checkpoint: Checkpoint
    signatures: Mapping[tuple[str, bytes], bytes]

    def encode(self) -> bytes:
        """Return the note."""
        lines = (signature_line(name, key_id, blob) for (name, key_id), blob in self.signatures.items())
        return self.checkpoint.text + b"\n" + b"".join(lines)


def parse_vkey(line: str) -> VerifierKey:
    """Return the key that *line* writes out (spec/log.md#keys).

    Raises:
        DecodeError: ``vkey.form``, ``vkey.base64``, ``vkey.kind`` or ``vkey.id``.
    """
    if (found := _VKEY.fullmatch(line)) is None:
        raise DecodeError("vkey.form")
    if (data := canonical_base64(found["key"].encode())) is None:
        raise DecodeError("vkey.base64")
    if data[0] not in {LOG_KEY, WITNESS_KEY} or len(data) != 1 + PUBLIC_KEY_SIZE:
        raise DecodeError("vkey.kind", f"kind {data[0]}, {len(data) - 1} bytes")
    key = VerifierKey(name=found["name"], key=data[1:], kind=data[0])
    if key.id.hex() != found["id"]:
        raise DecodeError("vkey.id")
    return key


def named_key(name: str, key: bytes, *, kind: int) -> VerifierKey:
    """Return *key* under a *name* that came from elsewhere, and need not be one that notes can carry.

    Raises:
        DecodeError: ``evidence.name``.
    """
    if not _is_name(name):
        raise DecodeError("evidence.name")
    return VerifierKey(name=name, key=key, kind=kind)


def log_key(origin: str, seed: Secret[bytes]) -> VerifierKey:
    """Return the public half of the *seed* under which the log *origin* signs."""
    return VerifierKey(name=origin, key=public_key(seed))


def sign_checkpoint(checkpoint: Checkpoint, *, seed: Secret[bytes]) -> bytes:
    """Return *checkpoint* as a note signed by its log (spec/log.md#checkpoints)."""
    key = log_key(checkpoint.origin, seed)
    line = signature_line(key.name, key.id, sign(seed, checkpoint.text))
    return checkpoint.text + b"\n" + line


def open_checkpoint(note: bytes, *, origin: str, keys: Collection[VerifierKey]) -> Checkpoint:
    """Return what *note* says, if the log *origin* signed it with one of *keys* (spec/log.md#checkpoints).

    Raises:
        DecodeError: ``note.form``, ``note.base64`` or ``note.duplicate``.
        VerifyError: ``note.origin``, ``note.key``, ``signature`` or ``note.empty``.
    """
    return verify_note(unverified_note(note), origin=origin, keys=keys)


def verify_note(note: UnverifiedNote, *, origin: str, keys: Collection[VerifierKey]) -> Checkpoint:
    """Return what *note* says, as `open_checkpoint` does once the note has been read."""
    if any(key.name != origin or key.kind != LOG_KEY for key in keys):
        raise UsageError("a log signs under its origin, with keys of kind 0x01")
    if note.checkpoint.origin != origin:  # (4)
        raise VerifyError("note.origin")
    found = [key for key in keys if (key.name, key.id) in note.signatures]
    if not found:  # (5)
        raise VerifyError("note.key")
    for key in found:  # (6)
        verify(key.key, message=note.checkpoint.text, signature=note.signatures[key.name, key.id])
    if note.checkpoint.size == 0 and note.checkpoint.root != EMPTY_ROOT:  # (7)
        raise VerifyError("note.empty")
    return note.checkpoint


def unverified_note(note: bytes) -> UnverifiedNote:
    """Return what *note* says, whoever wrote it (spec/log.md#checkpoints).

    Raises:
        DecodeError: ``note.form``, ``note.base64`` or ``note.duplicate``.
    """
    if (found := _NOTE.fullmatch(note)) is None:  # (1)
        raise DecodeError("note.form")
    if (root := canonical_base64(found["root"])) is None:  # (2)
        raise DecodeError("note.base64", "root")
    signatures: dict[tuple[str, bytes], bytes] = {}
    for line in _SIGNATURE.finditer(found["signatures"]):
        if (data := canonical_base64(line["blob"])) is None:
            raise DecodeError("note.base64", f"signature {len(signatures)}")
        signer = line["name"].decode(), data[:KEY_ID_SIZE]
        if signer in signatures:  # (3)
            raise DecodeError("note.duplicate", f"signature {len(signatures)}")
        signatures[signer] = data[KEY_ID_SIZE:]
    checkpoint = Checkpoint(origin=found["origin"].decode(), size=int(found["size"]), root=root)
    return UnverifiedNote(checkpoint=checkpoint, signatures=MappingProxyType(signatures))


def signature_line(name: str, key_id: bytes, blob: bytes) -> bytes:
    """Return the line of a signature (spec/log.md#checkpoints)."""
    return b"\xe2\x80\x94 %s %s\n" % (name.encode(), b64encode(key_id + blob))


def canonical_base64(text: bytes) -> bytes | None:
    """Return what *text* encodes, or None if it is not the one base64 text of anything."""
    if len(text) % 4:
        return None
    data = b64decode(text)
    return data if b64encode(data) == text else None


def require_name(name: str) -> None:
    """Refuse a name that no note can carry: printable ASCII, neither space nor plus."""
    if not _is_name(name):
        raise UsageError("a name is 1 to 255 printable ASCII characters but space and plus")


def _is_name(name: str) -> bool:
    return name.isascii() and _NAME.fullmatch(name.encode()) is not None
