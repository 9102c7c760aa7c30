"""Effects, at least once: what must leave the node leaves it, however often it stops in between.

The table says what remains to be done; memory only says when. An effect is taken out of the table in the transaction
that stores its result, so that a crash repeats it and never loses it. Effects of one transfer run one after another.
"""

import asyncio
import heapq
import random
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Final

from carnet.errors import PeerError
from carnet_node.config import OffersConfig
from carnet_node.errors import NodeError, StoreFatal
from carnet_node.observe import logger
from carnet_node.outbound import Later
from carnet_node.stores.unit import Effect, Store

LOG = logger("outbox")
Handler = Callable[[Effect], Awaitable[None]]


class Outbox:
    """Runs the effects of *store*, each by the handler of its kind."""

    def __init__(
        self, store: Store, handlers: Mapping[str, Handler], *, config: OffersConfig, clock: Callable[[], float]
    ) -> None:
        self._store: Final = store
        self._handlers: Final = handlers
        self._config: Final = config
        self._clock: Final = clock
        self._heap: list[tuple[float, int]] = []
        self._effects: dict[int, Effect] = {}
        self._busy: set[bytes] = set()
        self._running: set[asyncio.Task[None]] = set()
        self._wake = asyncio.Event()

    @property
    def depth(self) -> int:
        """How much remains to be done."""
        return len(self._effects)

    def put(self, effects: list[Effect]) -> None:
        """Take note of *effects* that are in the table."""
        for effect in effects:
            self._effects[effect.id] = effect
            heapq.heappush(self._heap, (effect.not_before, effect.id))
        if effects:
            self._wake.set()

    def hurry(self) -> None:
        """Try everything again now."""
        self._heap = [(0.0, key) for key in self._effects]
        self._wake.set()

    async def run(self) -> None:
        """Run effects until cancelled; what the table still held when the node stopped comes first."""
        self.put([effect for effect in self._store.effects() if effect.id not in self._effects])
        try:
            while True:
                self._wake.clear()
                wait = self._start_due()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), wait)
        finally:
            for task in self._running:
                task.cancel()
            await asyncio.gather(*self._running, return_exceptions=True)

    def _start_due(self) -> float | None:
        """Start what is due and may run, and return how long nothing else will be."""
        blocked = []
        wait = None
        while self._heap:
            due, key = self._heap[0]
            effect = self._effects.get(key)
            if effect is None or effect.not_before > due > 0:
                heapq.heappop(self._heap)  # done, or postponed
                continue
            if due > self._clock():
                wait = max(0.0, due - self._clock())
                break
            if len(self._running) >= self._config.in_flight:
                break  # one that ends will wake us
            heapq.heappop(self._heap)
            if effect.transfer_id in self._busy:
                blocked.append((due, key))
                continue
            self._busy.add(effect.transfer_id)
            task = asyncio.create_task(self._attempt(effect))
            self._running.add(task)
            task.add_done_callback(self._finished)
        for item in blocked:
            heapq.heappush(self._heap, item)
        return wait

    async def _attempt(self, effect: Effect) -> None:
        try:
            await self.attempt(effect)
        except StoreFatal as error:
            LOG.critical("store.fatal", error=str(error))
        finally:
            self._busy.discard(effect.transfer_id)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)  # first, or whoever wakes finds no room for the next
        self._wake.set()

    async def attempt(self, effect: Effect) -> None:
        """Run *effect* once, and postpone it if something remains to be done."""
        try:
            await self._handlers[effect.kind](effect)
        except Later as later:
            await self._postpone(effect, later.problem)
        except PeerError as error:
            await self._postpone(effect, error.check)
        except NodeError as error:
            await self._postpone(effect, str(error))
        except Exception as error:
            LOG.critical("effect.failed", effect=effect.kind, transfer=effect.transfer_id.hex(), exc_info=error)
            await self._postpone(effect, type(error).__name__)
        else:
            self._effects.pop(effect.id, None)

    async def _postpone(self, effect: Effect, problem: str) -> None:
        first = self._config.poll_first_s if effect.kind == "poll" else self._config.retry_first_s
        longest = min(self._config.retry_most_s, first * 2 ** min(effect.attempts, 16))
        due = self._clock() + longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, no secret
        LOG.debug("effect.postponed", effect=effect.kind, transfer=effect.transfer_id.hex(), reason=problem)
        await self._store.write(lambda unit: unit.postpone(effect, not_before=due, problem=problem))
        later = replace(effect, attempts=effect.attempts + 1, not_before=due)
        self.put([later])
