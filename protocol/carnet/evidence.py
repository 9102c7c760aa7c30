"""What a VASP publishes, piece by piece, verified as it is read (spec/audit.md#folder).

Nothing here touches a disk or a network: whoever has the files passes in a `Read`, which must keep to the limit that
it is given, so that a hostile source costs no more memory than an honest one. A piece that cannot be had is
`UnreadableError`, and shows nothing about its owner; a piece that is wrong is a `PeerError`, and does.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, TypeVar, final

from carnet.crypto import cose
from carnet.days import moment
from carnet.errors import CarnetError, DecodeError, PolicyError, VerifyError
from carnet.identity.directory import Trust, open_bundle, open_directory
from carnet.log.checkpoint import LOG_KEY, WITNESS_KEY, VerifierKey, named_key
from carnet.log.tiles import (
    CHECKPOINT,
    WIDTH,
    Bundle,
    Tile,
    decode_bundle,
    decode_tile,
    encode_bundle,
    parse_path,
)
from carnet.messages import Directory, KeyBundle, Member
from carnet.params import HASH_SIZE, MAX_DIRECTORY, MAX_OBJECT
from carnet.policy.pack import PolicyPack, check_pack, pack_hash
from carnet.reporting.check import SignedReport, open_report
from carnet.reporting.report import MAX_REPORT, EpochReport
from carnet.reporting.window import MAX_PAGE, WindowPage, open_page
from carnet.schema import Message

DIRECTORY: Final = "directory"
BUNDLE: Final = "bundle"
REPORT: Final = "report"
MAX_NOTE: Final = 65536
MAX_ITEM: Final = 1024
"""The most bytes of one record or proof: twice what a record has, and a little more than a proof."""
MAX_BUNDLES: Final = 10_000
"""How many key bundles are looked at: a bundle a day for more than a quarter of a century."""
MAX_REPORTS: Final = 10_000
"""How many reports are looked at: one a day, for as long."""

Read = Callable[[str, int], bytes]
"""Return the content of the file at a path, of at most so many bytes.

