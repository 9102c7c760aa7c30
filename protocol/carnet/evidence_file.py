"""Evidence in one file: all that somebody needs who verifies without a network (spec/evidence.md).

The file is a sequence of messages: a header, and then files of a published folder in the order of their paths. Who
reads it takes it for the folder itself, since `EvidenceReader` is a `Read`. Nothing here opens a file: the reader takes
one that is open and can be searched, holds every length to a bound, and remembers one path in `STRIDE`.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, unique
from hashlib import sha256
from typing import Annotated, Any, Final, Protocol, final

from carnet import wire
from carnet.crypto import cose
from carnet.errors import DecodeError, VerifyError
from carnet.evidence import BUNDLE, MAX_NOTE, UnreadableError
from carnet.log.checkpoint import unverified_note
from carnet.log.tiles import CHECKPOINT, HEIGHT, WIDTH, Tile, parse_path
from carnet.messages import KeyBundle, KeyName, Name
from carnet.params import MAX_DIRECTORY, MAX_OBJECT
from carnet.schema import U8, U32, U64, Blob, Message, Text, VaspId, message

VERSION: Final = 1
MAX_FILE: Final = MAX_DIRECTORY
"""The most bytes of one file: those of the largest that a published folder may have."""
MAX_PATH: Final = 128
MAX_HEADER: Final = 1024
"""The most bytes of a header."""
STRIDE: Final = 32
"""Of how many paths one is kept in memory; the others are found from it."""

_MAX_HEAD: Final = 16 + MAX_PATH
"""The most bytes of a file's message before its data."""
_PATH_FOLLOWS: Final = b"\xa2\x01"  # a map of two, and its first key
_DATA_FOLLOWS: Final = b"\x02"

_SERIAL: Final = r"[1-9][0-9]{0,9}"
_COMMON: Final = rf"directory|bundle|checkpoint|bundles/{_SERIAL}|packs/[0-9a-f]{{64}}"
_OF_LOG: Final = re.compile(rf"{_COMMON}|report|(?:reports|windows)/{_SERIAL}|disclosures/[0-9a-f]{{64}}")
_SELECTED: Final = re.compile(r"selected/(?P<index>0|[1-9][0-9]{0,15})/(?P<what>record|proof|tlog-proof)")
_OF_SELECTION: Final = re.compile(_COMMON)


@unique
class Scope(IntEnum):
    """What a file of evidence is about."""

    LOG = 1
    SELECTION = 2


@unique
class Selected(IntEnum):
    """The three files of a selected record."""

    RECORD = 1
    PROOF = 2
    TLOG_PROOF = 3

    def path(self, index: int) -> str:
        """Return where the file of record *index* lies (spec/evidence.md#selection)."""
        return f"selected/{index}/{self.name.lower().replace('_', '-')}"


@message("evidence-header")
class EvidenceHeader(Message):
    """What comes first: of whom the evidence is, of which log at which *size*, and how many *files* follow."""

    version: U8
    scope: Scope
    network: Name
    vasp: VaspId
    origin: KeyName
    size: U64
    files: U32


@message("evidence-file")
class EvidenceFile(Message):
    """One file of a published folder."""

    path: Annotated[str, Text(MAX_PATH, 1, r"[a-z0-9./-]+")]
    data: Annotated[bytes, Blob(MAX_FILE)]


def begins_evidence(data: bytes) -> bool:
    """Tell whether *data*, of which the first `MAX_HEADER` bytes are enough, begin with the header of some evidence."""
    try:
        EvidenceHeader.decode(data[: wire.item_end(data[:MAX_HEADER])])
    except DecodeError:
        return False
    return True


class Seekable(Protocol):
    """A file that is open for reading bytes, such as `open(path, "rb")` returns."""

    def read(self, size: int, /) -> bytes:
        """Return the next *size* bytes, or those that are left."""
        ...

    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Go to *offset* from the start (0) or from the end (2), and return where that is."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the data of the file at *path* lies: *size* bytes from *start*."""

    path: str
    start: int
    size: int

    @property
    def end(self) -> int:
        """Where the next message begins."""
        return self.start + self.size


