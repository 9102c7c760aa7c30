"""A network in memory: nodes that play both sides, a clock, a chain, and faults, all from one seed.

A `Node` does what a real one must: it decodes, advances, stores, and only then sends. Its `Disk` is all that survives
a crash, and is replaced as a whole, as a transaction is. The `Network` drops, duplicates, delays and reorders what is
sent, and can kill a node at any point of its work; nodes retry until they are answered.
"""

import hashlib
import heapq
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Final, final

from carnet.crypto import cose
from carnet.envelope.offer import check_parties, check_validity, open_header
from carnet.envelope.payload import Payload
from carnet.errors import PeerError, PolicyError
from carnet.exchange import beneficiary, originator
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.closing import open_closing, open_txid, salted_txid, seal_closing
from carnet.exchange.counters import EMPTY, CounterWindow
from carnet.exchange.examination import examine
from carnet.exchange.reply import open_reply, seal_reply
from carnet.exchange.states import (
    Answer,
    Countersign,
    Move,
    PutOnRecord,
    Replay,
    SendClosing,
    SendOffer,
    Step,
    TransferState,
)
from carnet.log.record import Record, Source, derive_record
from carnet.messages import Decision, OfferHeader, Phase, Role, TerminalStatement
from carnet.params import MAX_REVISIONS
from carnet.secret import Secret
from carnet.testing.disk import Disk, Killed
from carnet.testing.world import NETWORK, Vasp, World, make_world

RETRY_S: Final = 60
LATENCY_S: Final = 1
ACCEPT: Final = Verdict(decision=Decision.ACCEPTED)

Decide = Callable[[Payload], Verdict]


@final
@dataclass(frozen=True, slots=True, order=True)
class _Parcel:
    due: int
    number: int
    kind: str
    sender: str
    receiver: str
    data: bytes


@final
class Network:
    """Carries what nodes send, badly: *loss*, *doubling* and *delay* say how badly."""

    def __init__(
        self, world: World | None = None, *, seed: int = 0, loss: float = 0, doubling: float = 0, delay: int = 0
    ) -> None:
        self.world = world or make_world()
        self.random = random.Random(seed)  # noqa: S311 - faults, not secrets
        self.loss, self.doubling, self.delay = loss, doubling, delay
        self.now = self.world.now
        self.nodes = {name: Node(vasp, self) for name, vasp in self.world.vasps.items()}
        self.chain: set[str] = set()
        self.wire: list[_Parcel] = []
        self.refusals: list[tuple[str, str]] = []
        self.kill: tuple[str, int] | None = None
        self.points = 0
        self._parcels: list[_Parcel] = []
        self._numbers: Iterator[int] = count()

    def send(self, kind: str, *, sender: str, receiver: str, data: bytes) -> None:
        """Send *data*, which may get lost, or arrive twice, or late."""
        for _ in range(1 + (self.random.random() < self.doubling)):
            if self.random.random() < self.loss:
                continue
            due = self.now + LATENCY_S + (self.random.randrange(self.delay) if self.delay else 0)
            heapq.heappush(self._parcels, _Parcel(due, next(self._numbers), kind, sender, receiver, data))

    def run(self, seconds: int) -> None:
        """Let time pass: deliver what is due, and let every node work once a minute."""
        end = self.now + seconds
        while True:
            tick = self.now - self.now % RETRY_S + RETRY_S
            due = self._parcels[0].due if self._parcels else tick
            if min(due, tick) > end:
                break
            self.now = max(self.now, min(due, tick))
            if self._parcels and due <= tick:
                self._deliver(heapq.heappop(self._parcels))
            else:
                for node in self.nodes.values():
                    node.work()
        self.now = end

    def _deliver(self, parcel: _Parcel) -> None:
        self.wire.append(parcel)
        node = self.nodes[parcel.receiver]
        for kind, data in node.receive(parcel.kind, parcel.data, peer=parcel.sender):
            self.send(kind, sender=parcel.receiver, receiver=parcel.sender, data=data)

    def point(self, name: str) -> None:
        """Mark a point in the work of node *name* at which it may be killed, and is if it is time."""
        if self.kill is None or self.kill[0] == name:
            self.points += 1
        if self.kill == (name, self.points):
            self.kill = None
            raise Killed

    def outcome(self, name: str, transfer_id: bytes) -> Phase | None:
        """Return how *transfer_id* ended for node *name*."""
        return self.nodes[name].state(transfer_id).outcome


