"""A VASP whose books have its customers otherwise than they are, in a network whose transfers can be disclosed."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.coins import Coins
from carnet.disclosure.messages import AskedRecord, DisclosureRequest, RecordAnswer
from carnet.disclosure.respond import Held, show, show_cover
from carnet.envelope import tree
from carnet.envelope.payload import Payload
from carnet.envelope.payload import Transfer as PayloadTransfer
from carnet.ivms101.dialect import read
from carnet.log.record import Record, RecordOpenings, Source, derive_record, record_links
from carnet.messages import Decision, OfferHeader
from carnet.policy.tier import Tier
from carnet.testing import placeholders
from carnet.testing.ledger.batch import End, Part, ends_of, make_parts
from carnet.testing.ledger.chronicle import Conduct
from carnet.testing.ledger.plan import Interval, Plan, Transfer, Windows
from carnet.testing.ledger.society import Society, start_of
from carnet.testing.world import BITCOIN, identity_json
from carnet_audit.drill.stage import ALICE

Grouped = Callable[[Transfer], str]
"""Return the customer as whom alice's books have whoever sends this transfer."""


@final
class Books(Conduct):
    """Alice groups those who send as *grouped* says; what both ends have signed names them as they are."""

    def __init__(self, plan: Plan, grouped: Grouped) -> None:
        """Let alice add up her customers' windows again."""
        windows = Windows(plan.society)
        self._plan: Final = plan
        self._names: Final[dict[int, tuple[str, str]]] = {}
        self._intervals: Final[dict[int, Interval]] = {}
        self._held: Final[dict[bytes, Held]] = {}
        self._covers: Final[dict[bytes, RecordOpenings]] = {}
        for interval in plan.intervals():
            self._names.update({each.number: each.customers for each in interval.transfers})
            told = (replace(each, customers=(_sender(each, grouped), each.customers[1])) for each in interval.transfers)
            summed = tuple(windows.add(each, epoch=interval.epoch) for each in told)
            self._intervals[interval.number] = replace(interval, transfers=summed)

    def part(self, vasp: str, interval: Interval, part: Part) -> Part:
        """Return what *vasp* logs of *interval*: bob takes from alice's offers what they commit to."""
        del part
        made = make_parts(self._plan, self._intervals[interval.number], vasps=(vasp,), ends=self._ends)[vasp]
        if vasp == ALICE:
            self._covers.update(made.opened)
        return made

    def answer(
        self, asked: AskedRecord, request: DisclosureRequest, data: bytes, path: tuple[bytes, ...]
    ) -> RecordAnswer:
        """Return alice's answer about the record *data*: the truth, for what she shows must lead to what is signed."""
        if asked.entry in self._covers:
            return show_cover(Record.decode(data), self._covers[asked.entry], asked, path=path)
        return show(replace(self._held[asked.entry], path=path), asked, request)

    def _ends(self, society: Society, transfer: Transfer, *, epoch: int, coins: Coins) -> list[End]:
        """Return the ends of *transfer*, whose header stands for a payload, and whose words are signed."""
        ends = ends_of(society, transfer, epoch=epoch, coins=coins)
        first = ends[0].source
        payload = _payload(first.header, first.seed.reveal(), customers=self._names[transfer.number])
        header = replace(first.header, payload_root=tree.root(payload, seed=first.seed))
        receipt = placeholders.receipt(
            Decision.ACCEPTED,
            network=header.network,
            time=start_of(epoch),
            transfer_id=header.transfer_id,
            originator=header.originator,
            beneficiary=header.beneficiary,
            header_hash=sha256(header.encode()).digest(),
            window=ends[1].source.window,
        )
        signed = cose.sign(receipt, seed=society.keys(transfer.beneficiary).identity)
        return [replace(each, source=self._signed(each, header, signed, payload, society)) for each in ends]

    def _signed(self, end: End, header: OfferHeader, receipt: bytes, payload: Payload, society: Society) -> Source:
        """Return what the record of *end* derives from; if it is alice's, keep what she needs to disclose it."""
        header_hash = sha256(header.encode()).digest()
        source = replace(
            end.source,
            header=header,
            header_hash=header_hash,
            receipt_hash=cose.payload_hash(receipt),
            statement=replace(end.source.statement, header_hash=header_hash),
        )
        if end.vasp == ALICE:
            record, both = derive_record(source), (header.originator, header.beneficiary)
            self._held[record.entry()] = Held(
                record=record,
                path=(),
                links=record_links(source.seed, role=source.role, header_hash=header_hash, rule=source.rule),
                header=cose.sign(header, seed=society.keys(header.originator).identity),
                receipt=receipt,
                statements=tuple(cose.sign(source.statement, seed=society.keys(vasp).identity) for vasp in both),
                payload=payload,
                openings=end.openings,
            )
        return source


def _sender(transfer: Transfer, grouped: Grouped) -> str:
    return grouped(transfer) if transfer.originator == ALICE else transfer.customers[0]


def _payload(header: OfferHeader, seed: bytes, *, customers: tuple[str, str]) -> Payload:
    originator, beneficiary = customers
    return Payload(
        network=header.network,
        originator=header.originator,
        beneficiary=header.beneficiary,
        transfer_id=header.transfer_id,
        revision=header.revision,
        seed=seed,
        tier=Tier.FULL,
        identity=read(identity_json()).identity,
        transfer=PayloadTransfer(
            asset=BITCOIN,
            amount=1,
            destination_address="bc1q-not-an-address",
            originator_customer=originator,
            beneficiary_customer=beneficiary,
        ),
        quotes=(b"nobody asks for it",),
    )
