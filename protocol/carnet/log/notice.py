"""What is logged besides records: that a report was issued, that something was disclosed (spec/log.md#notices).

A notice stands among the records of a log, where its kind tells it from them. It names by a hash what it speaks of,
has no proof beside it, and says nothing of any transfer.
"""

import hashlib
from enum import IntEnum, unique
from typing import Final

from carnet import wire
from carnet.errors import DecodeError
from carnet.log.record import Record, read_record
from carnet.params import MAX_OBJECT
from carnet.schema import U32, Hash, Message, message

KIND: Final = 1
"""The key of the field by which records and notices are told apart."""


@unique
class NoticeKind(IntEnum):
    """What a notice tells; the numbers of records' kinds lie below."""

    REPORT = 32
    DISCLOSURE = 33


@message("notice")
class Notice(Message):
    """A line of a log that is no record.

    *epoch* is that of the report, or the day of the disclosure. *hash* is SHA-256 of a report, or a salted hash of what
    was disclosed, which can be opened later.
    """

    kind: NoticeKind
    epoch: U32
    hash: Hash

    def entry(self) -> bytes:
        """Return the log's entry for this notice: SHA-256 of its encoding."""
        return hashlib.sha256(self.encode()).digest()


LogItem = Record | Notice
_RECORD: Final = b"\xac"
"""How each record begins, as a map of twelve; a notice is one of three."""
_KINDS: Final = frozenset(int(kind) for kind in NoticeKind)


def decode_item(data: bytes) -> LogItem:
    """Return the record or the notice that *data* encodes (spec/log.md#notices).

    Raises:
        DecodeError: It is the one encoding of neither.
    """
    if data[:1] == _RECORD:
        return read_record(data)
    value = wire.decode(data, limit=MAX_OBJECT)
    if type(value) is not dict:
        raise DecodeError("schema.type", Record.NAME)
    if value.get(KIND) in _KINDS:
        return Notice.load(value)
    return Record.load(value)
