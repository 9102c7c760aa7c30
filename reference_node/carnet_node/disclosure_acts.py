"""What a command about disclosures is given, checked before it reaches them."""

from typing import Any, Final

from carnet.disclosure.messages import Commitment
from carnet.errors import UsageError
from carnet.params import HASH_SIZE, SEALING_PUBLIC_SIZE
from carnet_node.disclosures import Disclosures, Voluntary
from carnet_node.errors import CommandError

Json = dict[str, Any]
MAX_TEXT: Final = 1000


class WrongActError(CommandError):
    """The act was not given what it needs."""


async def act_on(disclosures: Disclosures, request: Json) -> Json:
    """Return what comes of the *act* that *request* names.

    Raises:
        WrongActError: It lacks something, or there is no such act.
        CommandError: It cannot be done.
        PeerError: The request that is asked about may not be made.
    """
    match request.get("act"):
        case "receive":
            return await disclosures.receive(_bytes(request, "request"))
        case "list":
            return {"requests": disclosures.listing()}
        case "show":
            return disclosures.show(_text(request, "request"))
        case "approve":
            return await disclosures.approve(
                _text(request, "request"),
                officer=_text(request, "officer"),
                declined=_numbers(request, "decline"),
                reason=_text(request, "reason") if request.get("reason") is not None else None,
            )
        case "reject":
            return await disclosures.reject(
                _text(request, "request"), officer=_text(request, "officer"), reason=_text(request, "reason")
            )
        case "respond":
            response = await disclosures.respond(_text(request, "request"))
            return {**disclosures.show(_text(request, "request")), "response": response.hex()}
        case "volunteer":
            try:
                shown, signed = await disclosures.volunteer(_voluntary(request))
            except UsageError as error:
                raise WrongActError(f"the request does not fit: {error}") from error
            return {**shown, "signed": signed.hex()}
        case _:
            raise WrongActError("act must be receive, list, show, approve, reject, respond or volunteer")


def _voluntary(request: Json) -> Voluntary:
    openings = [each.upper() for each in _texts(request, "openings")]
    if unknown := set(openings) - set(Commitment.__members__):
        raise WrongActError(f"{min(unknown).lower()[:20]}: only values, unit and flag can be opened")
    return Voluntary(
        records=tuple(sorted(set(_numbers(request, "records")))),
        paths=tuple(dict.fromkeys(_texts(request, "paths"))),
        openings=tuple(sorted({Commitment[each] for each in openings})),
        recipient=_bytes(request, "recipient", size=SEALING_PUBLIC_SIZE),
        recipient_name=_text(request, "reader"),
        basis=_bytes(request, "basis", size=HASH_SIZE),
        lifetime_s=_number(request, "lifetime"),
    )


def _text(request: Json, key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise WrongActError(f"{key} must be a text")
    return value


def _texts(request: Json, key: str) -> list[str]:
    value = request.get(key) or []
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise WrongActError(f"{key} must be a list of texts")
    return value


def _number(request: Json, key: str) -> int:
    value = request.get(key)
    if type(value) is not int or not 0 <= value < 1 << 53:
        raise WrongActError(f"{key} must be a whole number")
    return value


def _numbers(request: Json, key: str) -> list[int]:
    value = request.get(key) or []
    if not isinstance(value, list) or not all(type(each) is int and 0 <= each < 1 << 53 for each in value):
        raise WrongActError(f"{key} must be a list of whole numbers")
    return value


def _bytes(request: Json, key: str, *, size: int | None = None) -> bytes:
    try:
        found = bytes.fromhex(request.get(key) or "")
    except (TypeError, ValueError):
        found = b""
    if not found or (size is not None and len(found) != size):
        raise WrongActError(f"{key} must be {'' if size is None else f'{size} '}bytes, in hex")
    return found
