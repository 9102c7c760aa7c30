"""What the other ends of our transfers have in their logs: asked for, verified, kept (spec/audit.md#reports).

Before a report says that a channel's two ends agree, each of the other end's records has been shown to be in its log,
by a checkpoint that a quorum of witnesses has cosigned. Whoever does not answer, or shows nothing, is asked again, ever
more rarely; nothing that it says stops us.
"""

import asyncio
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Final

from carnet.errors import PeerError
from carnet.evidence import log_key_of, witnesses_of
from carnet.log.inclusion import MAX_ENTRIES, InclusionRequest, open_answer
from carnet.log.witness import WitnessPolicy
from carnet.secret import Secret
from carnet_node.bundles import Bundles
from carnet_node.config import ReportsConfig
from carnet_node.errors import Refused, Unreachable
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.ports import Peers
from carnet_node.reportable import open_reportable
from carnet_node.stores import report_store
from carnet_node.stores.report_store import Stored, Waiting

LOG = logger("confirming")
AT_ONCE: Final = 4096
"""Of how many transfers counterparties are asked in one round."""
ROUND_S: Final = 30.0
"""How long one counterparty is asked in one round: who answers slowly holds up nobody else for longer."""


class Confirming:
    """Asks the counterparties of *party* for the other ends' records."""

    def __init__(self, party: Party, *, peers: Peers, bundles: Bundles, config: ReportsConfig) -> None:
        self._party: Final = party
        self._peers: Final = peers
        self._bundles: Final = bundles
        self._config: Final = config

    async def collect(self, report: Stored) -> None:
        """Ask for what *report* lacks, of all counterparties that are due."""
        database, now = self._party.store.database, self._party.clock()
        found = await database.read(partial(report_store.waiting, report=report, now=now, most=AT_ONCE))
        by_name: dict[str, list[Waiting]] = defaultdict(list)
        for one in found:
            by_name[one.counterparty].append(one)
        await asyncio.gather(*(self._ask(name, those) for name, those in by_name.items()))

    async def _ask(self, vasp: str, those: Sequence[Waiting]) -> None:
        """Ask *vasp* about *those*, until an answer is none, or it has had its time."""
        end = time.monotonic() + ROUND_S
        for start in range(0, len(those), MAX_ENTRIES):
            if time.monotonic() > end or not await self._answers(vasp, those[start : start + MAX_ENTRIES]):
                await self._postpone(those[start:])
                return

    async def _answers(self, vasp: str, some: Sequence[Waiting]) -> bool:
        """Ask *vasp* about *some*, and return whether it answers as it should."""
        try:
            await self._ask_some(vasp, some)
        except (Unreachable, Refused) as error:
            LOG.warning("report.unshown", vasp=vasp, reason=str(error))
        except PeerError as error:
            LOG.warning("report.unshown", vasp=vasp, check=error.check)
        else:
            return True
        return False

    async def _ask_some(self, vasp: str, some: Sequence[Waiting]) -> None:
        key = Secret(self._party.keys.keystore.storage_key)
        opened = [
            (one, open_reportable(one.box, role=one.role, transfer_id=one.transfer_id, storage_key=key).entry)
            for one in some
        ]
        asked = [(one, entry) for one, entry in opened if entry is not None]
        missing = [one for one, entry in opened if entry is None]
        if asked:
            entries = [entry for _, entry in asked]
            answer = await self._peers.prove(vasp, InclusionRequest(entries=tuple(entries)).encode())
            bundle, directory = await self._bundles.current(vasp), self._party.trust.directory
            proofs = open_answer(
                answer,
                entries,
                origin=bundle.log_origin,
                keys=[log_key_of(bundle)],
                policy=WitnessPolicy(witnesses=tuple(witnesses_of(directory)), quorum=directory.quorum),
            )
            answered = [(one, proof) for (one, _), proof in zip(asked, proofs, strict=True)]
            shown = [(one, proof) for one, proof in answered if proof is not None]
            missing += [one for one, proof in answered if proof is None]
            await self._party.store.database.write(partial(report_store.store_shown, shown=shown))
        if missing:
            LOG.info("report.unshown", vasp=vasp, records=len(missing), reason="not in its log yet")
            await self._postpone(missing)

    async def _postpone(self, those: Sequence[Waiting]) -> None:
        """Ask about *those* again later: after a pause that doubles each time."""
        most = max(one.attempts for one in those)
        pause = min(self._config.retry_most_s, self._config.retry_first_s * 2 ** min(most, 16))
        until = self._party.clock() + pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        await self._party.store.database.write(partial(report_store.postpone, those=those, until=until))
