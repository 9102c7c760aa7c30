"""What this VASP holds of a record, gathered from its database for a disclosure (spec/disclosure.md#responses)."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from sqlalchemy import select

from carnet.crypto import cose
from carnet.disclosure.messages import AskedRecord, DisclosureRequest, RecordAnswer, Refusal
from carnet.disclosure.respond import Held, refuse, show, show_cover
from carnet.errors import DecodeError
from carnet.log.merkle import ReadHash, inclusion_path
from carnet.log.record import Record, record_links, reference
from carnet.messages import Closing, Offer, Reply, Role, uncarry
from carnet.policy.pack import leg_rule
from carnet.secret import Secret
from carnet_node.covers import open_cover
from carnet_node.errors import CommandError
from carnet_node.party import Party, StoredContents
from carnet_node.recording import restore_openings
from carnet_node.stores import disclosure_store as store
from carnet_node.stores import tables as t
from carnet_node.stores.log_store import COVER, NOTICE
from carnet_node.stores.unit import Unit


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosing:
    """Answers for *party* within one reading of its database; *read* has the log's tree of *size* entries."""

    party: Party
    unit: Unit
    read: ReadHash
    size: int

    def answer(self, asked: AskedRecord, request: DisclosureRequest) -> RecordAnswer:
        """Return the answer to *asked*: what *request* wants to see of it, or why that cannot be shown.

        Raises:
            CommandError: The record is in our log, but no published checkpoint speaks of it yet.
        """
        row = store.record_at(self.unit.connection, asked.index)
        if row is None or row.role == NOTICE or Record.decode(row.record).entry() != asked.entry:
            return refuse(asked, Refusal.UNKNOWN)
        if asked.index >= self.size:
            raise CommandError(f"record {asked.index} is not published yet; respond once it is")
        path = tuple(inclusion_path(self.read, index=asked.index, size=self.size))
        if row.role == COVER:
            if row.source is None:
                return refuse(asked, Refusal.SHREDDED)
            cover = open_cover(row.record, row.source, storage_key=Secret(self.party.keys.keystore.storage_key))
            return show_cover(cover.record, cover.openings, asked, path=path)
        held = self._held(Record.decode(row.record), Role(row.role), row.transfer_id, path=path)
        return refuse(asked, Refusal.SHREDDED) if held is None else show(held, asked, request)

    def _held(self, record: Record, role: Role, transfer_id: bytes, *, path: tuple[bytes, ...]) -> Held | None:
        """Return what is held of the transfer behind *record*, or None if it was erased."""
        found = self.unit.state(role, transfer_id)
        if found is None:
            return None
        revision = found[0].revision
        contents = self.party.contents(self.unit, role, transfer_id, revision)
        offer = self.unit.offer(role, transfer_id, revision)
        if contents is None or offer is None:
            return None
        return self._gathered(record, transfer_id, revision, contents=contents, offer=bytes(offer.message), path=path)

    def _gathered(
        self,
        record: Record,
        transfer_id: bytes,
        revision: int,
        *,
        contents: StoredContents,
        offer: bytes,
        path: tuple[bytes, ...],
    ) -> Held | None:
        header = uncarry(Offer, offer).header
        pack = self.party.network.packs[record.pack].pack
        links = record_links(
            Secret(contents.seed),
            role=record.role,
            header_hash=cose.payload_hash(header),
            rule=leg_rule(pack, record.leg),
        )
        statements = tuple(
            signed
            for signed in self._statements(record, transfer_id)
            if reference(links.terminal_salt, cose.payload_hash(signed)) == record.terminal_ref
        )
        if not statements:
            return None
        receipts = self._receipts(record.role, transfer_id, revision)
        receipt = next(
            (each for each in receipts if reference(links.receipt_salt, cose.payload_hash(each)) == record.receipt_ref),
            None,
        )
        opened = contents.openings
        return Held(
            record=record,
            path=path,
            links=links,
            header=header,
            receipt=receipt,
            statements=statements,
            payload=contents.payload,
            openings=None if opened is None else restore_openings(opened, seed=Secret(contents.seed)),
        )

    def _statements(self, record: Record, transfer_id: bytes) -> Iterator[bytes]:
        """Yield the signed statements about the ending of *record*, out of whatever carried them."""
        kept = store.statements_of(
            self.unit.connection, role=int(record.role), transfer_id=transfer_id, state=int(record.kind)
        )
        for data in kept:
            try:
                yield uncarry(Closing, data).statement
            except DecodeError:  # a rejection came with its reply
                if (terminal := uncarry(Reply, data).terminal) is not None:
                    yield terminal

    def _receipts(self, role: Role, transfer_id: bytes, revision: int) -> list[bytes]:
        query = select(t.receipts.c.message).where(
            t.receipts.c.role == int(role),
            t.receipts.c.transfer_id == transfer_id,
            t.receipts.c.revision == revision,
        )
        return [uncarry(Reply, bytes(row.message)).receipt for row in self.unit.connection.execute(query)]
