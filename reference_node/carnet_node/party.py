"""What both halves of the exchange share: who we are, whom we believe, and where we keep what we know."""

from dataclasses import dataclass
from typing import Annotated, Final, final

from carnet import wire
from carnet.crypto import cose
from carnet.crypto.coins import Coins
from carnet.crypto.kdf import Deriver
from carnet.crypto.lockbox import open_box, seal_box
from carnet.envelope.payload import Payload
from carnet.envelope.values import Openings
from carnet.errors import PolicyError
from carnet.exchange.closing import seal_closing
from carnet.exchange.states import TransferState
from carnet.identity.directory import Trust
from carnet.log.record import Source, derive_record, may_judge, own_window
from carnet.messages import BROADCAST_ENDINGS, Offer, OfferHeader, Receipt, Reply, Role, TerminalStatement, uncarry
from carnet.params import EPOCH_S
from carnet.policy import PolicyPack
from carnet.policy.pack import Leg, leg_rule
from carnet.reporting.report import MATCHED
from carnet.schema import Fixed, Message, message
from carnet.secret import Secret
from carnet_node.keys import Keys
from carnet_node.network import Network, Quotes
from carnet_node.ports import Clock
from carnet_node.recording import StoredOpenings, restore_openings, seal_source
from carnet_node.reportable import make_reportable, seal_reportable
from carnet_node.stores.unit import Store, Unit
from carnet_node.windows import Windows

_KEY: Final = b"carnet/transfer-key/v1"
_CONTENTS: Final = b"carnet/contents/v1"
_OTHER: Final = {Role.ORIGINATOR: Role.BENEFICIARY, Role.BENEFICIARY: Role.ORIGINATOR}


@message("stored-contents", private=True)
class StoredContents(Message):
    """What is known of an offer's inside; without a payload, *seed* is our own and random."""

    seed: Annotated[bytes, Fixed(32)]
    payload: Payload | None
    openings: StoredOpenings | None


