"""The node's own log: records in, tiles and cosigned checkpoints out (spec/log.md).

The order of one step is what makes it safe to stop anywhere: (1) take what waits, add covers, shuffle; (2) write tiles
and bundles; (3) move the head, by compare-and-swap, in one transaction with the records; (4) have the checkpoint
cosigned; (5) publish it. Files of a step that did not reach (3) are overwritten by the next one; a step that did is
completed by the next one. The head in the database is the truth: a folder that is ahead of it, or of which the tiles
do not have its root, is not guessed about.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, MutableSequence, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Final, final

from carnet.errors import Code, DecodeError, PeerError
from carnet.log.checkpoint import Checkpoint, VerifierKey, log_key, sign_checkpoint, unverified_note
from carnet.log.merkle import Frontier, consistency_path, tree_root
from carnet.log.record import Record
from carnet.log.tiles import CHECKPOINT, hash_reader
from carnet.log.witness import AddCheckpoint, attach, open_cosigned, pick_line
from carnet.params import CLOCK_SKEW_S, EPOCH_S
from carnet.secret import Secret
from carnet_node.covers import Covers
from carnet_node.errors import Refused, StoreFatal, Unreachable
from carnet_node.observe import logger
from carnet_node.publish import Publisher
from carnet_node.stores import log_store
from carnet_node.stores.database import Database
from carnet_node.stores.log_store import NOTICE, Head, Item
from carnet_node.witness import stale_size

LOG: Final = logger("sequencer")
MAX_ANSWER: Final = 16_384
"""The most bytes of a witness's answer."""

Shuffle = Callable[[MutableSequence[Item]], None]
_SYSTEM: Final = random.SystemRandom()
SYSTEM_SHUFFLE: Final[Shuffle] = _SYSTEM.shuffle


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessLink:
    """A witness: under which key it cosigns, and how it is asked.

    *ask* takes the body of an add-checkpoint request and returns the body of the answer, or raises `Unreachable` or
    `Refused`.
    """

    key: VerifierKey
    ask: Callable[[bytes], Awaitable[bytes]]


