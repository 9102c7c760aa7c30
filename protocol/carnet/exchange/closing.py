"""Settlement and cancellation, as they travel (spec/exchange.md#endings).

The statement is signed by both ends over the same bytes. A settlement also carries the transaction's id, sealed under
a key that only the two ends can derive; what the statement shows of it is a salted hash.
"""

import hashlib
from collections.abc import Callable

from carnet.crypto import cose
from carnet.crypto.kdf import Deriver
from carnet.crypto.lockbox import open_box, seal_box
from carnet.errors import DecodeError, PolicyError, VerifyError
from carnet.messages import Closing, OfferHeader, Phase, TerminalStatement, carry, uncarry
from carnet.params import SUITE
from carnet.secret import Secret

MAX_TXID = 128


def terminal_statement(
    *, header: OfferHeader, header_hash: bytes, ending: Phase, time: int, salted_txid: bytes | None = None
) -> TerminalStatement:
    """Return the statement that the transfer of *header* ended as *ending*, which both ends sign."""
    return TerminalStatement(
        suite=SUITE,
        network=header.network,
        transfer_id=header.transfer_id,
        revision=header.revision,
        originator=header.originator,
        beneficiary=header.beneficiary,
        header_hash=header_hash,
        state=ending,
        time=time,
        salted_txid=salted_txid,
    )


def salted_txid(seed: Secret[bytes], txid: str) -> bytes:
    """Return what a statement shows of *txid*: its hash under a salt that both ends derive from the seed."""
    return hashlib.sha256(Deriver(seed).derive("txid") + txid.encode()).digest()


def seal_closing(statement: bytes, *, seed: Secret[bytes] | None = None, txid: str | None = None) -> bytes:
    """Return signed *statement* as it travels, with *txid* sealed under a key from *seed* if there is one."""
    sealed = None
    if seed is not None and txid is not None:
        key, nonce = _txid_box(seed, txid)
        sealed = seal_box(key, txid.encode(), context=b"carnet/txid/v1", coins=lambda _count: nonce)
    return carry(Closing(statement=statement, sealed_txid=sealed))


def open_closing(
    data: bytes, *, resolve: Callable[[TerminalStatement, bytes], bytes], network: str
) -> tuple[TerminalStatement, Closing]:
    """Return the statement in *data*, signed by whom *resolve* says, and the carrier that it came in.

    Raises:
        DecodeError: Not a closing.
        VerifyError: Not signed by that party.
        PolicyError: ``terminal.suite`` or ``terminal.network``.
    """
    closing = uncarry(Closing, data)
    return open_statement(closing.statement, resolve=resolve, network=network), closing


def open_statement(
    data: bytes, *, resolve: Callable[[TerminalStatement, bytes], bytes], network: str
) -> TerminalStatement:
    """Return the statement in signed object *data*; raises as `open_closing` does."""
    statement = cose.open_signed(TerminalStatement, data, resolve=resolve)
    if statement.suite != SUITE:
        raise PolicyError("terminal.suite")
    if statement.network != network:
        raise PolicyError("terminal.network")
    return statement


def open_txid(closing: Closing, statement: TerminalStatement, *, seed: Secret[bytes]) -> str:
    """Return the transaction id of a settlement.

    Raises:
        VerifyError: ``box.open``, or ``settle.txid``: not the one that the statement names.
        DecodeError: ``settle.form``: a settlement without one, or not text.
    """
    if closing.sealed_txid is None or statement.salted_txid is None or statement.state is not Phase.SETTLED:
        raise DecodeError("settle.form")
    key = _txid_key(seed, statement.salted_txid)
    opened = open_box(key, closing.sealed_txid, context=b"carnet/txid/v1")
    try:
        txid = opened.decode()
    except UnicodeDecodeError as error:
        raise DecodeError("settle.form") from error
    if len(txid) > MAX_TXID or salted_txid(seed, txid) != statement.salted_txid:
        raise VerifyError("settle.txid")
    return txid


def _txid_key(seed: Secret[bytes], salted: bytes) -> Secret[bytes]:
    return Secret(Deriver(seed).derive("txid-key", salted))


def _txid_box(seed: Secret[bytes], txid: str) -> tuple[Secret[bytes], bytes]:
    """Return key and nonce for *txid*: the key is used for it alone, so that a retry seals the same bytes."""
    salted = salted_txid(seed, txid)
    return _txid_key(seed, salted), Deriver(seed).derive("txid-nonce", salted, length=24)
