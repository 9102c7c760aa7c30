"""Decisions by script: what a beneficiary's people, lists and books would say, keyed by destination address."""

import hashlib
from pathlib import Path
from typing import Final

from carnet.envelope.payload import Payload
from carnet.errors import Code
from carnet.exchange.beneficiary import Verdict
from carnet.messages import Check, Decision, OfferHeader
from carnet_node.config import DecisionsConfig
from carnet_node.errors import ConfigError


class ScriptedDecisions:
    """Decides as *config* says; a hit in the screening list is a plain REJECTED, which tells nobody why.

    Raises:
        ConfigError: A file that it names cannot be read.
    """

    def __init__(self, config: DecisionsConfig) -> None:
        self._config: Final = config
        lines = None if config.wallets is None else _lines(config.wallets, "decisions.wallets")[0]
        self._wallets: Final = None if lines is None else frozenset(line.split()[0] for line in lines)
        owned = [each for each in map(str.split, lines or ()) if len(each) > 1]
        self._customers: Final = {address: customer for address, customer, *_ in owned}
        self._listed, self._list_hash = (frozenset[str](), None)
        if config.screening is not None:
            self._listed, self._list_hash = _lines(config.screening, "decisions.screening")

    async def decide(self, header: OfferHeader, payload: Payload, *, checks: int, now: int) -> Verdict:
        """Return what becomes of an offer that has passed all examinations."""
        address, told = payload.transfer.destination_address, payload.transfer.beneficiary_customer
        decision, code = self._decision(address)
        if told is not None and self.customer(address) not in {None, told}:  # whose it is, only we say
            decision, code = Decision.REJECTED, Code.UNKNOWN_BENEFICIARY
        screened = self._list_hash is not None
        return Verdict(
            decision=decision,
            code=code,
            checks=checks | Check.SCREENED if screened else checks,
            until=header.expires if decision is Decision.PENDING else None,
            screening_lists=() if self._list_hash is None else (self._list_hash,),
            screened_at=now if screened else None,
        )

    def customer(self, address: str) -> str | None:
        """Return the pseudonym that the list of our wallets has beside *address*."""
        return self._customers.get(address)

    def _decision(self, address: str) -> tuple[Decision, Code | None]:
        config = self._config
        if address in self._listed or address in config.reject:
            return Decision.REJECTED, Code.REJECTED
        if self._wallets is not None and address not in self._wallets and config.unknown_wallet == "reject":
            return Decision.REJECTED, Code.UNKNOWN_WALLET_ADDRESS
        if address in config.pending:
            return Decision.PENDING, None
        if address in config.accept or config.default == "accept":
            return Decision.ACCEPTED, None
        return (Decision.PENDING, None) if config.default == "pending" else (Decision.REJECTED, Code.REJECTED)


def _lines(file: Path, key: str) -> tuple[frozenset[str], bytes]:
    try:
        data = file.read_bytes()
        text = data.decode()
    except OSError as error:
        raise ConfigError(f"{file}: the list ({key}) cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: the list ({key}) is not UTF-8, at byte {error.start}") from error
    lines = (line.strip() for line in text.splitlines())
    return frozenset(line for line in lines if line and not line.startswith("#")), hashlib.sha256(data).digest()
