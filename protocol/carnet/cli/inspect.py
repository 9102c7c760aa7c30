"""`carnet inspect`: what a file is and says, unverified; secrets and personal data stay out of sight."""

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from enum import IntEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from carnet.cli import claims, files, openings
from carnet.cli.terminal import AsJson, printable, told
from carnet.cli.verify import SIGNED
from carnet.crypto import cose
from carnet.crypto.lockbox import LockedFile
from carnet.errors import CarnetError, DecodeError
from carnet.evidence_file import MAX_FILE, MAX_HEADER, EvidenceReader, begins_evidence
from carnet.log.checkpoint import UnverifiedNote, unverified_note
from carnet.log.notice import Notice
from carnet.log.record import Record
from carnet.log.tiles import WIDTH, decode_bundle
from carnet.log.tlog_proof import decode_tlog_proof
from carnet.messages import Closing, Member, Offer, Reply, Witness, uncarry
from carnet.nesting import parse_json
from carnet.params import HASH_SIZE, MAX_DIRECTORY
from carnet.schema import Message

PLAIN: Final[tuple[type[Message], ...]] = (Member, Witness, Record, Notice, LockedFile)
"""What is neither signed nor carried, told apart by its shape."""

WIDE: Final = 400  # hashes are not cut; a terminal wraps by itself
SHOWN_BYTES: Final = 64
WITHHELD: Final = "withheld"


def inspect(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="Any object of the protocol.")], as_json: AsJson = False
) -> None:
    """Show what a file is and says; nothing is verified, and nothing is opened."""
    with files.about(path):
        found = _evidence(path, contents=as_json) or look(files.read(path, limit=MAX_DIRECTORY))
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    Console(highlight=False, width=WIDE).print(_tree(found))


def _evidence(path: Path, *, contents: bool) -> dict[str, Any] | None:
    """Return what the file of evidence at *path* holds, and if wished the *contents* of its files; None if it is none.

    Raises:
        PeerError: It begins as one, and is none.
    """
    if not path.is_file():  # a pipe, say, which can be read once
        return None
    with path.open("rb") as file:
        if not begins_evidence(file.read(MAX_HEADER)):
            return None
        reader = EvidenceReader(file)
        told = {"object": "evidence", **reader.to_json(), "size": file.seek(0, 2)}
        for each in told["files"] if contents else []:
            each["content"] = None
            with suppress(DecodeError):
                each["content"] = look(reader(each["path"], MAX_FILE))
        return told


def look(data: bytes) -> dict[str, Any]:
    """Return what *data* is and says.

    Raises:
        DecodeError: ``object.unknown``.
    """
    for attempt in (_claim, _note, _tlog_proof, _signed, _carrier, _message, _bundle, _tile):
        with suppress(DecodeError):
            return {**attempt(data), "size": len(data)}
    raise DecodeError("object.unknown", f"{len(data)} bytes")


def _claim(data: bytes) -> dict[str, Any]:
    try:
        said = parse_json(data) if data[:1] == b"{" else None
    except ValueError:
        raise DecodeError("object.json") from None
    if isinstance(said, dict) and (secrets := openings.secrets_of(said.get("type"))) is not None:
        return {"object": _called(said["type"]), "fields": dict.fromkeys(secrets, WITHHELD)}
    claim = claims.parse_claim(said)
    return {"object": _called(claim.kind), "context": claim.context, **claim.shown(), "proof": _size(len(claim.proof))}


def _called(kind: str) -> str:
    """Return the name in the `type` of a file, such as tier-claim."""
    return kind.split("/")[1]


def _tlog_proof(data: bytes) -> dict[str, Any]:
    proof = decode_tlog_proof(data)
    path = [each.hex() for each in proof.path]
    return {"object": "tlog-proof", "index": proof.index, "path": path, "checkpoint": _note_said(proof.note)}


def _note(data: bytes) -> dict[str, Any]:
    return _note_said(unverified_note(data))


def _note_said(note: UnverifiedNote) -> dict[str, Any]:
    return {
        "object": "checkpoint",
        "origin": note.checkpoint.origin,
        "entries": note.checkpoint.size,
        "root": note.checkpoint.root.hex(),
        "signatures": [{"name": name, "key_id": key_id.hex()} for name, key_id in note.signatures],
    }