@final
class EvidenceReader:
    """Reads a file of evidence as the folder that it was made from: it is a `carnet.evidence.Read`.

    Its *header* says no more than the files do. What is in them is verified by nobody yet.
    """

    def __init__(self, file: Seekable) -> None:
        """Go once through *file*.

        Raises:
            DecodeError: ``evidence_file.…``, ``wire.…`` or ``schema.…``: not a file of evidence.
            VerifyError: ``evidence_file.header``: the header says what the files do not.
        """
        self._file: Final = file
        self._length: Final = file.seek(0, 2)
        self.header, self._first = self._header()
        self._names: Final[list[str]] = []
        self._starts: Final[list[int]] = []
        self._index()
        self._confirm()

    def __call__(self, path: str, limit: int) -> bytes:
        """Return the content of the file at *path*, of at most *limit* bytes.

        Raises:
            UnreadableError: There is none.
            DecodeError: ``evidence.size``: it is larger.
        """
        place = self._find(path)
        if place is None:
            raise UnreadableError(path, "not in this file of evidence")
        if place.size > limit:
            raise DecodeError("evidence.size", f"more than {limit} bytes")
        return self._data(place)

    def places(self) -> Iterator[Place]:
        """Yield where each file lies, in the order of their paths."""
        at = self._first
        for number in range(self.header.files):
            place = self._place(at, number)
            yield place
            at = place.end

    def to_json(self) -> dict[str, Any]:
        """Return the view of the whole that people read (spec/evidence.md#json)."""
        header = self.header
        return {
            "version": header.version,
            "scope": header.scope.name,
            "network": header.network,
            "vasp": header.vasp,
            "origin": header.origin,
            "entries": header.size,
            "files": [
                {"path": each.path, "size": each.size, "sha256": sha256(self._data(each)).hexdigest()}
                for each in self.places()
            ],
        }

    # --- the one scan ------------------------------------------------------------------------------------------------

    # (1) the header
    def _header(self) -> tuple[EvidenceHeader, int]:
        """Return the header, and where the first file begins."""
        data = self._bytes(0, min(self._length, MAX_HEADER))
        end = wire.item_end(data)
        said = wire.decode(data[:end])
        version = said.get(1) if type(said) is dict else None
        if type(version) is int and version != VERSION:
            raise DecodeError("evidence_file.version", f"version {version}")
        return EvidenceHeader.load(said), end

    # (2) to (5) the files
    def _index(self) -> None:
        """Hold every file to its form and its place, and remember one in `STRIDE`."""
        at, before = self._first, ""
        for number, place in enumerate(self.places()):
            if place.path == before:
                raise DecodeError("evidence_file.duplicate", f"file {number}")
            if place.path < before:  # ASCII: the order of the characters is that of the bytes
                raise DecodeError("evidence_file.order", f"file {number}")
            if not _belongs(place.path, self.header):
                raise DecodeError("evidence_file.path", f"file {number}")
            if number % STRIDE == 0:
                self._names.append(place.path)
                self._starts.append(at)
            at, before = place.end, place.path
        if at != self._length:
            raise DecodeError("evidence_file.trailing", f"{self._length - at} bytes")

    # (6) what the header says
    def _confirm(self) -> None:
        """Hold the header to the checkpoint and the key bundle, which are yet to be verified."""
        try:
            checkpoint = unverified_note(self(CHECKPOINT, MAX_NOTE)).checkpoint
            bundle = KeyBundle.decode(cose.payload_of(self(BUNDLE, MAX_OBJECT)))
        except UnreadableError as error:
            raise VerifyError("evidence_file.header", f"no {error.path}") from None
        said = (self.header.origin, self.header.size, self.header.vasp, self.header.network)
        if said != (checkpoint.origin, checkpoint.size, bundle.vasp, bundle.network):
            raise VerifyError("evidence_file.header")

    # --- places ------------------------------------------------------------------------------------------------------

    def _find(self, path: str) -> Place | None:
        """Return where the file at *path* lies, from the nearest path before it that is remembered."""
        mark = bisect_right(self._names, path) - 1
        if mark < 0:
            return None
        at, first = self._starts[mark], mark * STRIDE
        for number in range(first, min(first + STRIDE, self.header.files)):
            place = self._place(at, number)
            if place.path >= path:
                return place if place.path == path else None
            at = place.end
        return None

    def _place(self, at: int, number: int) -> Place:
        """Return where file *number*, whose message begins at *at*, has its data."""
        if at == self._length:
            raise DecodeError("evidence_file.count", f"{number} files of {self.header.files}")
        data = self._bytes(at, min(self._length - at, _MAX_HEAD))
        if data[:2] != _PATH_FOLLOWS:
            raise DecodeError("evidence_file.form", f"file {number}")
        major, length, begin = wire.item_head(data, len(_PATH_FOLLOWS))
        path, after = data[begin : begin + length], begin + length
        if major != wire.TEXT or length > MAX_PATH or data[after : after + 1] != _DATA_FOLLOWS:
            raise DecodeError("evidence_file.form", f"file {number}")
        major, size, start = wire.item_head(data, after + 1)
        if major != wire.BYTES:
            raise DecodeError("evidence_file.form", f"file {number}")
        if size > MAX_FILE:
            raise DecodeError("evidence_file.size", f"file {number}: {size} bytes")
        if at + start + size > self._length:
            raise DecodeError("evidence_file.truncated", f"file {number}")
        return Place(path=path.decode(errors="replace"), start=at + start, size=size)

    def _data(self, place: Place) -> bytes:
        data = self._bytes(place.start, place.size)
        if len(data) != place.size:
            raise UnreadableError(place.path, "the file of evidence has become shorter")
        return data

    def _bytes(self, at: int, size: int) -> bytes:
        self._file.seek(at)
        return self._file.read(size)


def _belongs(path: str, header: EvidenceHeader) -> bool:
    """Tell whether a file of evidence with this *header* may have a file at *path* (spec/evidence.md#files)."""
    if header.scope is Scope.SELECTION:
        found = _SELECTED.fullmatch(path)
        return int(found["index"]) < header.size if found else _OF_SELECTION.fullmatch(path) is not None
    if _OF_LOG.fullmatch(path):
        return True
    try:
        file = parse_path(path)
    except DecodeError:
        return False
    level = file.level if isinstance(file, Tile) else 0
    return file.width == min(WIDTH, (header.size >> level * HEIGHT) - file.index * WIDTH)
