"""One record that was shown: from the payload's leaves back to the log, step by step (spec/disclosure.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, final

from carnet import wire
from carnet.crypto import cose
from carnet.crypto.group import N, group
from carnet.disclosure import branches
from carnet.disclosure.messages import (
    MAX_LEAF,
    Commitment,
    DisclosureRequest,
    ShownLinks,
    ShownOpening,
    ShownRecord,
)
from carnet.disclosure.paths import answers
from carnet.disclosure.request import asked_paths
from carnet.errors import DecodeError, PeerError, VerifyError
from carnet.identity.directory import Trust
from carnet.log.record import Record, own_window, reference
from carnet.messages import BROADCAST_ENDINGS, OfferHeader, Phase, Receipt, Role, TerminalStatement
from carnet.params import EPOCH_S, SUITE
from carnet.policy.pack import Leg, PolicyPack, leg_rule
from carnet.schema import Message
from carnet.wire import Wire
from carnet.zk import pedersen

BOTH: Final = frozenset(Role)
_LEAF: Final = b"\0"


@final
@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ShownTransfer:
    """What was shown of a transfer: what both ends signed, *leaves* by path, and *values* by what they open.

    An absent field is a leaf whose value is None. *signers* are the ends that signed the *statement*.
    """

    header: OfferHeader
    header_hash: bytes
    receipt: Receipt | None
    statement: TerminalStatement
    signers: frozenset[Role]
    leaves: dict[str, Wire]
    values: dict[str, int]


def verify_shown(
    shown: ShownRecord,
    record: Record,
    request: DisclosureRequest,
    *,
    trust: Trust,
    packs: Callable[[bytes], PolicyPack],
) -> ShownTransfer:
    """Return what *shown* tells of the transfer behind *record*, if it leads there (spec/disclosure.md#verifying).

    Raises:
        VerifyError: A check named ``disclosure.…``.
        DecodeError: ``disclosure.leaf``, or a leaf's content is no CBOR.
        PolicyError: ``member.unknown``: the directory does not know one of the two ends.
    """
    header, header_hash = _header(shown, record, request, trust=trust)  # (1), (2)
    receipt = _receipt(shown, record, header, header_hash=header_hash, trust=trust)  # (3)
    statement, signers = _statement(shown, record, header, header_hash=header_hash, trust=trust)  # (4)
    _check_commitments(record, header, receipt, shown.links, packs(record.pack))  # (5)
    leaves = _leaves(shown, header, asked_paths(request, role=record.role))  # (6), (7)
    return ShownTransfer(
        header=header,
        header_hash=header_hash,
        receipt=receipt,
        statement=statement,
        signers=signers,
        leaves=leaves,
        values=_openings(shown, header, request),  # (8)
    )


def _header(
    shown: ShownRecord, record: Record, request: DisclosureRequest, *, trust: Trust
) -> tuple[OfferHeader, bytes]:
    try:  # (1)
        header = cose.open_signed(
            OfferHeader, shown.header, resolve=lambda claim, kid: trust.identity_of(claim.originator, kid)
        )
    except PeerError as error:
        raise VerifyError("disclosure.header", error.check) from error
    own = header.originator if record.role is Role.ORIGINATOR else header.beneficiary
    if (header.suite, header.network, own) != (SUITE, request.network, request.vasp):
        raise VerifyError("disclosure.party")
    header_hash = cose.payload_hash(shown.header)
    if reference(shown.links.header_salt, header_hash) != record.header_ref:  # (2)
        raise VerifyError("disclosure.header_ref")
    return header, header_hash


def _about(header: OfferHeader, header_hash: bytes) -> tuple[object, ...]:
    names = (header.suite, header.network, header.transfer_id, header.revision, header.originator, header.beneficiary)
    return (*names, header_hash)


def _speaks_of(claim: Receipt | TerminalStatement) -> tuple[object, ...]:
    names = (claim.suite, claim.network, claim.transfer_id, claim.revision, claim.originator, claim.beneficiary)
    return (*names, claim.header_hash)


def _receipt(
    shown: ShownRecord, record: Record, header: OfferHeader, *, header_hash: bytes, trust: Trust
) -> Receipt | None:
    """Return the receipt that the beneficiary signed, to which the record refers (3)."""
    receipt, target = None, b""
    if shown.receipt is not None:
        try:
            receipt = cose.open_signed(
                Receipt, shown.receipt, resolve=lambda _claim, kid: trust.identity_of(header.beneficiary, kid)
            )
        except PeerError as error:
            raise VerifyError("disclosure.receipt", error.check) from error
        if _speaks_of(receipt) != _about(header, header_hash):
            raise VerifyError("disclosure.receipt", "of another offer")
        target = cose.payload_hash(shown.receipt)
    if reference(shown.links.receipt_salt, target) != record.receipt_ref:
        raise VerifyError("disclosure.receipt_ref")
    return receipt


def _statement(
    shown: ShownRecord, record: Record, header: OfferHeader, *, header_hash: bytes, trust: Trust
) -> tuple[TerminalStatement, frozenset[Role]]:
    """Return the statement, signed by whom its ending needs, to which the record refers (4)."""
    names = {Role.ORIGINATOR: header.originator, Role.BENEFICIARY: header.beneficiary}
    by_kid = {cose.kid(trust.member(name).identity_key): role for role, name in names.items()}
    signers, statement = set(), None
    for signed in shown.statements:
        try:
            claim = cose.open_signed(TerminalStatement, signed, resolve=_either(names, by_kid, trust))
        except PeerError as error:
            raise VerifyError("disclosure.statement", error.check) from error
        if _speaks_of(claim) != _about(header, header_hash) or statement not in {None, claim}:
            raise VerifyError("disclosure.statement", "of another ending")
        statement = claim
        signers.add(by_kid[cose.unverified_signer(signed)])
    if statement is None or not _enough(statement.state, signers, own=record.role):
        raise VerifyError("disclosure.statement", "not signed by whom it needs")
    if (statement.state, statement.time // EPOCH_S, Leg.VASP) != (record.kind, record.epoch, record.leg):
        raise VerifyError("disclosure.ending")
    if reference(shown.links.terminal_salt, sha256(statement.encode()).digest()) != record.terminal_ref:
        raise VerifyError("disclosure.terminal_ref")
    return statement, frozenset(signers)


def _either(names: dict[Role, str], by_kid: dict[bytes, Role], trust: Trust) -> Callable[[Message, bytes], bytes]:
    def resolve(_claim: Message, kid: bytes) -> bytes:
        if (role := by_kid.get(kid)) is None:
            raise VerifyError("disclosure.statement", "of a stranger")
        return trust.identity_of(names[role], kid)

    return resolve


def _enough(state: Phase, signers: set[Role], *, own: Role) -> bool:
    """Tell whether *signers* are those that *state* needs, for the record of *own* (spec/exchange.md#endings)."""
    needed = {
        Phase.SETTLED: BOTH,
        Phase.REJECTED: {Role.BENEFICIARY},
        Phase.CANCELLED: {Role.ORIGINATOR},
    }
    if state is Phase.MISMATCH:
        return bool(signers & {own, Role.BENEFICIARY})
    return needed.get(state, {own}) <= signers


def _check_commitments(
    record: Record, header: OfferHeader, receipt: Receipt | None, links: ShownLinks, pack: PolicyPack
) -> None:
    """Refuse a record whose commitments are not the header's, shifted (5)."""
    rule = leg_rule(pack, Leg.VASP)
    moved = record.kind in BROADCAST_ENDINGS
    values = {each.currency: each.point for each in header.values}
    value = values.get(rule.currency) if moved else None
    if moved and value is None:
        raise VerifyError("disclosure.commitment", "no value in the pack's currency")
    own = own_window(record.role, rule, header=header, receipt=receipt)
    pairs = (
        (value, links.value_shift, record.value),
        (header.unit if moved else None, links.unit_shift, record.unit),
        ((own or value) if moved else None, links.window_shift, record.window),
        (header.flag, links.flag_shift, record.flag),
    )
    if not all(_leads(point, by, to) for point, by, to in pairs):
        raise VerifyError("disclosure.commitment")


def _leads(point: bytes | None, by: bytes, to: bytes) -> bool:
    """Tell whether *point*, or nothing, plus *by* times G is *to*."""
    scalar, engine = int.from_bytes(by, "big"), group()
    if not 0 < scalar < N:
        return False
    total = engine.mul(scalar, engine.generator)
    if point is not None:
        total = engine.add(total, engine.decode(point))
    return not engine.is_identity(total) and engine.encode(total) == to


def _leaves(shown: ShownRecord, header: OfferHeader, paths: tuple[str, ...]) -> dict[str, Wire]:
    """Return the leaves that were shown, by path, if they are the payload's, and just those that *paths* ask for."""
    if not paths:
        if shown.leaves or shown.tree_size is not None or shown.hashes:
            raise VerifyError("disclosure.unasked")
        return {}
    if not shown.leaves:
        raise VerifyError("disclosure.withheld", "no leaf at all")
    leaves: dict[str, Wire] = {}
    hashes: dict[int, bytes] = {}
    for leaf in shown.leaves:  # (6)
        path, value = _content(leaf.content)
        if path in leaves or leaf.place in hashes:
            raise VerifyError("disclosure.leaf", "shown twice")
        leaves[path] = value
        hashes[leaf.place] = sha256(_LEAF + leaf.salt + leaf.content).digest()
    if branches.root(hashes, size=shown.tree_size or 0, hashes=shown.hashes) != header.payload_root:
        raise VerifyError("disclosure.root")
    wanted = set(answers(leaves, paths))  # (7)
    if not wanted <= leaves.keys():
        raise VerifyError("disclosure.withheld", f"{len(wanted - leaves.keys())} leaves")
    if not leaves.keys() <= wanted:
        raise VerifyError("disclosure.unasked")
    return leaves


def _content(content: bytes) -> tuple[str, Wire]:
    match wire.decode(content, limit=MAX_LEAF):
        case [str(path), value]:
            return path, value
        case _:
            raise DecodeError("disclosure.leaf")


def _openings(shown: ShownRecord, header: OfferHeader, request: DisclosureRequest) -> dict[str, int]:
    """Return the values that were shown, by what they open, if they are just those that were asked for (8)."""
    points = {(Commitment.VALUES, each.currency): each.point for each in header.values}
    single: dict[tuple[Commitment, str | None], bytes] = {
        (Commitment.UNIT, None): header.unit,
        (Commitment.FLAG, None): header.flag,
    }
    wanted = {key: point for key, point in (*points.items(), *single.items()) if key[0] in request.openings}
    given = [(each.commitment, each.currency) for each in shown.openings]
    if len(set(given)) != len(given) or not set(given) <= wanted.keys():
        raise VerifyError("disclosure.unasked")
    if not wanted.keys() <= set(given):
        raise VerifyError("disclosure.withheld")
    return {_called(each): _opened(each, wanted[each.commitment, each.currency]) for each in shown.openings}


def _called(opening: ShownOpening) -> str:
    return opening.currency or opening.commitment.name.lower()


def _opened(opening: ShownOpening, point: bytes) -> int:
    try:
        pedersen.verify_opening(point, value=opening.value, blinding=int.from_bytes(opening.blinding, "big"))
    except VerifyError as error:
        raise VerifyError("disclosure.opening") from error
    return opening.value
