"""Replies, as they travel: a receipt, and the statement that a rejection ends with (spec/exchange.md#receipts)."""

from dataclasses import dataclass
from typing import final

from carnet.crypto import cose
from carnet.errors import DecodeError, PolicyError, VerifyError
from carnet.exchange.closing import open_statement
from carnet.identity.directory import Trust
from carnet.messages import Decision, OfferHeader, Receipt, Reply, TerminalStatement, carry, uncarry
from carnet.params import CLOCK_SKEW_S, SUITE


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedReply:
    """A *receipt* that the beneficiary has signed, its hash, and its *terminal* statement if it rejects."""

    receipt: Receipt
    receipt_hash: bytes
    terminal: TerminalStatement | None


def seal_reply(receipt: bytes, *, terminal: bytes | None = None) -> bytes:
    """Return signed *receipt*, and signed *terminal* if there is one, as they travel."""
    return carry(Reply(receipt=receipt, terminal=terminal))


def open_reply(data: bytes, *, header: OfferHeader, header_hash: bytes, trust: Trust) -> OpenedReply:
    """Return the reply *data* to the offer with *header*, if the beneficiary of that offer has signed all of it.

    Raises:
        DecodeError: Not a reply, or ``receipt.form``: a terminal statement without a rejection, or the reverse.
        VerifyError: Not signed by the beneficiary, or ``receipt.offer``: about another or a later offer.
        PolicyError: ``receipt.suite``, or what `open_statement` raises.
    """
    reply = uncarry(Reply, data)
    receipt = cose.open_signed(
        Receipt, reply.receipt, resolve=lambda _claim, kid: trust.identity_of(header.beneficiary, kid)
    )
    if receipt.suite != SUITE:
        raise PolicyError("receipt.suite", f"{receipt.suite}")
    if _named(receipt) != _named(header) or receipt.header_hash != header_hash:
        raise VerifyError("receipt.offer")
    if receipt.time < header.issued - CLOCK_SKEW_S:
        raise VerifyError("receipt.time")
    if (receipt.decision is Decision.REJECTED) != (reply.terminal is not None):
        raise DecodeError("receipt.form")
    terminal = None
    if reply.terminal is not None:
        terminal = open_statement(
            reply.terminal,
            resolve=lambda _claim, kid: trust.identity_of(header.beneficiary, kid),
            network=header.network,
        )
    return OpenedReply(receipt=receipt, receipt_hash=cose.payload_hash(reply.receipt), terminal=terminal)


def _named(part: OfferHeader | Receipt) -> tuple[str, bytes, int, str, str]:
    return part.network, part.transfer_id, part.revision, part.originator, part.beneficiary
