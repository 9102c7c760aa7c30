"""Every way to say no (spec/errors.md).

Two kinds of blame: a `UsageError` is a bug on this side, is never caught and never sent; a `PeerError` is
what a peer, a file or a log did, and names the *check* that refused it. Only the numeric `Code` of an error
crosses the wire. Messages name checks, sizes and indices, never personal data.
"""

from enum import IntEnum, unique
from typing import ClassVar


@unique
class Code(IntEnum):
    """What one node tells another about a refusal; numbers as back offices know them (spec/errors.md#codes)."""

    INTERNAL = 49
    REJECTED = 50
    UNKNOWN_WALLET_ADDRESS = 51
    UNKNOWN_BENEFICIARY = 54
    UNSUPPORTED_ASSET = 60
    COMPLIANCE_CHECK_FAIL = 90
    REFUSED = 100
    UNVERIFIED = 103
    UNOPENED = 107
    MALFORMED = 150
    MISSING_FIELDS = 153
    INCOMPLETE_IDENTITY = 154
    STALE_KEY = 160
    STALE_QUOTE = 161
    OVERCOLLECTION = 162
    OUT_OF_ORDER = 163
    EQUIVOCATION = 164
    STALE_POLICY = 165
    CANCELLED = 199


class CarnetError(Exception):
    """The root of all errors of this library."""


class UsageError(CarnetError):
    """The caller asked for something that the protocol forbids."""


class PeerError(CarnetError):
    """The peer sent something that the protocol forbids.

    *check* is a stable dotted name from spec/errors.md, such as ``inclusion.root``; *detail* holds sizes and
    indices at most.
    """

    code: ClassVar[Code]

    def __init__(self, check: str, detail: str = "") -> None:
        super().__init__(f"{check}: {detail}" if detail else check)
        self.check = check
        self.detail = detail


class DecodeError(PeerError):
    """Not the one canonical encoding of anything."""

    code = Code.MALFORMED


class VerifyError(PeerError):
    """Well formed, but a signature, proof or authentication tag is wrong."""

    code = Code.UNVERIFIED


class OrderError(PeerError):
    """Well formed and genuine, but without meaning in this state."""

    code = Code.OUT_OF_ORDER


class PolicyError(PeerError):
    """Valid and unwelcome: expired, over a limit, replayed, or of an unknown suite."""

    code = Code.REFUSED


class EquivocationError(OrderError):
    """Two different contents for what can have only one: both are kept as evidence."""

    code = Code.EQUIVOCATION
