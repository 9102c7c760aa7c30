"""Step 8 of the procedure: the proofs, in batches, wherever they are verified (spec/audit.md#procedure).

A log is walked bundle by bundle, and the proofs of each bundle are one job, with weights that nobody could foresee.
Whoever runs the audit says how jobs are done: one by one, by `map`, or by processes that work ahead. What is found is
told in the order of the log all the same, so that the report does not depend on it.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import final

from carnet.audit.log import LogAudit
from carnet.audit.record import RecordAudit, Waiting
from carnet.audit.report import Findings
from carnet.crypto.coins import Coins
from carnet.errors import PeerError
from carnet.zk.statement import Item, find_bad
from carnet.zk.tier import TierClaim

Refusals = Sequence[tuple[int, str]]
"""Which of a batch's proofs do not verify, by their numbers in it, and why."""
Stream = Callable[[Callable[[Sequence[Item]], Refusals], Iterable[Sequence[Item]]], Iterator[Refusals]]
"""Does one job for each batch and yields the results in order, as `map` does; it takes no more batches than it must.

The function and the batches can be pickled, if the coins can: `carnet.workers.Workers.stream` is such a stream.
"""


def refusals(items: Sequence[Item], *, coins: Coins) -> Refusals:
    """Verify *items* at once; return those that fail, each refused by itself for its own reason."""
    found = []
    for number in find_bad(items, coins=coins) if items else ():
        try:
            items[number].verify()
            found.append((number, "refused among others"))
        except PeerError as error:
            found.append((number, str(error)))
    return found


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What the walk over one bundle has left behind: entries *done*, *findings*, and proofs *waiting*."""

    done: int
    findings: Findings
    waiting: Sequence[Waiting]


@final
class ProofAudit:
    """Walks through *log*, and has the proofs beside its *records* verified.

    *pending* is where log and records note what they find; it goes to *findings* when all before it is judged.
    """

    def __init__(self, log: LogAudit, records: RecordAudit, *, pending: Findings, findings: Findings) -> None:
        self._log = log
        self._records = records
        self._pending = pending
        self._findings = findings
        self._ahead: deque[_Step] = deque()

    def steps(self, *, coins: Coins, stream: Stream) -> Iterator[int]:
        """Audit one bundle a step; yield how many entries are done."""
        for refused in stream(partial(refusals, coins=coins), self._batches()):
            step = self._ahead.popleft()
            self._findings.extend(step.findings)
            self._judge(step.waiting, refused)
            yield step.done
        self._findings.extend(self._pending)

    def _batches(self) -> Iterator[Sequence[Item]]:
        """Walk on by a bundle whenever a batch is asked for; no more steps are held than batches are under way."""
        for done in self._log.steps():
            step = _Step(done=done, findings=self._pending.take(), waiting=self._records.take())
            self._ahead.append(step)
            yield tuple(each.item for each in step.waiting)

    def _judge(self, waiting: Sequence[Waiting], refused: Refusals) -> None:
        self._records.counts.proofs += len(waiting) - len(refused)
        for number, why in refused:
            each = waiting[number]
            check = "proof.tier" if isinstance(each.item.claim, TierClaim) else "proof.zero"
            self._findings.add(check, each.where, why, index=each.index)
