"""The beneficiary's half: what comes in from originators, and what is answered (spec/exchange.md#beneficiary).

Order: signature, peer, replay, validity, and only then decryption and everything that costs more. State, receipt and
record are written in one transaction, in which the step is taken again from what is stored then; the answer leaves
after it.
"""

from dataclasses import replace
from typing import Final

from carnet.crypto import cose
from carnet.envelope.offer import OpenedHeader, check_parties, check_validity, open_header
from carnet.envelope.payload import Payload, Transfer
from carnet.errors import DecodeError, EquivocationError, OrderError, UsageError, VerifyError
from carnet.exchange.beneficiary import Closed, Decided, Offered, Seen, Tick, Verdict, advance, replayed
from carnet.exchange.closing import open_closing, open_txid
from carnet.exchange.examination import Examination, Terms, examine, recount
from carnet.exchange.reply import seal_reply
from carnet.exchange.states import Answer, Countersign, Move, PutOnRecord, Step, TransferState
from carnet.messages import (
    Closing,
    Decision,
    OfferHeader,
    Phase,
    Receipt,
    Reply,
    Role,
    TerminalStatement,
    carry,
    uncarry,
)
from carnet.params import TRANSFER_ID_SIZE
from carnet.policy import Leg, leg_rule
from carnet.secret import Secret
from carnet_node.errors import CommandError
from carnet_node.observe import logger
from carnet_node.party import Party, StoredContents, stored_header
from carnet_node.ports import Chain, Decisions, Deposit
from carnet_node.recording import store_openings
from carnet_node.stores.unit import Unit
from carnet_node.windows import Counting

LOG = logger("inbound")
B: Final = Role.BENEFICIARY
_SETTLEABLE: Final = frozenset({Phase.ACCEPTED, Phase.BROADCAST, Phase.REORGED})