Raises `UnreadableError` if it is not there or cannot be read, and `DecodeError` (``evidence.size``) if it is larger.
"""

M = TypeVar("M", bound=Message)


@final
class UnreadableError(CarnetError):
    """A file could not be had: from this, nobody can tell whether its owner is honest.

    *withheld* tells that it was refused to this reader, and so may well be there.
    """

    def __init__(self, path: str, reason: str, *, withheld: bool = False) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = path
        self.reason = reason
        self.withheld = withheld


def bundle_path(serial: int) -> str:
    """Return where the key bundle *serial* lies (spec/audit.md#folder)."""
    return f"bundles/{serial}"


def pack_path(named: bytes) -> str:
    """Return where the policy pack with hash *named* lies (spec/audit.md#folder)."""
    return f"packs/{named.hex()}"


def within(data: bytes, limit: int) -> bytes:
    """Return *data* if it has at most *limit* bytes: for those who write a `Read`.

    Raises:
        DecodeError: ``evidence.size``.
    """
    if len(data) > limit:
        raise DecodeError("evidence.size", f"more than {limit} bytes")
    return data


def read_directory(read: Read, *, authority: bytes | None) -> Directory:
    """Return the published directory, signed by *authority*; without one, it is taken at its word.

    Whether it was in force is for the caller to judge: old evidence stays good.

    Raises:
        DecodeError: Not a signed directory.
        VerifyError: Not signed by *authority*, or it lists something twice.
    """
    data = read(DIRECTORY, MAX_DIRECTORY)
    if authority is None:
        return _claimed(Directory, data, limit=MAX_DIRECTORY)
    signed = cose.open_signed_by(Directory, data, public=authority, limit=MAX_DIRECTORY)
    return open_directory(data, authority=authority, now=_issued(signed))


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SignedBundle:
    """A verified key bundle, and the bytes that its owner signed."""

    bundle: KeyBundle
    hash: bytes


def read_bundle(read: Read, path: str, *, trust: Trust) -> SignedBundle:
    """Return the key bundle at *path*, signed by the member that it names; its period is for the caller to judge.

    Raises:
        DecodeError: Not a signed bundle.
        VerifyError: Not signed by that member.
        PolicyError: ``member.unknown``, or a bundle of another network or log.
    """
    data = read(path, MAX_OBJECT)
    claimed = _claimed(KeyBundle, data, limit=MAX_OBJECT)
    member = trust.member(claimed.vasp)
    bundle = open_bundle(data, member=member, network=trust.directory.network, now=_issued(claimed))
    return SignedBundle(bundle=bundle, hash=cose.payload_hash(data))


def read_previous(read: Read, newer: SignedBundle, *, trust: Trust) -> SignedBundle:
    """Return the key bundle before *newer*, which names it by its hash.

    Raises:
        VerifyError: ``bundle.chain``: another bundle than the newer one says.
        PeerError: What `read_bundle` raises.
    """
    older = read_bundle(read, bundle_path(newer.bundle.serial - 1), trust=trust)
    same_owner = older.bundle.vasp == newer.bundle.vasp and older.bundle.serial == newer.bundle.serial - 1
    if not same_owner or older.hash != newer.bundle.previous:
        raise VerifyError("bundle.chain", f"serial {newer.bundle.serial - 1}")
    return older


def report_path(serial: int) -> str:
    """Return where the report *serial* lies (spec/audit.md#folder)."""
    return f"reports/{serial}"


def read_report(read: Read, path: str, *, member: Member, network: str) -> SignedReport:
    """Return the report at *path*, signed by *member*; whether it is true is for the caller to judge.

    Raises:
        DecodeError: Not a signed report.
        VerifyError: Not signed by *member*.
        PolicyError: ``report.subject``.
    """
    return open_report(read(path, MAX_REPORT), member=member, network=network)


def page_path(serial: int) -> str:
    """Return where the page of window sums lies that belongs to report *serial* (spec/audit.md#folder)."""
    return f"windows/{serial}"


def read_page(read: Read, report: EpochReport) -> WindowPage | None:
    """Return the page of window sums that *report* names, or None if it names none; its proofs are not verified.

    Raises:
        DecodeError: Not a page.
        VerifyError: ``window.page``: another page.
    """
    if report.windows is None:
        return None
    data = read(page_path(report.serial), MAX_PAGE)
    return open_page(data, serial=report.serial, epoch=report.epoch, named=report.windows)


def read_note(read: Read) -> bytes:
    """Return the published checkpoint, unverified."""
    return read(CHECKPOINT, MAX_NOTE)


def read_pack(read: Read, named: bytes, *, directory: Directory) -> PolicyPack:
    """Return the policy pack with hash *named*, signed by an issuer that *directory* names.

    Raises:
        DecodeError: Not a signed pack.
        VerifyError: Not signed by such an issuer, or ``pack.hash``: another pack.
        PolicyError: It means nothing (`carnet.policy.pack.check_pack`).
    """
    issuers = cose.only(*(issuer.key for issuer in directory.pack_issuers))
    pack = cose.open_signed(PolicyPack, read(pack_path(named), MAX_OBJECT), resolve=issuers)
    if pack_hash(pack) != named:
        raise VerifyError("pack.hash")
    return check_pack(pack)


def lasting(read: Read) -> Read:
    """Return *read*, which finds what a partial file held also in the full one, where the partial one has gone.

    So a log may grow while it is audited (spec/log.md#paths).
    """

    def found(path: str, limit: int) -> bytes:
        try:
            return read(path, limit)
        except UnreadableError:
            if (data := _beginning(read, path)) is None:
                raise
            return within(data, limit)

    return found


def _beginning(read: Read, path: str) -> bytes | None:
    """Return what the partial file at *path* would hold, if it is one and there is a full one."""
    try:
        place = parse_path(path)
    except DecodeError:
        return None
    full = replace(place, width=WIDTH)
    if place == full:
        return None
    limit = WIDTH * (HASH_SIZE if isinstance(place, Tile) else 2 + MAX_ITEM)
    try:
        data = read(full.path, limit)
    except UnreadableError:
        return None
    if isinstance(place, Tile):
        return data[: place.width * HASH_SIZE]
    return encode_bundle(decode_bundle(data, width=WIDTH)[: place.width])


def read_tile(read: Read, tile: Tile) -> list[bytes]:
    """Return the hashes of *tile*."""
    return decode_tile(lasting(read)(tile.path, tile.width * HASH_SIZE), width=tile.width)


def read_items(read: Read, bundle: Bundle, *, most: int = MAX_ITEM) -> list[bytes]:
    """Return the items of *bundle*, of at most *most* bytes each.

    Raises:
        DecodeError: ``tiles.truncated``, ``tiles.trailing`` or ``evidence.size``.
    """
    items = decode_bundle(lasting(read)(bundle.path, WIDTH * (2 + most)), width=bundle.width)
    for item in items:
        within(item, most)
    return items


def log_key_of(bundle: KeyBundle) -> VerifierKey:
    """Return the key of the log that *bundle* names.

    Raises:
        DecodeError: ``evidence.name``.
    """
    return named_key(bundle.log_origin, bundle.log_key, kind=LOG_KEY)


def witnesses_of(directory: Directory) -> list[VerifierKey]:
    """Return the keys of the witnesses that *directory* names, each key once.

    Raises:
        DecodeError: ``evidence.name``.
    """
    return [
        named_key(name, key, kind=WITNESS_KEY)
        for key, name in {each.key: each.name for each in directory.witnesses}.items()
    ]


def _claimed(kind: type[M], data: bytes, *, limit: int) -> M:
    """Return what signed object *data* says of itself, unverified."""
    return kind.decode(cose.payload_of(data, limit=limit), limit=limit)


def _issued(claimed: Directory | KeyBundle) -> int:
    """Return when *claimed* was issued: a moment at which it is in force, unless it never is."""
    if claimed.issued >= claimed.expires:
        raise PolicyError("evidence.period", f"from {moment(claimed.issued)} to {moment(claimed.expires)}")
    return claimed.issued