@final
class Node:
    """One VASP: what it has stored, and how it decides; *pays* makes it broadcast what is accepted."""

    def __init__(self, vasp: Vasp, network: Network) -> None:
        self.vasp, self.network = vasp, network
        self.name = vasp.name
        self.disk = Disk()
        self.decide: Decide = lambda _payload: ACCEPT
        self.repair: Callable[[Payload, Any], Payload] | None = None
        self.pays = False

    def state(self, transfer_id: bytes) -> TransferState:
        """Return where *transfer_id* stands, as stored."""
        return TransferState.decode(self.disk.states[transfer_id])

    def header(self, transfer_id: bytes) -> OfferHeader:
        """Return the last header of *transfer_id*."""
        return self.disk.headers[self.state(transfer_id).header_hash or b""]

    def records(self, transfer_id: bytes) -> tuple[Record, ...]:
        """Return all that was put on record about *transfer_id*: one, if all is well."""
        return self.disk.records.get(transfer_id, ())

    # --- what the people and the chain want ---

    def offer(self, payload: Payload, *, lifetime: int = 3600) -> bytes:
        """Offer *payload*; return the transfer's id."""

        def act(disk: Disk) -> None:
            draft = originator.draft(transfer_id=payload.transfer_id, beneficiary=payload.beneficiary)
            disk.states.setdefault(payload.transfer_id, draft.encode())
            self._offer(disk, payload, lifetime=lifetime)

        self._transact(act)
        return payload.transfer_id

    def broadcast(self, transfer_id: bytes, txid: str) -> None:
        """Put transaction *txid* on the chain, and settle it."""
        self._transact(lambda disk: self._broadcast(disk, transfer_id, txid))

    def end(self, transfer_id: bytes, move: Move) -> None:
        """Let the originator cancel, or learn from the chain."""
        self._originate(transfer_id, originator.Ended(move=move, network=NETWORK, originator=self.name))

    def alone(self, transfer_id: bytes, reason: str) -> None:
        """Go on without a counterparty."""
        self._originate(transfer_id, originator.Alone(reason=reason))

    def see(self, transfer_id: bytes, move: Move, txid: str | None = None) -> None:
        """Let the beneficiary learn from the chain."""

        def act(disk: Disk) -> None:
            state = TransferState.decode(disk.states[transfer_id])
            header, payload = disk.headers[state.header_hash or b""], disk.payloads[state.header_hash or b""]
            salted = None if txid is None else salted_txid(Secret(payload.seed), txid)
            event = beneficiary.Seen(move=move, header=header, salted_txid=salted)
            self._apply(disk, beneficiary.advance(state, event, now=self.network.now))

        self._transact(act)

    def answer(self, transfer_id: bytes, verdict: Verdict) -> None:
        """Decide what is pending."""

        def act(disk: Disk) -> None:
            state = TransferState.decode(disk.states[transfer_id])
            header = disk.headers[state.header_hash or b""]
            event = beneficiary.Decided(header=header, verdict=verdict, counter=self._number(disk, header.originator))
            self._apply(disk, beneficiary.advance(state, event, now=self.network.now))
            disk.outbox[transfer_id, "reply"] = (header.originator, disk.replies[state.header_hash or b""])

        self._transact(act)

    # --- work ---

    def work(self) -> None:
        """Notice that time has passed, pay, and send again what was not answered."""
        try:
            self._transact(self._pass_time)
        except Killed:
            return

    def receive(self, kind: str, data: bytes, *, peer: str) -> list[tuple[str, bytes]]:
        """Return the answers to what *peer* sent; a node that is killed answers nothing."""
        out: list[tuple[str, bytes]] = []
        handlers = {
            "offer": self._on_offer,
            "reply": self._on_reply,
            "closing": self._on_closing,
            "countersigned": self._on_countersigned,
            "refusal": self._on_refusal,
        }
        try:
            self._transact(lambda disk: out.extend(handlers[kind](disk, data, peer)))
        except Killed:
            return []
        except PeerError as error:
            self.network.refusals.append((self.name, error.check))
            return [("refusal", hashlib.sha256(data).digest())] if kind in {"offer", "closing"} else []
        return out

    def _transact(self, act: Callable[[Disk], None]) -> None:
        disk = self.disk.copy()
        act(disk)
        self.network.point(self.name)  # worked, and not stored
        self.disk = disk
        self.network.point(self.name)  # stored, and not sent
        for (_, kind), (receiver, data) in disk.outbox.items():
            if kind == "chain":
                self.network.chain.add(data.decode())
            else:
                self.network.send(kind, sender=self.name, receiver=receiver, data=data)
        self.network.point(self.name)  # sent

    def _originate(self, transfer_id: bytes, event: originator.Event) -> None:
        def act(disk: Disk) -> None:
            state = TransferState.decode(disk.states[transfer_id])
            self._apply(disk, originator.advance(state, event, now=self.network.now))

        self._transact(act)

    def _pass_time(self, disk: Disk) -> None:
        now = self.network.now
        for transfer_id, stored in list(disk.states.items()):
            state = TransferState.decode(stored)
            if state.role is Role.ORIGINATOR:
                tick = originator.Tick(network=NETWORK, originator=self.name)
                step = originator.advance(state, tick, now=now)
            else:
                step = beneficiary.advance(
                    state, beneficiary.Tick(header=disk.headers[state.header_hash or b""]), now=now
                )
            self._apply(disk, step)
            if self.pays and step.state.role is Role.ORIGINATOR and step.state.phase is Phase.ACCEPTED:
                self._broadcast(disk, transfer_id, f"tx-{transfer_id.hex()}")

    def _offer(self, disk: Disk, payload: Payload, *, lifetime: int = 3600) -> None:
        world, now = self.network.world, self.network.now
        world.now = now
        sealed = world.seal(payload, counter=self._number(disk, payload.beneficiary), lifetime=lifetime)
        disk.headers[sealed.header_hash], disk.payloads[sealed.header_hash] = sealed.header, payload
        disk.offers[sealed.header_hash] = sealed.message
        state = TransferState.decode(disk.states[payload.transfer_id])
        event = originator.Offered(header=sealed.header, header_hash=sealed.header_hash)
        self._apply(disk, originator.advance(state, event, now=now))

    def _broadcast(self, disk: Disk, transfer_id: bytes, txid: str) -> None:
        state = TransferState.decode(disk.states[transfer_id])
        payload = disk.payloads.get(state.header_hash or b"")
        salted = salted_txid(Secret(payload.seed if payload else bytes(32)), txid)
        event = originator.Broadcast(salted_txid=salted, network=NETWORK, originator=self.name)
        disk.txids[transfer_id] = txid
        self._apply(disk, originator.advance(state, event, now=self.network.now))
        disk.outbox[transfer_id, "chain"] = (self.name, txid.encode())

    # --- what comes in ---

    def _on_offer(self, disk: Disk, data: bytes, peer: str) -> list[tuple[str, bytes]]:
        world, now = self.network.world, self.network.now
        world.now = now
        opened = open_header(data, trust=world.trust)
        header = opened.header
        check_parties(header, peer=peer, own=self.name)
        state = TransferState.decode(disk.states[header.transfer_id]) if header.transfer_id in disk.states else None
        if beneficiary.replayed(state, header, opened.header_hash):
            return [("reply", disk.replies[opened.header_hash])]
        check_validity(header, now=now)
        window = CounterWindow.decode(disk.windows[peer]) if peer in disk.windows else EMPTY
        disk.windows[peer] = window.accept(header.counter).encode()
        found = examine(opened, trust=world.trust, terms=world.terms(self.name), now=now)
        verdict = found.refusal
        if verdict is None:
            assert found.payload is not None  # noqa: S101 - not refused
            verdict = replace(self.decide(found.payload), checks=found.checks)
            disk.payloads[opened.header_hash] = found.payload
        disk.headers[opened.header_hash], disk.offers[opened.header_hash] = header, data
        disk.outbox.pop((header.transfer_id, "reply"), None)
        number = self._number(disk, peer)
        event = beneficiary.Offered(header=header, header_hash=opened.header_hash, verdict=verdict, counter=number)
        self._apply(disk, beneficiary.advance(state, event, now=now))
        return [("reply", disk.replies[opened.header_hash])]

    def _on_reply(self, disk: Disk, data: bytes, peer: str) -> list[tuple[str, bytes]]:
        header, header_hash = self._offered(disk, data, peer)
        reply = open_reply(data, header=header, header_hash=header_hash, trust=self.network.world.trust)
        state = TransferState.decode(disk.states[header.transfer_id])
        if reply.receipt.serial > state.receipt_serial and header_hash == state.header_hash:
            disk.receipts[header_hash] = reply.receipt_hash
        event = originator.Answered(receipt=reply.receipt, terminal=reply.terminal)
        step = originator.advance(state, event, now=self.network.now)
        disk.outbox.pop((header.transfer_id, "offer"), None)
        self._apply(disk, step)
        repairable = step.state.phase is Phase.REPAIR and step.state.revision < MAX_REVISIONS
        if repairable and state.phase is not Phase.REPAIR and self.repair is not None:
            self._offer(disk, self.repair(disk.payloads[header_hash], step.state))
        return []

    def _offered(self, disk: Disk, data: bytes, peer: str) -> tuple[OfferHeader, bytes]:
        """Return the current offer to *peer* that reply *data* is about; a real node knows it from the call."""
        for state in map(TransferState.decode, disk.states.values()):
            known = state.header_hash is not None and state.counterparty == peer
            if known and state.role is Role.ORIGINATOR and (state.header_hash or b"-") in data:
                return disk.headers[state.header_hash or b""], state.header_hash or b""
        raise PolicyError("receipt.offer")

    def _on_closing(self, disk: Disk, data: bytes, peer: str) -> list[tuple[str, bytes]]:
        trust = self.network.world.trust
        words, closing = open_closing(data, resolve=lambda _claim, kid: trust.identity_of(peer, kid), network=NETWORK)
        stored = disk.states.get(words.transfer_id)
        state = TransferState.decode(stored) if stored is not None else None
        header = disk.headers[state.header_hash or b""] if state else None
        if state is None or header is None:
            raise PolicyError("transfer.unknown")
        step = beneficiary.advance(state, beneficiary.Closed(header=header, statement=words), now=self.network.now)
        if words.state is Phase.SETTLED and step.effects != (Replay(),):
            payload = disk.payloads[state.header_hash or b""]
            txid = open_txid(closing, words, seed=Secret(payload.seed))
            if txid not in self.network.chain:
                return []  # not yet: the originator will ask again
        self._apply(disk, step)
        return [("countersigned", disk.closings[words.transfer_id])]

    def _on_countersigned(self, disk: Disk, data: bytes, peer: str) -> list[tuple[str, bytes]]:
        trust = self.network.world.trust
        words, _ = open_closing(data, resolve=lambda _claim, kid: trust.identity_of(peer, kid), network=NETWORK)
        state = TransferState.decode(disk.states[words.transfer_id])
        step = originator.advance(state, originator.Countersigned(statement=words), now=self.network.now)
        disk.outbox.pop((words.transfer_id, "closing"), None)
        self._apply(disk, step)
        return []

    def _on_refusal(self, disk: Disk, data: bytes, _peer: str) -> list[tuple[str, bytes]]:
        for key, (_, sent) in list(disk.outbox.items()):
            if hashlib.sha256(sent).digest() == data:
                del disk.outbox[key]
        return []

    # --- what a step asks for, in the transaction that stores its state ---

    def _apply(self, disk: Disk, step: Step) -> None:
        state = step.state
        transfer_id, header_hash = state.transfer_id, state.header_hash or b""
        disk.states[transfer_id] = state.encode()
        identity = self.vasp.keystore.identity
        if state.outcome is not None or state.phase in {Phase.ACCEPTED, Phase.REPAIR}:
            disk.outbox.pop((transfer_id, "offer"), None)
        if state.outcome not in {None, Phase.REJECTED}:
            disk.outbox.pop((transfer_id, "reply"), None)
        for effect in step.effects:
            match effect:
                case SendOffer():
                    disk.outbox[transfer_id, "offer"] = (state.counterparty, disk.offers[header_hash])
                case SendClosing(statement=words):
                    payload, txid = disk.payloads[header_hash], disk.txids.get(transfer_id)
                    signed = cose.sign(words, seed=identity)
                    closing = seal_closing(signed, seed=Secret(payload.seed), txid=txid)
                    disk.outbox[transfer_id, "closing"] = (state.counterparty, closing)
                case Answer(receipt=receipt, terminal=terminal):
                    signed = cose.sign(receipt, seed=identity)
                    words_signed = None if terminal is None else cose.sign(terminal, seed=identity)
                    disk.replies[header_hash] = seal_reply(signed, terminal=words_signed)
                    disk.receipts[header_hash] = cose.payload_hash(signed)
                case Countersign(statement=words):
                    disk.closings[transfer_id] = seal_closing(cose.sign(words, seed=identity))
                case PutOnRecord(statement=words):
                    before = disk.records.get(transfer_id, ())
                    disk.records[transfer_id] = (*before, self._record(disk, state, words))
                case Replay():
                    pass

    def _record(self, disk: Disk, state: TransferState, words: TerminalStatement) -> Record:
        header_hash = state.header_hash or b""
        payload = disk.payloads.get(header_hash)
        return derive_record(
            Source(
                header=disk.headers[header_hash],
                header_hash=header_hash,
                receipt_hash=disk.receipts.get(header_hash),
                statement=words,
                seed=Secret(payload.seed if payload is not None else self.network.world.coins(32)),
                role=state.role,
                pack=self.vasp.pack,
            )
        )

    def _number(self, disk: Disk, peer: str) -> int:
        disk.counters[peer] = disk.counters.get(peer, 0) + 1
        return disk.counters[peer]
