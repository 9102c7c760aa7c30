"""The originator's half: what is sent, and what becomes of the answers (spec/exchange.md#originator).

State, message and outbox are written in one transaction; only then does anything leave. `carnet_node.outbox` calls
the methods that are named after its effects, again and again until they say that nothing remains to be done.
"""

from collections.abc import Callable
from typing import Final

from carnet.crypto import cose
from carnet.envelope.payload import Payload
from carnet.envelope.values import open_quotes
from carnet.errors import Code, OrderError, PeerError, VerifyError
from carnet.exchange.closing import open_closing, salted_txid
from carnet.exchange.originator import (
    Answered,
    Broadcast,
    Countersigned,
    Ended,
    Event,
    Offered,
    Tick,
    advance,
    draft,
)
from carnet.exchange.reply import OpenedReply, open_reply
from carnet.exchange.states import Move, TransferState
from carnet.identity.directory import sealing_key
from carnet.messages import (
    KeyBundle,
    OfferHeader,
    Phase,
    Receipt,
    Reply,
    Role,
    uncarry,
)
from carnet.params import MAX_REVISIONS, TRANSFER_ID_SIZE
from carnet.secret import Secret
from carnet_node.bundles import Bundles
from carnet_node.config import OffersConfig
from carnet_node.errors import CommandError, Refused
from carnet_node.observe import logger
from carnet_node.offering import Order, seal_next
from carnet_node.party import Party, header_of, stored_header
from carnet_node.ports import Chain, Deposit, Peers
from carnet_node.stepping import take_step
from carnet_node.stores.unit import Effect, Unit

LOG = logger("outbound")
O: Final = Role.ORIGINATOR  # noqa: E741 - the letter of spec/exchange.md
_AUTOMATIC: Final = frozenset({Code.STALE_KEY, Code.STALE_QUOTE})
_MOST_REPAIRS_TRIED: Final = 8


MakeEvent = Callable[[Unit, TransferState], Event]


