"""Who may ask for what: disclosure requests, signed and checked (spec/disclosure.md#requests)."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, final

from carnet.crypto import cose
from carnet.disclosure.messages import DisclosureKind, DisclosureRequest
from carnet.disclosure.paths import CUSTOMER, check_path
from carnet.disclosure.spot import select
from carnet.errors import DecodeError, PolicyError, VerifyError
from carnet.identity.directory import Trust
from carnet.messages import Role
from carnet.params import CLOCK_SKEW_S, SUITE
from carnet.secret import Secret

MAX_LIFETIME_S: Final = 366 * 86_400
MAX_GAG_S: Final = 5 * 366 * 86_400
"""How long after its issue a request may keep its notice closed: an auditor need not wait for ever."""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedRequest:
    """A request whose signature holds, and the hash by which its answer names it."""

    request: DisclosureRequest
    hash: bytes


def sign_request(request: DisclosureRequest, *, seed: Secret[bytes]) -> bytes:
    """Return *request*, signed: by a supervisor, or by the VASP itself if it is voluntary.

    Raises:
        DecodeError: ``disclosure.form`` or ``disclosure.path``: it asks for what cannot be asked for.
        PolicyError: ``disclosure.validity`` or ``disclosure.gag``.
    """
    _check_form(request)
    return cose.sign(request, seed=seed)


def open_request(data: bytes, *, trust: Trust) -> OpenedRequest:
    """Return the request in *data*, if who signed it may ask that (spec/disclosure.md#opening-a-request).

    Raises:
        DecodeError: Not a signed request, ``disclosure.form`` or ``disclosure.path``.
        VerifyError: ``signature`` or ``signature.kid``.
        PolicyError: ``member.unknown``, ``disclosure.network``, ``disclosure.suite``, ``disclosure.supervisor``,
            ``disclosure.jurisdiction``, ``disclosure.validity`` or ``disclosure.gag``.
    """
    request = cose.open_signed(  # (1)
        DisclosureRequest, data, resolve=lambda claim, kid: cose.only(*_signers(claim, trust))(claim, kid)
    )
    if request.suite != SUITE:  # (2)
        raise PolicyError("disclosure.suite", f"{request.suite}")
    if request.network != trust.directory.network:
        raise PolicyError("disclosure.network")
    _check_form(request)  # (3)
    return OpenedRequest(request=request, hash=cose.payload_hash(data))


def check_recipient(request: DisclosureRequest, *, vasp: str, now: int) -> None:
    """Refuse *request* unless *vasp* is asked, and *now* is in its time (spec/disclosure.md#opening-a-request).

    Raises:
        PolicyError: ``disclosure.vasp``, ``disclosure.early`` or ``disclosure.expired``.
    """
    if request.vasp != vasp:  # (4)
        raise PolicyError("disclosure.vasp")
    if request.issued > now + CLOCK_SKEW_S:  # (5)
        raise PolicyError("disclosure.early", f"issued {request.issued}")
    if now >= request.expires:
        raise PolicyError("disclosure.expired", f"at {request.expires}")


def check_selection(request: DisclosureRequest, *, eligible: Sequence[int], page: bytes) -> None:
    """Refuse a spot check whose records were not drawn from the *eligible* ones, of this *page*, as it says.

    Raises:
        DecodeError: ``disclosure.form``: not a spot check.
        VerifyError: ``disclosure.selection``.
    """
    if request.spot is None:
        raise DecodeError("disclosure.form", "not a spot check")
    if request.spot.page not in {None, page}:
        raise VerifyError("disclosure.selection", "of another page")
    drawn = select(eligible, checkpoint=request.spot.checkpoint, nonce=request.spot.nonce, count=len(request.records))
    if drawn != tuple(asked.index for asked in request.records):
        raise VerifyError("disclosure.selection")


def asked_paths(request: DisclosureRequest, *, role: Role) -> tuple[str, ...]:
    """Return the paths that *request* asks of a record of *role*."""
    return (CUSTOMER[role],) if request.kind is DisclosureKind.SPOT_CHECK else request.paths


def _signers(claim: DisclosureRequest, trust: Trust) -> list[bytes]:
    """Return the keys of whoever may ask *claim*: supervisors of the VASP's jurisdiction, or the VASP itself."""
    member = trust.member(claim.vasp)
    if claim.kind is DisclosureKind.VOLUNTARY:
        return [member.identity_key]
    named = [each for each in trust.directory.supervisors if each.name == claim.requester]
    if not named:
        raise PolicyError("disclosure.supervisor")
    keys = [each.key for each in named if each.jurisdiction == member.jurisdiction]
    if not keys:
        raise PolicyError("disclosure.jurisdiction")
    return keys


def _check_form(request: DisclosureRequest) -> None:
    indices = [asked.index for asked in request.records]
    if any(left >= right for left, right in pairwise(indices)):
        raise DecodeError("disclosure.form", "the records do not ascend")
    if any(len(set(each)) != len(each) for each in (request.paths, request.openings)):
        raise DecodeError("disclosure.form", "something is asked for twice")
    spot = request.kind is DisclosureKind.SPOT_CHECK
    if spot != (request.spot is not None) or (spot and (request.paths or request.openings)):
        raise DecodeError("disclosure.form", "of a spot check or not")
    for path in request.paths:
        check_path(path)
    if not 0 < request.expires - request.issued <= MAX_LIFETIME_S:
        raise PolicyError("disclosure.validity", f"{request.expires - request.issued} s")
    if request.gag_until is not None and request.gag_until > request.issued + MAX_GAG_S:
        raise PolicyError("disclosure.gag", f"until {request.gag_until}")