def _signed(data: bytes) -> dict[str, Any]:
    typ = cose.unverified_type(data, limit=MAX_DIRECTORY)
    payload = cose.payload_of(data, limit=MAX_DIRECTORY)
    signed = {
        "signed": {"type": typ, "kid": cose.unverified_signer(data, limit=MAX_DIRECTORY).hex(), "verified": False},
        "hash": hashlib.sha256(payload).hexdigest(),
    }
    if (kind := SIGNED.get(typ)) is None:
        return {"object": "signed-object", **signed, "payload": _size(len(payload))}
    return {"object": kind.NAME, **signed, "fields": _fields(kind.decode(payload, limit=MAX_DIRECTORY))}


def _carrier(data: bytes) -> dict[str, Any]:
    for read in (partial(uncarry, Offer), partial(uncarry, Reply), partial(uncarry, Closing)):
        with suppress(DecodeError):
            said: Message = read(data)
            return {"object": said.NAME, "fields": _fields(said)}
    raise DecodeError("object.carrier")


def _message(data: bytes) -> dict[str, Any]:
    for kind in PLAIN:
        with suppress(DecodeError):
            said = kind.decode(data)
            entry = {"entry": said.entry().hex()} if isinstance(said, Record | Notice) else {}
            return {"object": kind.NAME, **entry, "fields": _fields(said)}
    raise DecodeError("object.message")


def _bundle(data: bytes) -> dict[str, Any]:
    if _is_text(data):
        raise DecodeError("object.bundle")
    at = width = 0
    while at < len(data) and width < WIDTH:
        at += 2 + int.from_bytes(data[at : at + 2], "big")
        width += 1
    items = decode_bundle(data, width=width)
    return {"object": "bundle", "items": [_item(item) for item in items]}


def _is_text(data: bytes) -> bool:
    """Tell whether *data* is text, which might be about somebody, and is no list of hashes."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def _item(item: bytes) -> Any:
    if len(item) == HASH_SIZE:
        return item.hex()
    with suppress(DecodeError):
        return _message(item)
    return _size(len(item))


def _tile(data: bytes) -> dict[str, Any]:
    if _is_text(data) or len(data) % HASH_SIZE or len(data) > WIDTH * HASH_SIZE:
        raise DecodeError("object.tile")
    return {"object": "tile", "hashes": [data[at : at + HASH_SIZE].hex() for at in range(0, len(data), HASH_SIZE)]}


def _fields(message: Message) -> dict[str, Any]:
    return {field.name: _value(getattr(message, field.name)) for field in message.FIELDS}


def _value(value: Any) -> Any:
    match value:
        case Message():
            return _fields(value)
        case tuple():
            return [_value(item) for item in value]
        case IntEnum():
            return value.name
        case bytes():
            return _bytes(value)
        case _:
            return value


def _bytes(value: bytes) -> Any:
    """Return short bytes in hex, signed objects by what they say, and of all others only size and hash."""
    if len(value) <= SHOWN_BYTES:
        return value.decode() if value.isascii() and value.startswith(b"carnet/") else value.hex()
    with suppress(CarnetError):
        return _signed(value)
    return f"{_size(len(value))}, SHA-256 {hashlib.sha256(value).hexdigest()}"


def _size(count: int) -> str:
    return f"{count} bytes"


def _tree(found: Mapping[str, Any]) -> Tree:
    tree = Tree(Text(f"{found['object']}, {_size(found['size'])}", style="bold"))
    _grow(tree, {name: value for name, value in found.items() if name not in {"object", "size"}})
    return tree


def _grow(tree: Tree, value: Any) -> None:
    pairs = value.items() if isinstance(value, Mapping) else ((f"[{at}]", item) for at, item in enumerate(value))
    for name, inner in pairs:
        label = Text(printable(str(name)), style="cyan")
        if isinstance(inner, Mapping | list) and inner:
            _grow(tree.add(label), inner)
        else:
            tree.add(Text.assemble(label, " ", (told(str(name), inner), "")))