class Later(Exception):  # noqa: N818 - not an error
    """An effect must be tried again; *problem* says why, without personal data."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem


class Outbound:
    """Makes offers in the name of *party*, and goes on with them."""

    def __init__(
        self, party: Party, *, peers: Peers, bundles: Bundles, chain: Chain, config: OffersConfig, broadcast: bool
    ) -> None:
        self._party: Final = party
        self._peers: Final = peers
        self._bundles: Final = bundles
        self._chain: Final = chain
        self._config: Final = config
        self._broadcasts: Final = broadcast

    # --- commands ---

    async def send(self, to: str, order: Order) -> TransferState:
        """Offer a transfer to member *to*; when this returns, the offer is on disk and will be sent.

        Raises:
            CommandError: Fields are missing, or there is no quote or no pack.
            PolicyError: ``member.unknown``.
            Unreachable: The counterparty's keys are not known yet, and it cannot be asked.
        """
        if to == self._party.vasp:
            raise CommandError("a VASP sends no travel rule data to itself")
        state = draft(transfer_id=self._party.coins(TRANSFER_ID_SIZE), beneficiary=to)
        return await self._offer(state, order, bundle=await self._bundles.current(to))

    async def repair(self, transfer_id: bytes, order: Order) -> TransferState:
        """Offer a transfer that came back for REPAIR again, as its next revision and under a fresh seed."""
        state = self._load(transfer_id)
        if state.phase is not Phase.REPAIR:
            raise CommandError(f"the transfer is {state.phase.name}, not REPAIR")
        if state.revision >= MAX_REVISIONS:
            raise CommandError(f"revision {state.revision} was the last; cancel it and send a new transfer")
        bundle = await self._bundles.newest(state.counterparty)
        return await self._offer(state, order, bundle=bundle)

    async def broadcast(self, transfer_id: bytes, txid: str) -> TransferState:
        """Note that the transaction *txid* is on its way; the settlement is sent until it is countersigned."""

        def event(unit: Unit, state: TransferState) -> Broadcast:
            contents = self._party.contents(unit, O, transfer_id, state.revision)
            if contents is None:
                raise CommandError("the transfer's payload was erased")
            network, own = self._party.network.directory.network, self._party.vasp
            return Broadcast(salted_txid=salted_txid(Secret(contents.seed), txid), network=network, originator=own)

        return await self._command(transfer_id, event, txid=txid)

    async def cancel(self, transfer_id: bytes) -> TransferState:
        """End a transfer before anything moves."""
        return await self._command(transfer_id, lambda _unit, _state: self._ended(Move.CANCEL))

    async def _command(self, transfer_id: bytes, event: MakeEvent, *, txid: str | None = None) -> TransferState:
        def work(unit: Unit) -> TransferState:
            found = unit.state(O, transfer_id)
            if found is None:
                raise CommandError("no such transfer")
            state, version = found
            try:
                return take_step(self._party, unit, state, version, event(unit, state), txid=txid)
            except OrderError as error:
                raise CommandError(f"this cannot be done: {error.detail}") from error

        return await self._party.store.write(work)

    def _load(self, transfer_id: bytes) -> TransferState:
        found = self._party.store.read(lambda unit: unit.state(O, transfer_id))
        if found is None:
            raise CommandError("no such transfer")
        return found[0]

    # --- making an offer ---

    async def _offer(self, state: TransferState, order: Order, *, bundle: KeyBundle) -> TransferState:
        def work(unit: Unit) -> TransferState:
            found = unit.state(O, state.transfer_id)
            before, version = (state, 0) if found is None else found
            if before != state:
                raise CommandError("the transfer has moved on meanwhile")
            counter = unit.next_counter(O, state.counterparty)  # here, so that a crash leaves no gap
            sealed, contents = seal_next(
                self._party, unit, state, order, bundle, counter=counter, validity_s=self._config.validity_s
            )
            header = sealed.header
            unit.add_offer(
                O, header.transfer_id, header.revision, header_hash=sealed.header_hash, message=sealed.message
            )
            self._party.put_contents(unit, O, header.transfer_id, header.revision, contents=contents)
            return take_step(self._party, unit, before, version, Offered(header=header, header_hash=sealed.header_hash))

        return await self._party.store.write(work)

    # --- effects, each at least once ---

    async def offer(self, effect: Effect) -> None:
        """Send an offer and take its reply."""
        await self._ask(effect, Phase.OFFERED)

    async def poll(self, effect: Effect) -> None:
        """Ask what became of a pending offer."""
        await self._ask(effect, Phase.PENDING)
        found = self._party.store.read(lambda unit: unit.state(O, effect.transfer_id))
        if found is not None and found[0].phase is Phase.PENDING:
            raise Later("still pending")

    async def _ask(self, effect: Effect, phase: Phase) -> None:
        found, row = self._party.store.read(
            lambda unit: (
                unit.state(O, effect.transfer_id),
                unit.offer(O, effect.transfer_id, effect.revision),
            )
        )
        if found is None or row is None or found[0].phase is not phase or found[0].revision != effect.revision:
            await self._done(effect)
            return
        state = found[0]
        try:
            if phase is Phase.OFFERED:
                data = await self._peers.offer(state.counterparty, bytes(row.message))
            else:
                data = await self._peers.resume(
                    state.counterparty, transfer_id=state.transfer_id, revision=state.revision
                )
        except Refused as error:
            raise Later(f"refused with code {error.code}") from error
        await self._take_reply(effect, state, data, header=header_of(row.message))

    async def _take_reply(self, effect: Effect, state: TransferState, data: bytes, *, header: OfferHeader) -> None:
        try:
            header_hash = state.header_hash or b""
            reply = open_reply(data, header=header, header_hash=header_hash, trust=self._party.trust)
        except PeerError as error:
            LOG.warning("reply.refused", transfer=state.transfer_id.hex(), peer=state.counterparty, check=error.check)
            raise Later(f"the reply was refused: {error.check}") from error
        await self._party.store.write(lambda unit: self._answered(unit, effect, reply, data))

    def _answered(self, unit: Unit, effect: Effect, reply: OpenedReply, data: bytes) -> None:
        receipt = reply.receipt
        found = unit.state(O, effect.transfer_id)
        if found is None:
            unit.settle_effect(effect)
            return
        state, version = found
        if receipt.serial <= state.receipt_serial or state.phase not in {Phase.OFFERED, Phase.PENDING}:
            self._repeated(unit, state, receipt, data)
            if effect.kind != "poll":
                unit.settle_effect(effect)
            return
        event = Answered(receipt=receipt, terminal=reply.terminal)
        advance(state, event, now=int(unit.now))  # refused before anything is written
        unit.accept_counter(O, state.counterparty, receipt.counter)
        unit.add_reply(O, state.transfer_id, state.revision, serial=receipt.serial, message=data)
        moved = take_step(self._party, unit, state, version, event, theirs=data)
        unit.settle_effect(effect)
        if moved.phase is Phase.PENDING:
            unit.schedule("poll", state.transfer_id, state.revision, after=self._config.poll_first_s)
        if moved.phase is Phase.REPAIR and moved.code in _AUTOMATIC and moved.revision < MAX_REVISIONS:
            unit.schedule("repair", state.transfer_id, state.revision)
        if moved.phase is Phase.ACCEPTED and self._broadcasts:
            unit.schedule("broadcast", state.transfer_id, state.revision)

    def _repeated(self, unit: Unit, state: TransferState, receipt: Receipt, data: bytes) -> None:
        """Keep as evidence a second receipt under a serial that a first one has."""
        known = unit.reply(O, state.transfer_id, state.revision)
        if known is None or receipt.serial != state.receipt_serial or receipt.revision != state.revision:
            return
        if cose.payload_hash(uncarry(Reply, known).receipt) != cose.payload_hash(uncarry(Reply, data).receipt):
            LOG.error("receipt.equivocation", transfer=state.transfer_id.hex(), peer=state.counterparty)
            unit.put_evidence(
                "receipt",
                peer=state.counterparty,
                role=O,
                transfer_id=state.transfer_id,
                revision=state.revision,
                first=known,
                second=data,
            )

    async def repair_alone(self, effect: Effect) -> None:
        """Offer again with a newer key or quote, if there is one; otherwise a human must do it."""
        found = self._party.store.read(lambda unit: unit.state(O, effect.transfer_id))
        if found is None or found[0].phase is not Phase.REPAIR or found[0].revision != effect.revision:
            await self._done(effect)
            return
        if effect.attempts >= _MOST_REPAIRS_TRIED:
            await self._done(effect)
            return
        state = found[0]
        old, header = self._party.store.read(
            lambda unit: (
                self._party.contents(unit, O, state.transfer_id, state.revision),
                stored_header(unit, state),
            )
        )
        if old is None or old.payload is None:
            await self._done(effect)
            return
        bundle = await self._bundles.newest(state.counterparty)
        order = Order(identity=old.payload.identity, transfer=old.payload.transfer)
        if state.code == Code.STALE_KEY and sealing_key(bundle, now=self._party.now).kid == header.sealing_kid:
            raise Later("the counterparty has no newer key")
        if state.code == Code.STALE_QUOTE and not self._newer_quotes(old.payload):
            raise Later("there is no newer quote")
        await self._offer(state, order, bundle=bundle)
        await self._done(effect)

    def _newer_quotes(self, payload: Payload) -> bool:
        trust, now = self._party.trust, self._party.now
        try:
            open_quotes(payload, issuer=trust.quote_issuer, now=now)
        except PeerError:
            return True  # ours have gone stale too: whatever is in force now is newer
        return False

    async def pay(self, effect: Effect) -> None:
        """Send the value itself, on the sandbox's chain."""
        found = self._party.store.read(lambda unit: unit.state(O, effect.transfer_id))
        if found is not None and found[0].phase is Phase.ACCEPTED:
            txid = await self.pay_now(effect.transfer_id)
            await self.broadcast(effect.transfer_id, txid)
        await self._done(effect)

    async def pay_now(self, transfer_id: bytes) -> str:
        """Send the value of an accepted transfer on the sandbox's chain, once, and return the transaction's id.

        Raises:
            CommandError: It is not accepted, or its time is over.
        """
        state = self._load(transfer_id)
        if state.phase is not Phase.ACCEPTED or (state.expires or 0) <= self._party.now:
            raise CommandError(f"the transfer is {state.phase.name}, or its time is over: no value may move")
        found = self._party.store.read(lambda unit: self._party.contents(unit, O, transfer_id, state.revision))
        if found is None or found.payload is None:
            raise CommandError("the transfer's payload was erased")
        moved = found.payload.transfer
        deposit = Deposit(asset=moved.asset, address=moved.destination_address, amount=moved.amount)
        return await self._chain.send(deposit, reference=transfer_id.hex())

    async def close(self, effect: Effect) -> None:
        """Send our statement of an ending until the other side has signed it too."""
        found = self._party.store.read(lambda unit: unit.state(O, effect.transfer_id))
        state = None if found is None else found[0]
        ending = Phase.CANCELLED if state is not None and state.outcome is Phase.CANCELLED else Phase.SETTLED
        if state is None or (ending is Phase.SETTLED and state.phase is not Phase.BROADCAST):
            await self._done(effect)
            return
        row = self._party.store.read(lambda unit: unit.statement(O, effect.transfer_id, ending))
        if row is None or row.ours is None:
            await self._done(effect)
            return
        try:
            if ending is Phase.SETTLED:
                data = await self._peers.settle(state.counterparty, bytes(row.ours))
            else:
                data = await self._peers.cancel(state.counterparty, bytes(row.ours))
        except Refused as error:
            await self._closing_refused(effect, ending, error)
            return
        await self._countersigned(effect, state, data)

    async def _closing_refused(self, effect: Effect, ending: Phase, error: Refused) -> None:
        LOG.info("closing.refused", transfer=effect.transfer_id.hex(), code=error.code, phase=ending.name)
        if ending is not Phase.CANCELLED:
            raise Later(f"refused with code {error.code}") from error  # a code is not signed: it ends nothing
        await self._done(effect)  # it is over on our side, and means nothing on theirs

    async def _countersigned(self, effect: Effect, state: TransferState, data: bytes) -> None:
        trust, peer = self._party.trust, state.counterparty
        try:
            statement, _closing = open_closing(
                data,
                resolve=lambda _claim, kid: trust.identity_of(peer, kid),
                network=trust.directory.network,
            )
            if statement.transfer_id != state.transfer_id or statement.header_hash != state.header_hash:
                raise VerifyError("terminal.statement")
        except PeerError as error:
            LOG.warning("closing.refused", transfer=state.transfer_id.hex(), peer=peer, check=error.check)
            raise Later(f"the answer was refused: {error.check}") from error

        def work(unit: Unit) -> None:
            found = unit.state(O, effect.transfer_id)
            if found is not None:
                unit.put_statement(O, effect.transfer_id, statement.state, theirs=data)
                take_step(self._party, unit, *found, Countersigned(statement=statement))
            unit.settle_effect(effect)

        await self._party.store.write(work)

    async def _done(self, effect: Effect) -> None:
        await self._party.store.write(lambda unit: unit.settle_effect(effect))

    # --- time ---

    async def tick(self, transfer_id: bytes) -> None:
        """Let time do to a transfer what it does."""

        def work(unit: Unit) -> None:
            found = unit.state(O, transfer_id)
            if found is None:
                return
            state, version = found
            event = Tick(network=self._party.network.directory.network, originator=self._party.vasp)
            take_step(self._party, unit, state, version, event)

        await self._party.store.write(work)

    def _ended(self, what: Move) -> Ended:
        return Ended(move=what, network=self._party.network.directory.network, originator=self._party.vasp)