class Sequencer:
    """Lets the log *origin* grow."""

    def __init__(
        self,
        *,
        database: Database,
        publisher: Publisher,
        origin: str,
        seed: Secret[bytes],
        witnesses: Sequence[WitnessLink],
        quorum: int,
        clock: Callable[[], float],
        batch: int = 1024,
        covers: Covers | None = None,
        delayed: bool = False,
        shuffle: Shuffle = SYSTEM_SHUFFLE,
    ) -> None:
        """Make a sequencer; `recover` comes before the first `step`.

        *covers* fill each batch up; without them, the log's growth shows how many transfers ended. If *delayed*, a
        record waits for a whole interval at least: whoever sees a transfer end does not see which step it comes with.
        """
        self._database: Final = database
        self._publisher: Final = publisher
        self._folder: Final = publisher.folder
        self._origin: Final = origin
        self._seed: Final = seed
        self._witnesses = tuple(witnesses)
        self._quorum = quorum
        self._done: bytes | None = None
        self._clock: Final = clock
        self._batch: Final = batch
        self._covers: Final = covers
        self._newest: int | None = 0 if delayed else None
        self._shuffle: Final = shuffle
        self._cosigned: Final[dict[str, int]] = {}
        self.grown: Final = asyncio.Event()
        """Set whenever records have come into the log; the prover waits for it, and clears it."""

    def follow(self, witnesses: Sequence[WitnessLink], *, quorum: int) -> None:
        """Have checkpoints cosigned by *quorum* of *witnesses* from now on, the one that is published first."""
        self._witnesses, self._quorum, self._done = tuple(witnesses), quorum, None

    # --- starting ----------------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """Compare the head with the folder, and complete what was left undone.

        Raises:
            StoreFatal: They contradict each other; nothing has been written.
        """
        head = await self._database.read(log_store.load_head)
        await asyncio.to_thread(self._check, head)
        if head is None:
            return
        if head.published is not None:
            await self._publisher.publish(head.published, head_size=head.size)
        self.grown.set()

    def _check(self, head: Head | None) -> None:
        """Refuse a folder that *head* does not explain."""
        size = 0 if head is None else head.size
        try:
            published = unverified_note(self._folder.read(CHECKPOINT)).checkpoint
        except FileNotFoundError:
            published = None
        except PeerError as error:
            raise StoreFatal(f"{self._folder.root}: the checkpoint is damaged ({error.check}); restore it") from error
        if published is not None and published.origin != self._origin:
            raise StoreFatal(f"{self._folder.root}: holds the log {published.origin}, not {self._origin}")
        if published is not None and published.size > size:
            raise StoreFatal(
                f"{self._folder.root}: {published.size} entries are published, the database knows {size}: it is older"
                " than the log, and going on would fork it"
            )
        if head is None:
            return
        if Frontier(size=head.size, peaks=head.peaks).root != head.root:
            raise StoreFatal("the head of the log is damaged in the database")
        self._check_root(head.size, head.size, head.root)
        if published is not None and published.size:
            self._check_root(head.size, published.size, published.root)

    def _check_root(self, size: int, of: int, root: bytes) -> None:
        """Refuse tiles for *size* entries under which the first *of* do not have *root*."""
        try:
            found = tree_root(hash_reader(self._folder.read, size=size), size=of)
        except (OSError, PeerError) as error:
            raise StoreFatal(f"{self._folder.root}: tiles are missing or damaged ({error})") from error
        if found != root:
            raise StoreFatal(f"{self._folder.root}: the tiles do not have the root of the log at size {of}")

    # --- growing -----------------------------------------------------------------------------------------------------

    async def run(self, *, interval_s: float, stopped: asyncio.Event) -> None:
        """Take a step every *interval_s* seconds, whatever the traffic, until *stopped*.

        Raises:
            StoreFatal: The log cannot go on; records still queue.
        """
        while not stopped.is_set():
            await self.step()
            try:
                await asyncio.wait_for(stopped.wait(), interval_s)
            except TimeoutError:
                continue

    async def step(self) -> None:
        """Let the log grow by what waits, and publish what its witnesses have cosigned."""
        await self._integrate()
        await self._promote()

    async def _integrate(self) -> None:
        """Steps (1) to (3)."""
        placed = await self._take()  # (1)
        if not placed:
            return
        head = await self._database.read(log_store.load_head)
        tree = Frontier() if head is None else Frontier(size=head.size, peaks=head.peaks)
        expected = tree.size
        records = [each.record for each in placed]
        entries = [sha256(record).digest() for record in records]
        await asyncio.to_thread(self._folder.grow, tree, entries, records)  # (2)
        checkpoint = Checkpoint(origin=self._origin, size=tree.size, root=tree.root)
        new = Head(
            size=tree.size,
            root=tree.root,
            peaks=tree.peaks,
            checkpoint=sign_checkpoint(checkpoint, seed=self._seed),
        )
        now = int(self._clock())
        await self._database.write(
            partial(log_store.replace_head, new=new, expected=expected, placed=placed, now=now)
        )  # (3)
        LOG.info("log.grown", size=new.size, records=len(placed))
        self.grown.set()

    async def _take(self) -> list[Item]:
        """Return what waits, and covers, in an order that tells nothing."""
        taken = await self._database.read(partial(log_store.queued, most=self._batch, newest=self._newest))
        if self._newest is not None:
            self._newest = await self._database.read(log_store.newest_queued)
        if self._covers is not None:
            transfers = [each.record for each in taken if each.role != NOTICE]
            epochs = self._epochs(transfers, self._covers.missing(len(taken)))
            taken += await asyncio.to_thread(self._covers.make, epochs)
        self._shuffle(taken)
        return taken

    def _epochs(self, transfers: Sequence[bytes], how_many: int) -> list[int]:
        """Return epochs for so many covers, drawn from those of the *transfers* that they stand among."""
        if not transfers:
            return [int(self._clock()) // EPOCH_S] * how_many
        return [Record.decode(_SYSTEM.choice(transfers)).epoch for _ in range(how_many)]

    async def _promote(self) -> None:
        """Steps (4) and (5), unless the head is published already, cosigned by a quorum of today's witnesses."""
        head = await self._database.read(log_store.load_head)
        if head is None or self._is_done(head):
            return
        answers = await asyncio.gather(*(self._ask(witness, head) for witness in self._witnesses))  # (4)
        lines = [answer for answer in answers if isinstance(answer, bytes)]
        objections = [answer for answer in answers if isinstance(answer, StoreFatal)]
        if len(objections) >= max(1, self._quorum):  # as many as may have made a checkpoint that we do not know
            raise objections[0]
        if len(lines) < self._quorum:
            LOG.warning("log.uncosigned", size=head.size, detail=f"{len(lines)} of {self._quorum} witnesses")
            return
        note = attach(head.checkpoint, lines)
        await self._database.write(partial(log_store.store_published, note=note))
        await self._publisher.publish(note, head_size=head.size)  # (5)
        LOG.info("log.published", size=head.size)

    def _is_done(self, head: Head) -> bool:
        """Whether *head* is published with the cosignatures that it needs now; what was found so stays so."""
        note = head.published
        if note is None or unverified_note(note).checkpoint.size != head.size:
            return False
        if note != self._done:
            keys, witnesses = [log_key(self._origin, self._seed)], [each.key for each in self._witnesses]
            try:
                open_cosigned(note, origin=self._origin, keys=keys, witnesses=witnesses, quorum=self._quorum)
            except PeerError:
                return False
            self._done = note
        return True

    # --- witnesses ---------------------------------------------------------------------------------------------------

    async def _ask(self, witness: WitnessLink, head: Head) -> bytes | StoreFatal | None:
        """Return the cosignature line of *witness*, or None if it does not answer as it should.

        What it objects, that it has seen another history of our log, is not signed: one that lies must not stop us.
        """
        name = witness.key.name
        try:
            for _ in range(2):  # the second time from where the witness says that it stands
                body = await asyncio.to_thread(self._request, head, self._cosigned.get(name, 0))
                answer = await witness.ask(body)
                if (size := stale_size(answer)) is None:
                    return self._verified(witness, head, answer)
                if size > head.size:
                    LOG.error("log.behind", witness=name, size=size)
                    return StoreFatal(
                        f"witness {name} has cosigned {size} entries of this log, which has {head.size}: the database"
                        " is older than the log"
                    )
                self._cosigned[name] = size
        except Unreachable:
            LOG.warning("witness.unreachable", witness=name)
        except Refused as refusal:
            if refusal.code == Code.UNVERIFIED:
                return await self._fork(name, head)
            LOG.warning("witness.refused", witness=name, code=refusal.code)
        except PeerError as error:
            LOG.warning("witness.wrong", witness=name, check=error.check)
        return None

    def _request(self, head: Head, known: int) -> bytes:
        """Return the request that leads a witness from *known* entries to *head*."""
        path = []
        if known:
            read = hash_reader(self._folder.read, size=head.size)
            path = consistency_path(read, old_size=known, new_size=head.size)
        return AddCheckpoint(old_size=known, path=tuple(path), note=unverified_note(head.checkpoint)).encode()

    def _verified(self, witness: WitnessLink, head: Head, answer: bytes) -> bytes:
        """Return that line of *answer* by which *witness* cosigns *head*."""
        if len(answer) > MAX_ANSWER:
            raise DecodeError("witness.form", f"{len(answer)} bytes")
        line = pick_line(answer, witness.key)
        keys = [log_key(self._origin, self._seed)]
        note = attach(head.checkpoint, [line])
        _, (found,) = open_cosigned(note, origin=self._origin, keys=keys, witnesses=[witness.key], quorum=1)
        if abs(found.time - self._clock()) > CLOCK_SKEW_S:
            raise DecodeError("witness.time", f"{found.time}")
        self._cosigned[witness.key.name] = head.size
        return line

    async def _fork(self, witness: str, head: Head) -> StoreFatal:
        """Keep what *witness* refused: it has been shown another history of our log."""
        request = await asyncio.to_thread(self._request, head, self._cosigned.get(witness, 0))
        now = int(self._clock())
        await self._database.write(
            partial(log_store.keep_fork, witness=witness, ours=head.checkpoint, request=request, time=now)
        )
        LOG.error("log.fork", witness=witness, size=head.size)
        return StoreFatal(f"witness {witness} refuses size {head.size} of this log as a fork; the evidence is kept")
