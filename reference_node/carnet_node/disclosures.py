"""Disclosures: requests come in, an officer decides, a sealed response goes out, and the log tells of it.

Nothing is disclosed that no officer has approved. The response and the notice for the log are stored in one
transaction: there is no response that the log does not tell of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import Any, Final, final

from carnet.crypto import cose
from carnet.disclosure.messages import (
    AskedRecord,
    Commitment,
    DisclosureKind,
    DisclosureRequest,
    OpenedNotice,
    RecordAnswer,
    Refusal,
)
from carnet.disclosure.notice import notice_of, notice_path
from carnet.disclosure.request import OpenedRequest, check_recipient, check_selection, open_request, sign_request
from carnet.disclosure.respond import refuse, respond
from carnet.errors import UsageError
from carnet.evidence import BUNDLE
from carnet.log.checkpoint import unverified_note
from carnet.log.tiles import hash_reader
from carnet.params import SUITE
from carnet.reporting.window import MAX_PAGE, WindowPage, chains_of, page_hash
from carnet_node.disclosing import Disclosing
from carnet_node.errors import CommandError, StoreConflict
from carnet_node.observe import logger
from carnet_node.party import Party
from carnet_node.publish import Folder
from carnet_node.stores import disclosure_store as store
from carnet_node.stores import log_store, report_store
from carnet_node.stores.disclosure_store import APPROVED, REJECTED, RESPONDED, Stored
from carnet_node.stores.unit import Unit

LOG: Final = logger("disclosures")
Json = dict[str, Any]
MOST: Final = 1000
SHORTEST: Final = 8
"""How many hex digits of a request's hash name it at least."""
REQUEST_ID_SIZE: Final = 16


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Voluntary:
    """What our own officer wants to disclose, and to whom."""

    records: tuple[int, ...]
    paths: tuple[str, ...]
    openings: tuple[Commitment, ...]
    recipient: bytes
    recipient_name: str
    basis: bytes
    lifetime_s: int