class Inbound:
    """Answers originators in the name of *party*."""

    def __init__(self, party: Party, *, decisions: Decisions, chain: Chain) -> None:
        self._party: Final = party
        self._decisions: Final = decisions
        self._chain: Final = chain

    # --- offers ---

    async def offer(self, peer: str, data: bytes) -> bytes:
        """Return the reply to offer *data*, which came over the connection of member *peer*."""
        opened = open_header(data, trust=self._party.trust)
        header = opened.header
        check_parties(header, peer=peer, own=self._party.vasp)
        try:
            if (stored := self._party.store.read(lambda unit: _answered(unit, opened))) is not None:
                return stored
            now = self._party.now
            check_validity(header, now=now)
            examination, verdict = await self._judge(opened, now=now)
            return await self._party.store.write(
                lambda unit: self._answer(unit, opened, data, examination=examination, verdict=verdict)
            )
        except EquivocationError:
            await self._party.store.write(lambda unit: _keep_both(unit, opened, data))
            raise

    async def _judge(self, opened: OpenedHeader, *, now: int) -> tuple[Examination, Verdict]:
        party = self._party
        terms = Terms(
            keys=party.keys.private(now=now),
            own_pack=party.network.own_pack(party.vasp, now=now).hash,
            packs={key: one.pack for key, one in party.network.packs.items()},
            unverified=party.network.unverified,
            earlier=lambda header, transfer: party.store.read(
                lambda unit: self._counting(unit, header, transfer, now=now).earlier
            ),
        )
        examination = examine(opened, trust=party.trust, terms=terms, now=now)
        if examination.refusal is not None:
            refusal = examination.refusal
            transfer = opened.header.transfer_id.hex()
            LOG.info("offer.refused", transfer=transfer, check=refusal.cause, decision=refusal.decision.name)
            return examination, refusal
        if examination.payload is None:
            raise UsageError("an examination without refusal has a payload")
        verdict = await self._decisions.decide(opened.header, examination.payload, checks=examination.checks, now=now)
        return examination, verdict

    def _answer(
        self, unit: Unit, opened: OpenedHeader, data: bytes, *, examination: Examination, verdict: Verdict
    ) -> bytes:
        if (stored := _answered(unit, opened)) is not None:
            return stored
        header, hashed = opened.header, opened.header_hash
        state, version = unit.state(B, header.transfer_id) or (None, 0)
        unit.accept_counter(B, header.originator, header.counter)
        counter = unit.next_counter(B, header.originator)
        verdict = self._counted(unit, opened, examination, verdict)
        event = Offered(header=header, header_hash=hashed, verdict=verdict, counter=counter)
        step = advance(state, event, now=int(unit.now))
        unit.put_state(step.state, version=version)
        unit.add_offer(B, header.transfer_id, header.revision, header_hash=hashed, message=data)
        contents = self._contents(examination)
        self._party.put_contents(unit, B, header.transfer_id, header.revision, contents=contents)
        return self._carry_out(unit, step)

    def _counting(self, unit: Unit, header: OfferHeader, transfer: Transfer, *, now: int) -> Counting:
        """Return what our customer's window holds besides *transfer*; whose it is we do not let the originator say."""
        own = self._party.network.packs[header.beneficiary_pack].pack
        rule, issued = leg_rule(own, Leg.VASP), min(now, header.issued)
        name = self._decisions.customer(transfer.destination_address) or transfer.destination_address
        return self._party.windows.counting(unit.connection, name, role=B, rule=rule, issued=issued)

    def _counted(self, unit: Unit, opened: OpenedHeader, examination: Examination, verdict: Verdict) -> Verdict:
        """Count an offer that may move value among those of our customer; or ask for more, as others came between."""
        header, windows = opened.header, self._party.windows
        windows.drop(unit.connection, role=B, transfer_id=header.transfer_id, revision=header.revision - 1)
        payload, proven, rules = examination.payload, examination.openings, examination.rules
        may_move = verdict.decision in {Decision.ACCEPTED, Decision.PENDING}
        if not may_move or payload is None or proven is None or rules is None or not rules[1].linked_window_s:
            return verdict
        counting = self._counting(unit, header, payload.transfer, now=int(unit.now))
        again = recount(examination, earlier=counting.earlier)
        if again.refusal is not None:
            return again.refusal
        window = windows.count(
            unit.connection,
            counting,
            role=B,
            header=header,
            header_hash=opened.header_hash,
            seed=Secret(payload.seed),
            value=proven.values[rules[1].currency],
        )
        return replace(verdict, window=window.commit())

    def _contents(self, examination: Examination) -> StoredContents:
        payload = examination.payload
        if payload is None or examination.openings is None:
            # What was not verified decides nothing of ours: the record gets a seed that the peer cannot choose.
            return StoredContents(seed=self._party.coins(32), payload=payload, openings=None)
        return StoredContents(seed=payload.seed, payload=payload, openings=store_openings(examination.openings))

    async def resume(self, peer: str, *, transfer_id: bytes, revision: int) -> bytes:
        """Return the latest reply to an offer that *peer* made."""
        if len(transfer_id) != TRANSFER_ID_SIZE or not 0 < revision < 256:
            raise DecodeError("resume.form")

        def work(unit: Unit) -> bytes | None:
            found = unit.state(B, transfer_id)
            if found is None or found[0].counterparty != peer:
                return None
            return unit.reply(B, transfer_id, revision)

        if (reply := self._party.store.read(work)) is None:
            raise OrderError("transfer.unknown")
        return reply

    # --- endings ---

    async def settle(self, peer: str, data: bytes) -> bytes:
        """Return the countersigned settlement once the chain shows what was promised (S6), or our signed MISMATCH."""
        statement, closing = self._open_closing(peer, data, Phase.SETTLED)
        state, _header, contents = self._party.store.read(lambda unit: self._known(unit, peer, statement))
        if state.phase in _SETTLEABLE:
            if contents is None or contents.payload is None:
                raise OrderError("transfer.unknown")
            txid = open_txid(closing, statement, seed=Secret(contents.seed))
            deposit = await self._chain.lookup(txid)
            if deposit is None:
                raise OrderError("settle.unseen")
            return await self._close(peer, statement, data, shown=(txid, deposit, contents.payload))
        return await self._close(peer, statement, data)

    async def cancel(self, peer: str, data: bytes) -> bytes:
        """Return the countersigned cancellation."""
        statement, _closing = self._open_closing(peer, data, Phase.CANCELLED)
        return await self._close(peer, statement, data)

    def _open_closing(self, peer: str, data: bytes, ending: Phase) -> tuple[TerminalStatement, Closing]:
        trust = self._party.trust
        statement, closing = open_closing(
            data,
            resolve=lambda claim, kid: trust.identity_of(claim.originator, kid),
            network=trust.directory.network,
        )
        if statement.originator != peer or statement.beneficiary != self._party.vasp:
            raise OrderError("transfer.unknown")
        if statement.state is not ending:
            raise DecodeError("terminal.form")
        return statement, closing

    def _known(
        self, unit: Unit, peer: str, statement: TerminalStatement
    ) -> tuple[TransferState, OfferHeader, StoredContents | None]:
        found = unit.state(B, statement.transfer_id)
        if found is None or found[0].counterparty != peer:
            raise OrderError("transfer.unknown")
        state = found[0]
        if statement.header_hash != state.header_hash or statement.revision != state.revision:
            raise VerifyError("terminal.statement")
        header = stored_header(unit, state)
        return state, header, self._party.contents(unit, B, state.transfer_id, state.revision)

    async def _close(
        self,
        peer: str,
        statement: TerminalStatement,
        data: bytes,
        *,
        shown: tuple[str, Deposit, Payload] | None = None,
    ) -> bytes:
        def work(unit: Unit) -> bytes:
            header = self._known(unit, peer, statement)[1]
            state, version = unit.state(B, statement.transfer_id) or (None, 0)
            step = advance(state, Closed(header=header, statement=statement), now=int(unit.now))
            if step.state is not state:
                if step.state.phase is Phase.SETTLED and shown is None:
                    raise OrderError("settle.unseen")  # it was accepted since we read it: the chain was not asked
                if shown is not None and not self._paid(unit, statement.transfer_id, *shown):
                    differs = Seen(move=Move.DIFFER, header=header, salted_txid=statement.salted_txid)
                    step = advance(state, differs, now=int(unit.now))
                unit.put_state(step.state, version=version)
                unit.put_statement(B, statement.transfer_id, statement.state, theirs=data)
            return self._carry_out(unit, step)

        return await self._party.store.write(work)

    def _paid(self, unit: Unit, transfer_id: bytes, txid: str, deposit: Deposit, payload: Payload) -> bool:
        """Return whether *deposit* is what was promised, and has paid for no other transfer."""
        return _matches(deposit, payload) and self._party.claim_deposit(unit, transfer_id, txid, payload)

    # --- what people and time do ---

    async def decide(self, transfer_id: bytes, verdict: Verdict) -> TransferState:
        """Decide a pending offer; the originator learns it when it asks again.

        Raises:
            CommandError: It is unknown, or not pending.
        """

        def work(unit: Unit) -> TransferState:
            found = unit.state(B, transfer_id)
            if found is None:
                raise CommandError("no such transfer")
            state, version = found
            if state.phase is not Phase.PENDING:
                raise CommandError(f"the transfer is {state.phase.name}, not PENDING")
            header = stored_header(unit, state)
            answered = _last_receipt(unit, state)
            decided = Verdict(
                decision=verdict.decision,
                code=verdict.code,
                paths=verdict.paths,
                checks=answered.checks,
                screening_lists=answered.screening_lists,
                screened_at=answered.screened_at,
                window=answered.window if verdict.decision is Decision.ACCEPTED else None,
            )
            if verdict.decision is Decision.REPAIR:
                self._party.windows.drop(unit.connection, role=B, transfer_id=transfer_id, revision=state.revision)
            counter = unit.next_counter(B, state.counterparty)
            step = advance(state, Decided(header=header, verdict=decided, counter=counter), now=int(unit.now))
            unit.put_state(step.state, version=version)
            self._carry_out(unit, step)
            return step.state

        return await self._party.store.write(work)

    async def tick(self, transfer_id: bytes) -> None:
        """Let time do to a transfer what it does."""

        def work(unit: Unit) -> None:
            found = unit.state(B, transfer_id)
            if found is None:
                return
            state, version = found
            step = advance(state, Tick(header=stored_header(unit, state)), now=int(unit.now))
            if step.state is not state:
                unit.put_state(step.state, version=version)
                self._carry_out(unit, step)

        await self._party.store.write(work)

    # --- effects ---

    def _carry_out(self, unit: Unit, step: Step) -> bytes:
        """Do what *step* asks for, within its transaction, and return what is answered."""
        state, answer = step.state, b""
        for effect in step.effects:
            match effect:
                case Answer(receipt=receipt, terminal=terminal):
                    answer = self._reply(unit, receipt, terminal)
                case Countersign(statement=statement):
                    answer = carry(Closing(statement=self._party.keys.sign(statement), sealed_txid=None))
                    unit.put_statement(B, state.transfer_id, statement.state, ours=answer)
                case PutOnRecord(statement=statement):
                    self._party.put_on_record(unit, state, statement)
                case _:
                    answer = _countersigned(unit, state)
        return answer

    def _reply(self, unit: Unit, receipt: Receipt, terminal: TerminalStatement | None) -> bytes:
        signed = None if terminal is None else self._party.keys.sign(terminal)
        if terminal is not None and signed is not None:
            kept = carry(Closing(statement=signed, sealed_txid=None))
            unit.put_statement(B, receipt.transfer_id, terminal.state, ours=kept)
        reply = seal_reply(self._party.keys.sign(receipt), terminal=signed)
        unit.add_reply(B, receipt.transfer_id, receipt.revision, serial=receipt.serial, message=reply)
        return reply


