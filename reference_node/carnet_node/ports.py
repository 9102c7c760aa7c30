"""What the exchange asks of the world around it: small protocols, built in `carnet_node.app` alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, final

from carnet.envelope.payload import Payload
from carnet.exchange.beneficiary import Verdict
from carnet.messages import OfferHeader

Clock = Callable[[], float]
"""Return the time in seconds since the epoch."""


class Peers(Protocol):
    """The nodes of the counterparties; every call raises `Unreachable`, or `Refused` with the code they answered."""

    async def offer(self, vasp: str, message: bytes) -> bytes:
        """Return the reply to an offer."""
        ...

    async def resume(self, vasp: str, *, transfer_id: bytes, revision: int) -> bytes:
        """Return the latest reply to an offer made before."""
        ...

    async def settle(self, vasp: str, message: bytes) -> bytes:
        """Return the countersigned settlement."""
        ...

    async def cancel(self, vasp: str, message: bytes) -> bytes:
        """Return the countersigned cancellation."""
        ...

    async def bundle(self, vasp: str) -> bytes:
        """Return the newest signed bundle."""
        ...

    async def prove(self, vasp: str, request: bytes) -> bytes:
        """Return the answer of *vasp*'s log to an inclusion request."""
        ...


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """What the chain says that a transaction moved, and to where."""

    asset: str
    address: str
    amount: int


class Chain(Protocol):
    """The ledger on which value moves."""

    async def lookup(self, txid: str) -> Deposit | None:
        """Return what transaction *txid* moved, or None while the chain does not show it."""
        ...

    async def send(self, deposit: Deposit, *, reference: str) -> str:
        """Move value and return the transaction's id; for the same *reference* nothing moves twice."""
        ...


class Decisions(Protocol):
    """The people and lists of the beneficiary."""

    async def decide(self, header: OfferHeader, payload: Payload, *, checks: int, now: int) -> Verdict:
        """Return what becomes of an offer that has passed all examinations."""
        ...

    def customer(self, address: str) -> str | None:
        """Return the pseudonym of our customer whose *address* it is, if our books have one."""
        ...


class Checkpoints(Protocol):
    """What a witness does with the checkpoints of others."""

    async def add_checkpoint(self, body: bytes, *, peer: str) -> bytes:
        """Return the cosignature line for an add-checkpoint request of member *peer*; raises `PeerError`."""
        ...


class Entries(Protocol):
    """Our log, as other members may ask for it."""

    async def prove(self, body: bytes) -> bytes:
        """Return the answer to an inclusion request; raises `PeerError`."""
        ...