class Disclosures:
    """The disclosures of *party*; opened notices are published in *folder*."""

    def __init__(self, party: Party, *, folder: Folder) -> None:
        self._party: Final = party
        self._folder: Final = folder

    # --- requests ---

    async def receive(self, data: bytes) -> Json:
        """Take in a signed request, and return what it asks for; raises `PeerError` if it may not ask that."""
        opened = self._open(data)
        now = self._party.now
        new = await self._party.store.write(
            lambda unit: store.receive(unit.connection, opened.hash, request=data, time=now)
        )
        if new:
            LOG.info("disclosure.received", detail=opened.request.kind.name)
        return self.show(opened.hash.hex())

    async def volunteer(self, wanted: Voluntary) -> tuple[Json, bytes]:
        """Make and take in a request of our own for somebody who holds a sealing key; return it, signed, as well."""
        party, now = self._party, self._party.now
        records = tuple(sorted(wanted.records))
        request = DisclosureRequest(
            suite=SUITE,
            network=party.network.directory.network,
            vasp=party.vasp,
            request_id=party.coins(REQUEST_ID_SIZE),
            kind=DisclosureKind.VOLUNTARY,
            requester=wanted.recipient_name,
            records=party.store.read(partial(_named_records, records=records)),
            paths=wanted.paths,
            openings=wanted.openings,
            legal_basis=wanted.basis,
            issued=now,
            expires=now + wanted.lifetime_s,
            gag_until=None,
            recipient=wanted.recipient,
            spot=None,
        )
        signed = sign_request(request, seed=party.keys.keystore.identity)
        return await self.receive(signed), signed

    def listing(self) -> list[Json]:
        """Return the newest requests, in brief."""
        found = self._party.store.read(lambda unit: store.listing(unit.connection, most=MOST))
        return [_brief(each) for each in found]

    def show(self, name: str) -> Json:
        """Return all that is known of the request whose hash begins with *name*, and the trail of who did what."""
        stored = self._named(name)
        acts = self._party.store.read(lambda unit: store.trail(unit.connection, stored.request_hash))
        request = _request(stored)
        return {
            **_brief(stored),
            "request_id": request.request_id.hex(),
            "records": [each.index for each in request.records],
            "paths": list(request.paths),
            "openings": [each.name for each in request.openings],
            "legal_basis": request.legal_basis.hex(),
            "issued": request.issued,
            "declined": sorted(stored.declined),
            "trail": [
                {"time": each.time, "act": each.act, "officer": each.officer, "reason": each.reason} for each in acts
            ],
        }

    # --- decisions ---

    async def approve(self, name: str, *, officer: str, declined: Sequence[int], reason: str | None) -> Json:
        """Note that *officer* approves a request, but for the records *declined*."""
        stored = self._named(name)
        request = self._open(stored.request).request  # it may have expired, or its supervisor be one no more
        if unknown := set(declined) - {each.index for each in request.records}:
            raise CommandError(f"records that were not asked for cannot be declined: {min(unknown)}")
        return await self._decide(stored, APPROVED, officer=officer, declined=sorted(set(declined)), reason=reason)

    async def reject(self, name: str, *, officer: str, reason: str) -> Json:
        """Note that *officer* rejects a request: its response declines every record."""
        stored = self._named(name)
        declined = sorted(each.index for each in _request(stored).records)
        return await self._decide(stored, REJECTED, officer=officer, declined=declined, reason=reason)

    async def _decide(
        self, stored: Stored, state: str, *, officer: str, declined: Sequence[int], reason: str | None
    ) -> Json:
        now = self._party.now

        def work(unit: Unit) -> None:
            store.decide(
                unit.connection,
                stored.request_hash,
                state=state,
                declined=declined,
                officer=officer,
                reason=reason,
                time=now,
            )

        try:
            await self._party.store.write(work)
        except StoreConflict as error:
            raise CommandError(str(error)) from error
        LOG.info("disclosure.decided", detail=state)
        return self.show(stored.request_hash.hex())

    # --- responses ---

    async def respond(self, name: str) -> bytes:
        """Return the sealed response to a request that an officer has decided about: always the same one."""
        stored = self._named(name)
        if stored.state == RESPONDED and stored.response is not None:
            return stored.response
        if stored.state not in {APPROVED, REJECTED}:
            raise CommandError("no officer has decided about this request; approve or reject it first")
        opened, now = self._open(stored.request), self._party.now
        note, answers = self._party.store.read(lambda unit: self._answers(unit, opened, stored))
        try:
            made = respond(
                opened,
                answers,
                identity=self._party.keys.keystore.identity,
                bundle=self._folder.read(BUNDLE),
                checkpoint=note,
                now=now,
                coins=self._party.coins,
            )
        except UsageError as error:  # all else that it could be is checked above
            raise CommandError(f"{error}; the authority can ask for fewer records at once") from error

        def work(unit: Unit) -> None:
            store.store_response(
                unit.connection,
                opened.hash,
                response=made.sealed,
                opened=made.opened.encode(),
                open_at=opened.request.gag_until or now,
                time=now,
            )
            log_store.queue_notice(unit.connection, made.notice, time=now)

        try:
            await self._party.store.write(work)
        except StoreConflict as error:
            raise CommandError(str(error)) from error
        LOG.info("disclosure.responded", records=made.opened.note.records)
        return made.sealed

    def _answers(self, unit: Unit, opened: OpenedRequest, stored: Stored) -> tuple[bytes, list[RecordAnswer]]:
        """Return the newest published checkpoint, and one answer for each record, all from one reading."""
        head = log_store.load_head(unit.connection)
        if head is None or head.published is None:
            raise CommandError("no checkpoint of our log is published yet")
        size = unverified_note(head.published).checkpoint.size
        disclosing = Disclosing(party=self._party, unit=unit, read=hash_reader(self._folder.read, size=size), size=size)
        request = opened.request
        answers = [
            refuse(each, Refusal.DECLINED) if each.index in stored.declined else disclosing.answer(each, request)
            for each in request.records
        ]
        return head.published, answers

    # --- notices ---

    async def open_due(self) -> None:
        """Publish what opens the notices whose gag is over."""
        now = self._party.now
        for stored in self._party.store.read(lambda unit: store.due(unit.connection, now=now)):
            if stored.opened is None:
                continue
            named = notice_of(OpenedNotice.decode(stored.opened)).hash
            self._folder.write(notice_path(named), stored.opened)
            await self._party.store.write(
                lambda unit, stored=stored: store.store_opened(  # type: ignore[misc]
                    unit.connection, stored.request_hash, time=now
                )
            )
            LOG.info("disclosure.opened")

    # --- plumbing ---

    def _open(self, data: bytes) -> OpenedRequest:
        """Return the request in *data*, if it may be made of us, now, by who made it."""
        opened = open_request(data, trust=self._party.trust)
        check_recipient(opened.request, vasp=self._party.vasp, now=self._party.now)
        if opened.request.spot is not None:
            eligible, page = self._eligible(opened.request.spot.report)
            check_selection(opened.request, eligible=eligible, page=page)
        return opened

    def _eligible(self, serial: int) -> tuple[list[int], bytes]:
        """Return the records that report *serial* groups by customer, and its page's hash: a spot check draws of it."""
        report = self._party.store.read(lambda unit: report_store.numbered(unit.connection, serial))
        if report is None or report.windows is None:
            raise CommandError(f"report {serial} groups no records")
        return sorted(chains_of(WindowPage.decode(report.windows, limit=MAX_PAGE))), page_hash(report.windows)

    def _named(self, name: str) -> Stored:
        digits = name.strip().lower()
        try:
            start = bytes.fromhex(digits[: len(digits) // 2 * 2])
        except ValueError:
            start = b""
        if len(digits) < SHORTEST or not start:
            raise CommandError(f"a request is named by its hash, or the first {SHORTEST} hex digits of it")
        found = [
            each
            for each in self._party.store.read(lambda unit: store.named(unit.connection, start))
            if each.request_hash.hex().startswith(digits)
        ]
        if len(found) != 1:
            raise CommandError("no such request" if not found else "more than one request begins so; give more digits")
        return found[0]


def _request(stored: Stored) -> DisclosureRequest:
    """Return a request that was verified before it was stored."""
    return DisclosureRequest.decode(cose.payload_of(stored.request))


def _brief(stored: Stored) -> Json:
    request = _request(stored)
    return {
        "request": stored.request_hash.hex(),
        "state": stored.state,
        "kind": request.kind.name,
        "requester": request.requester,
        "count": len(request.records),
        "received": stored.received,
        "expires": request.expires,
        "gag_until": request.gag_until,
    }


def _named_records(unit: Unit, records: Sequence[int]) -> tuple[AskedRecord, ...]:
    """Return the entries with the numbers *records*, as a request names them."""
    found = []
    for index in records:
        row = store.record_at(unit.connection, index)
        if row is None or row.role == log_store.NOTICE:
            raise CommandError(f"there is no record {index} in our log")
        found.append(AskedRecord(index=index, entry=sha256(row.record).digest()))
    return tuple(found)