def _answered(unit: Unit, opened: OpenedHeader) -> bytes | None:
    """Return the stored reply to this very offer, also to an earlier revision; raises as `replayed` does."""
    header = opened.header
    found = unit.state(B, header.transfer_id)
    state = None if found is None else found[0]
    if state is not None and state.counterparty == header.originator and header.revision < state.revision:
        row = unit.offer(B, header.transfer_id, header.revision)
        if row is not None and row.header_hash != opened.header_hash:
            raise EquivocationError("offer.equivocation", f"revision {header.revision}")
        if row is not None:
            return unit.reply(B, header.transfer_id, header.revision)
    if not replayed(state, header, opened.header_hash):
        return None
    return unit.reply(B, header.transfer_id, header.revision)


def _keep_both(unit: Unit, opened: OpenedHeader, data: bytes) -> None:
    header = opened.header
    row = unit.offer(B, header.transfer_id, header.revision)
    if row is None:
        return
    unit.put_evidence(
        "offer",
        peer=header.originator,
        role=B,
        transfer_id=header.transfer_id,
        revision=header.revision,
        first=row.message,
        second=data,
    )


def _countersigned(unit: Unit, state: TransferState) -> bytes:
    row = None if state.outcome is None else unit.statement(B, state.transfer_id, state.outcome)
    if row is None or row.ours is None:
        raise OrderError("transfer.unknown")
    return bytes(row.ours)


def _last_receipt(unit: Unit, state: TransferState) -> Receipt:
    reply = unit.reply(B, state.transfer_id, state.revision)
    if reply is None:
        raise LookupError("an answered offer has its reply")
    return Receipt.decode(cose.payload_of(uncarry(Reply, reply).receipt))


def _matches(deposit: Deposit, payload: Payload) -> bool:
    promised = payload.transfer
    return (deposit.asset, deposit.address, deposit.amount) == (
        promised.asset,
        promised.destination_address,
        promised.amount,
    )