@final
@dataclass(slots=True, kw_only=True)
class Party:
    """One VASP at work; *network* is replaced when the directory is read anew."""

    keys: Keys
    network: Network
    quotes: Quotes
    store: Store
    clock: Clock
    coins: Coins

    @property
    def vasp(self) -> str:
        """Our own id."""
        return self.keys.keystore.vasp

    @property
    def trust(self) -> Trust:
        """The directory that is in force.

        Raises:
            PolicyError: ``directory.expired``: a running node that gets no newer one believes nobody any more.
        """
        if self.now >= self.network.directory.expires:
            raise PolicyError("directory.expired")
        return self.network.trust

    @property
    def now(self) -> int:
        """The time, as the protocol writes it."""
        return int(self.clock())

    @property
    def windows(self) -> Windows:
        """What our customers move within their windows."""
        return Windows(self.keys.keystore, coins=self.coins)

    # --- contents: personal data at rest, under a key per transfer that the storage key wraps ---

    def put_contents(
        self, unit: Unit, role: Role, transfer_id: bytes, revision: int, *, contents: StoredContents
    ) -> None:
        """Keep *contents*, sealed."""
        wrapped = unit.key(role, transfer_id)
        if wrapped is None:
            key = Secret(self.coins(32))
            context = _context(_KEY, role, transfer_id)
            unit.put_key(role, transfer_id, seal_box(self._storage, key.reveal(), context=context, coins=self.coins))
        else:
            key = self._unwrap(role, transfer_id, wrapped)
        context = _context(_CONTENTS, role, transfer_id, revision)
        unit.put_box(role, transfer_id, revision, seal_box(key, contents.encode(), context=context, coins=self.coins))

    def contents(self, unit: Unit, role: Role, transfer_id: bytes, revision: int) -> StoredContents | None:
        """Return what is known of an offer's inside, or None if it was erased."""
        wrapped, box = unit.key(role, transfer_id), unit.box(role, transfer_id, revision)
        if wrapped is None or box is None:
            return None
        key = self._unwrap(role, transfer_id, wrapped)
        return StoredContents.decode(open_box(key, box, context=_context(_CONTENTS, role, transfer_id, revision)))

    @property
    def _storage(self) -> Secret[bytes]:
        return Secret(self.keys.keystore.storage_key)

    def _unwrap(self, role: Role, transfer_id: bytes, wrapped: bytes) -> Secret[bytes]:
        return Secret(open_box(self._storage, wrapped, context=_context(_KEY, role, transfer_id)))

    def claim_deposit(self, unit: Unit, transfer_id: bytes, txid: str, payload: Payload) -> bool:
        """Note that a deposit settles this transfer, under a keyed hash that says nothing to others (S6).

        Return whether it does: false if it has settled another one.
        """
        moved = payload.transfer
        deposit = wire.encode([txid, moved.asset, moved.destination_address, str(moved.amount)])
        key = Deriver(self._storage).derive("deposit", deposit)
        return unit.claim(key, transfer_id) == transfer_id

    # --- the record ---

    def put_on_record(self, unit: Unit, state: TransferState, statement: TerminalStatement) -> None:
        """Derive the record of *statement* and queue it, with our own signature under it if there is none yet."""
        role, transfer_id = state.role, state.transfer_id
        if unit.statement(role, transfer_id, statement.state) is None:
            unit.put_statement(role, transfer_id, statement.state, ours=seal_closing(self.keys.sign(statement)))
        header = stored_header(unit, state)
        contents = self.contents(unit, role, transfer_id, state.revision)
        if contents is None:
            raise LookupError("a transfer that goes on has its contents")
        reply = unit.reply(role, transfer_id, state.revision)
        receipt = None if reply is None else uncarry(Reply, reply).receipt
        window = self.windows.end(unit.connection, statement, role=role)
        source = Source(
            header=header,
            header_hash=statement.header_hash,
            receipt_hash=None if receipt is None else cose.payload_hash(receipt),
            statement=statement,
            seed=Secret(contents.seed),
            role=role,
            pack=self._own_pack(header, role, statement=statement),
            window=None if window is None else window.commit(),
        )
        stored = contents.openings
        openings = None if stored is None else restore_openings(stored, seed=Secret(contents.seed))
        unit.put_record(
            role,
            transfer_id,
            record=derive_record(source).encode(),
            source=seal_source(source, openings, window=window, storage_key=self._storage, coins=self.coins),
        )
        if openings is not None and statement.state in MATCHED:
            self._put_reportable(unit, source, openings, receipt=receipt)

    def _put_reportable(self, unit: Unit, source: Source, openings: Openings, *, receipt: bytes | None) -> None:
        """Keep, sealed, what the report of the epoch will need of a matched transfer."""
        statement, role = source.statement, source.role
        peer = self._other_end(source, receipt)
        unit.put_reportable(
            role,
            statement.transfer_id,
            counterparty=statement.beneficiary if role is Role.ORIGINATOR else statement.originator,
            epoch=statement.time // EPOCH_S,
            box=seal_reportable(
                make_reportable(source, openings, peer=peer),
                role=role,
                transfer_id=statement.transfer_id,
                storage_key=self._storage,
                coins=self.coins,
            ),
        )

    def _other_end(self, source: Source, receipt: bytes | None) -> Source | None:
        """Return what the other end's record derives from, or None if its pack is not among ours."""
        header, other = source.header, _OTHER[source.role]
        named = header.originator_pack if other is Role.ORIGINATOR else header.beneficiary_pack
        if (known := self.network.packs.get(named)) is None:
            return None
        answered = None if receipt is None else Receipt.decode(cose.payload_of(receipt))
        window = own_window(other, leg_rule(known.pack, Leg.VASP), header=header, receipt=answered)
        return Source(
            header=header,
            header_hash=source.header_hash,
            receipt_hash=source.receipt_hash,
            statement=source.statement,
            seed=source.seed,
            role=other,
            pack=known.pack,
            window=window,
        )

    def _own_pack(self, header: OfferHeader, role: Role, *, statement: TerminalStatement) -> PolicyPack:
        """Return the pack of ours that *header* names, or the one in force: a refused offer may name what it likes."""
        named = header.originator_pack if role is Role.ORIGINATOR else header.beneficiary_pack
        known = self.network.packs.get(named)
        ours = known is not None and known.pack.jurisdiction == self.network.trust.member(self.vasp).jurisdiction
        examined = statement.state in BROADCAST_ENDINGS or role is Role.ORIGINATOR
        if known is not None and ours and (examined or may_judge(known.pack, epoch=statement.time // EPOCH_S)):
            return known.pack
        return self.network.own_pack(self.vasp, now=self.now).pack


def stored_header(unit: Unit, state: TransferState) -> OfferHeader:
    """Return the header of a transfer's latest offer."""
    row = unit.offer(state.role, state.transfer_id, state.revision)
    if row is None:
        raise LookupError("a transfer that was offered has its offer")
    return header_of(row.message)


def header_of(message: bytes) -> OfferHeader:
    """Return the header of an offer that was verified before it was stored."""
    return OfferHeader.decode(cose.payload_of(uncarry(Offer, message).header))


def _context(label: bytes, role: Role, transfer_id: bytes, revision: int = 0) -> bytes:
    return label + bytes([role, revision]) + transfer_id
