"""What an auditor asks of a VASP: records that its folder shows, or that are drawn from a report; and the answers."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, final

from carnet.audit.log import read_entries
from carnet.audit.spot import SpotFinding, SpotRecord, spot_records
from carnet.crypto.coins import Coins
from carnet.disclosure.keys import SupervisorKey
from carnet.disclosure.messages import AskedRecord, Commitment, DisclosureKind, DisclosureRequest, SpotCheck
from carnet.disclosure.request import OpenedRequest, check_selection, sign_request
from carnet.disclosure.spot import checkpoint_hash, select
from carnet.disclosure.verify import verify_response
from carnet.errors import UsageError
from carnet.evidence import (
    BUNDLE,
    Read,
    log_key_of,
    read_bundle,
    read_items,
    read_note,
    read_pack,
    read_page,
    read_report,
    report_path,
    witnesses_of,
)
from carnet.identity.directory import Trust
from carnet.log.checkpoint import Checkpoint
from carnet.log.merkle import HASH_SIZE, inclusion_path, leaf_hash, verify_inclusion
from carnet.log.notice import Notice, NoticeKind
from carnet.log.tiles import ENTRIES, RECORDS, WIDTH, Bundle, bundle_at, hash_reader
from carnet.log.witness import open_cosigned
from carnet.params import SUITE
from carnet.policy.pack import PolicyPack
from carnet.reporting.check import SignedReport
from carnet.reporting.window import chains_of

NONCE_SIZE: Final = 32
SEARCHED: Final = 256
"""How many bundles of records are searched for the notice of a report."""
REQUEST_ID_SIZE: Final = 16


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is asked for of each record, on what ground, and for how long."""

    paths: tuple[str, ...]
    openings: tuple[Commitment, ...]
    basis: bytes
    lifetime_s: int
    gag_s: int | None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Records of a VASP, and if they were drawn by what."""

    vasp: str
    records: tuple[AskedRecord, ...]
    spot: SpotCheck | None = None


def named_records(read: Read, indices: Sequence[int], *, trust: Trust) -> Asked:
    """Return the records *indices* of the source, under the newest checkpoint that its log and witnesses signed."""
    vasp, checkpoint = newest_log(read, trust)
    return Asked(vasp=vasp, records=_entries(read, sorted(set(indices)), checkpoint))


def draw_records(read: Read, *, count: int, serial: int, trust: Trust, coins: Coins) -> Asked:
    """Return *count* of the records that report *serial* groups by customer, drawn by a nonce that is made now.

    Report, page and checkpoint are verified first: whoever signed them could not foresee the nonce. The log must have a
    notice of the report, so that it is the one that every auditor sees.
    """
    vasp, checkpoint = newest_log(read, trust)
    chains, page = read_chains(read, serial, vasp=vasp, trust=trust, logged=checkpoint)
    eligible = sorted(chains)
    if eligible[-1] >= checkpoint.size:
        raise UsageError(f"report {serial} is about more than the checkpoint is: {checkpoint.size} entries")
    spot = SpotCheck(report=serial, checkpoint=checkpoint_hash(checkpoint), nonce=coins(NONCE_SIZE), page=page)
    drawn = select(eligible, checkpoint=spot.checkpoint, nonce=spot.nonce, count=count)
    return Asked(vasp=vasp, records=_entries(read, drawn, checkpoint), spot=spot)


def read_chains(
    read: Read, serial: int, *, vasp: str, trust: Trust, logged: Checkpoint | None = None
) -> tuple[dict[int, bytes], bytes]:
    """Return in which chain each record stands that report *serial* of *vasp* groups, and the hash of its page.

    At least one record does. If the log's checkpoint is given, the report is one that is *logged* under it.

    Raises:
        UsageError: None does, or the log has no notice of the report.
        VerifyError: The notice is not in the log.
    """
    member, network = trust.member(vasp), trust.directory.network
    signed = read_report(read, report_path(serial), member=member, network=network)
    if logged is not None:
        _require_notice(read, signed, logged)
    report = signed.report
    page = read_page(read, report)
    if page is None or report.windows is None:
        raise UsageError(f"report {serial} groups no records")
    return chains_of(page), report.windows


def drawn_chains(read: Read, request: DisclosureRequest, *, trust: Trust) -> dict[int, bytes]:
    """Return the chain of each record that could be drawn, after it is certain that *request* drew from them.

    Raises:
        UsageError: The request is no spot check, or does not say of which page.
        VerifyError: ``disclosure.selection``: the page is another now, or the records were not drawn from it so.
    """
    spot = request.spot
    if spot is None:
        raise UsageError("the request is no spot check")
    if spot.page is None:
        raise UsageError("the request does not say of which page its records are: another may be shown by now")
    chains, page = read_chains(read, spot.report, vasp=request.vasp, trust=trust)
    check_selection(request, eligible=sorted(chains), page=page)
    return chains


def open_spot(
    response: bytes,
    request: OpenedRequest,
    chains: Mapping[int, bytes],
    *,
    read: Read,
    trust: Trust,
    key: SupervisorKey,
    now: int,
) -> tuple[list[SpotRecord], list[SpotFinding]]:
    """Return the records of *chains* that *response* opens as was asked, and what is wrong with the others."""

    def pack_of(named: bytes) -> PolicyPack:
        return read_pack(read, named, directory=trust.directory)

    found = verify_response(response, request, key=key.sealing, trust=trust, packs=pack_of, now=now)
    return spot_records(found.records, chains, pack_of)


def _require_notice(read: Read, signed: SignedReport, log: Checkpoint) -> None:
    """Return only if *log* has a notice of the report *signed*, among the entries that follow its range."""
    report, size = signed.report, log.size
    wanted = Notice(kind=NoticeKind.REPORT, epoch=report.epoch, hash=signed.hash)
    first = report.end // WIDTH
    for number in range(first, min(-(-size // WIDTH), first + SEARCHED)):
        items = read_items(read, bundle_at(RECORDS, leaf=number * WIDTH, size=size))
        if wanted.encode() in items:
            inclusion(read, log)(number * WIDTH + items.index(wanted.encode()), wanted.entry())
            return
    raise UsageError(f"the log has no notice of report {report.serial}: another may be shown to others")


def make_request(asked: Asked, wanted: Wanted, *, key: SupervisorKey, trust: Trust, now: int, coins: Coins) -> bytes:
    """Return a request for the records *asked*, signed with *key*: a spot check if they were drawn, else a warrant."""
    request = DisclosureRequest(
        suite=SUITE,
        network=trust.directory.network,
        vasp=asked.vasp,
        request_id=coins(REQUEST_ID_SIZE),
        kind=DisclosureKind.WARRANT if asked.spot is None else DisclosureKind.SPOT_CHECK,
        requester=key.name,
        records=asked.records,
        paths=wanted.paths,
        openings=wanted.openings,
        legal_basis=wanted.basis,
        issued=now,
        expires=now + wanted.lifetime_s,
        gag_until=None if wanted.gag_s is None else now + wanted.gag_s,
        recipient=key.sealing.public,
        spot=asked.spot,
    )
    return sign_request(request, seed=key.signing)


def newest_log(read: Read, trust: Trust) -> tuple[str, Checkpoint]:
    """Return whose log the source shows, and its newest checkpoint, which the log and a quorum of witnesses signed."""
    bundle = read_bundle(read, BUNDLE, trust=trust).bundle
    checkpoint, _ = open_cosigned(
        read_note(read),
        origin=bundle.log_origin,
        keys=[log_key_of(bundle)],
        witnesses=witnesses_of(trust.directory),
        quorum=trust.directory.quorum,
    )
    return bundle.vasp, checkpoint


def _entries(read: Read, indices: Sequence[int], log: Checkpoint) -> tuple[AskedRecord, ...]:
    """Return the records *indices* as *log* names them; each bundle is read once.

    Who is asked for an entry that the log does not have may say that there is no such record.

    Raises:
        VerifyError: ``inclusion.root``: an entry that is shown is not the log's.
    """
    size, holds = log.size, inclusion(read, log)
    bundles: dict[Bundle, list[bytes]] = {}
    found: list[AskedRecord] = []
    for index in indices:
        if index >= size:
            raise UsageError(f"record {index}: the log has {size} entries")
        bundle = bundle_at(ENTRIES, leaf=index, size=size)
        if bundle not in bundles:
            bundles[bundle] = read_entries(read, bundle)
        entry = bundles[bundle][index % WIDTH]
        holds(index, entry)
        found.append(AskedRecord(index=index, entry=entry))
    return tuple(found)


def inclusion(read: Read, log: Checkpoint) -> Callable[[int, bytes], None]:
    """Return what refuses an entry that is not in *log* under its number; each tile is read once."""
    tiles = hash_reader(lambda path: read(path, WIDTH * HASH_SIZE), size=log.size)

    def holds(index: int, entry: bytes) -> None:
        path = inclusion_path(tiles, index=index, size=log.size)
        verify_inclusion(index=index, size=log.size, leaf=leaf_hash(entry), path=path, root=log.root)

    return holds
