"""Claim files: what a proof is about, for every statement, as JSON that is written in one way only.

A file is an object: its `type`, such as ``carnet/ge-claim/v1``, the `context`, the names of its statement below, and
the `proof`. Numbers that may exceed 2^53 are decimal strings; all bytes are hex. Nothing is verified here.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, final

from carnet.cli import files
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, UsageError
from carnet.params import POINT_SIZE
from carnet.zk import pedersen
from carnet.zk.bulletproof import range_proof_length
from carnet.zk.compare import GE_PROOF_LENGTH, LT_PROOF_LENGTH, GeClaim, LtClaim, RangeClaim
from carnet.zk.conversion import CONVERSION_PROOF_LENGTH, ConversionClaim
from carnet.zk.linear import LINEAR_PROOF_LENGTH, MAX_RECORDS, EqualityClaim, SumClaim, WindowClaim, WindowRecord
from carnet.zk.statement import Claim, Item
from carnet.zk.tier import TIER_PROOF_LENGTH, TierClaim
from carnet.zk.tiers import COUNTS, TiersClaim, tiers_proof_length
from carnet.zk.zero import MAX_POINTS, ZERO_PROOF_LENGTH, ZeroClaim

__all__ = ["FORMS", "ClaimFile", "Form", "kind_of", "parse_claim", "read_claim"]

MAX_SUMMANDS: Final = 1024
"""The most commitments that a file has added up."""


def kind_of(statement: str, what: str = "claim") -> str:
    """Return the `type` of a file about *statement*."""
    return f"carnet/{statement}-{what}/v1"


class Field(Protocol):
    """How one value of a claim is written."""

    @property
    def needed(self) -> str:
        """What must stand there, for whoever wrote something else."""
        ...

    def decode(self, written: Any) -> Any:
        """Return the value; raise `ValueError` where this is no way to write one."""
        ...

    def encode(self, value: Any) -> Any:
        """Return *value* as JSON holds it."""
        ...


@final
@dataclass(frozen=True, slots=True)
class Number:
    """A number from *low* to *high*: where it may exceed 2^53, in a string, since readers of JSON round it."""

    low: int
    high: int

    @property
    def is_text(self) -> bool:
        """Whether it is written in a string."""
        return self.high > 2**53

    @property
    def needed(self) -> str:
        """What must stand there."""
        return f"a number from {self.low} to {self.high}" + (", in a string" if self.is_text else "")

    def decode(self, written: Any) -> int:
        """Return the number."""
        if self.is_text:
            if not isinstance(written, str) or not written.isascii() or not written.isdigit() or len(written) > 40:
                raise ValueError
            value = int(written)
            if str(value) != written:
                raise ValueError
        else:
            if type(written) is not int:
                raise ValueError
            value = written
        if not self.low <= value <= self.high:
            raise ValueError
        return value

    def encode(self, value: Any) -> Any:
        """Return the number as JSON holds it."""
        return str(value) if self.is_text else value


@final
@dataclass(frozen=True, slots=True)
class Bytes:
    """Bytes, *size* of them, in lower-case hex."""

    size: int

    @property
    def needed(self) -> str:
        """What must stand there."""
        return f"{self.size} bytes in hex"

    def decode(self, written: Any) -> bytes:
        """Return the bytes."""
        data = bytes.fromhex(written) if isinstance(written, str) else b""
        if len(data) != self.size or data.hex() != written:
            raise ValueError
        return data

    def encode(self, value: Any) -> Any:
        """Return the hex."""
        return value.hex()


@final
@dataclass(frozen=True, slots=True)
class Many:
    """A list: as many of one field, or of one object, as *counts* allows."""

    of: "Field | Mapping[str, Field]"
    counts: range | tuple[int, ...]

    @property
    def needed(self) -> str:
        """What must stand there."""
        if isinstance(self.counts, range):
            listed = f"{self.counts.start} to {self.counts.stop - 1}"
        else:
            listed = ", ".join(map(str, self.counts[:-1])) + f" or {self.counts[-1]}"
        what = f"objects of {', '.join(self.of)}" if isinstance(self.of, Mapping) else f"items, each {self.of.needed}"
        return f"a list of {listed} {what}"

    def decode(self, written: Any) -> tuple[Any, ...]:
        """Return what is listed."""
        if not isinstance(written, list) or len(written) not in self.counts:
            raise ValueError
        if isinstance(self.of, Mapping):
            return tuple(_object(self.of, each) for each in written)
        return tuple(self.of.decode(each) for each in written)

    def encode(self, value: Any) -> Any:
        """Return the list."""
        if isinstance(self.of, Mapping):
            return [{name: field.encode(each[name]) for name, field in self.of.items()} for each in value]
        return [self.of.encode(each) for each in value]


def _object(fields: Mapping[str, Field], written: Any) -> dict[str, Any]:
    if not isinstance(written, dict) or written.keys() != fields.keys():
        raise ValueError
    return {name: field.decode(written[name]) for name, field in fields.items()}


Stated = Mapping[str, Any]
"""The values of a claim, by name."""


@final
@dataclass(frozen=True, slots=True)
class Form:
    """How the claims of a statement are written, what is made of them, and how long their proofs are."""

    fields: Mapping[str, Field]
    make: Callable[..., Claim]
    size: Callable[[Stated], int]
    summed: tuple[str, ...] = ()
    """Lists of commitments of which the claim knows the sum alone: the transcript hears them."""


LIMIT: Final = 2**32 - 1
POINT: Final = Bytes(POINT_SIZE)
TIER: Final[Mapping[str, Field]] = {"limit": Number(0, LIMIT), "value": POINT, "window": POINT, "flag": POINT}
WINDOW: Final[Mapping[str, Field]] = {"value": POINT, "window": POINT, "start": Number(0, MAX_RECORDS - 1)}
SUMMANDS: Final = Many(POINT, range(1, MAX_SUMMANDS + 1))


def _always(size: int) -> Callable[[Stated], int]:
    return lambda _: size


FORMS: Final[Mapping[str, Form]] = {
    "range": Form(
        {"bits": Number(1, 128), "commitments": Many(POINT, range(1, 1025))},
        RangeClaim,
        lambda stated: range_proof_length(bits=stated["bits"], count=len(stated["commitments"])),
    ),
    "ge": Form(
        {"limit": Number(0, 2**64 - 1), "value": POINT},
        GeClaim,
        _always(GE_PROOF_LENGTH),
    ),
    "lt": Form(
        {"limit": Number(1, LIMIT), "value": POINT},
        LtClaim,
        _always(LT_PROOF_LENGTH),
    ),
    "tier": Form(TIER, TierClaim, _always(TIER_PROOF_LENGTH)),
    "tiers": Form(
        {"records": Many(TIER, COUNTS)},
        lambda records: TiersClaim(records=tuple(TierClaim(**each) for each in records)),
        lambda stated: tiers_proof_length(len(stated["records"])),
    ),
    "zero": Form(
        {"points": Many(POINT, range(1, MAX_POINTS + 1))},
        ZeroClaim,
        _always(ZERO_PROOF_LENGTH),
    ),
    "window": Form(
        {"records": Many(WINDOW, range(1, MAX_RECORDS + 1))},
        lambda records: WindowClaim(records=tuple(WindowRecord(**each) for each in records)),
        _always(LINEAR_PROOF_LENGTH),
    ),
    "sum": Form(
        {"total": Number(0, pedersen.MAX_VALUE - 1), "commitments": SUMMANDS},
        lambda total, commitments: SumClaim(total=total, sum=pedersen.total(commitments)),
        _always(LINEAR_PROOF_LENGTH),
        summed=("commitments",),
    ),
    "equality": Form(
        {"one": SUMMANDS, "other": SUMMANDS},
        lambda one, other: EqualityClaim(one=pedersen.total(one), other=pedersen.total(other)),
        _always(LINEAR_PROOF_LENGTH),
        summed=("one", "other"),
    ),
    "conversion": Form(
        {
            "price": Number(1, 2**64 - 1),
            "scale": Number(1, 2**120 - 1),
            "amount": POINT,
            "value": POINT,
            "remainder": POINT,
        },
        ConversionClaim,
        _always(CONVERSION_PROOF_LENGTH),
    ),
}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFile:
    """What a claim file says: the values of a claim of *statement*, a proof, and what the proof is for."""

    statement: str
    stated: Stated
    proof: bytes
    context: str

    @property
    def kind(self) -> str:
        """The file's `type`."""
        return kind_of(self.statement)

    def item(self) -> Item:
        """Return the proof, ready to be verified.

        Raises:
            PeerError: Commitments that are to be added up are no points, or cancel out.
        """
        on = transcript(self.statement, self.stated, self.context)
        return Item(claim=FORMS[self.statement].make(**self.stated), proof=self.proof, on=on)

    def shown(self) -> dict[str, Any]:
        """Return the values of the claim as JSON holds them."""
        return {name: field.encode(self.stated[name]) for name, field in FORMS[self.statement].fields.items()}

    def encode(self) -> bytes:
        """Return the file."""
        whole = {"type": self.kind, "context": self.context, **self.shown(), "proof": self.proof.hex()}
        return as_json(whole)


def transcript(statement: str, stated: Stated, context: str) -> Transcript:
    """Return what both sides have heard before the statement: the context, and commitments that are added up."""
    on = Transcript(b"carnet/claim/v1").say(b"context", context.encode())
    for name in FORMS[statement].summed:
        for each in stated[name]:
            on.say(name.encode(), each)
    return on


def as_json(whole: Mapping[str, Any]) -> bytes:
    """Return the bytes of a file that holds *whole*."""
    return (json.dumps(whole, indent=2) + "\n").encode()


def read_claim(path: Path) -> ClaimFile:
    """Return what JSON file *path* claims."""
    data = files.read_json(path)
    with files.about(path):
        return parse_claim(data)


def parse_claim(data: object) -> ClaimFile:
    """Return what parsed JSON *data* claims, if it is written as a claim is.

    Raises:
        DecodeError: ``claim.form``, with what to put right.
    """
    if not isinstance(data, dict):
        raise DecodeError("claim.form", "a JSON object is needed")
    statement = _statement(data.get("type"))
    form = FORMS[statement]
    names = {"type", "context", *form.fields, "proof"}
    _check_names(given=data.keys(), names=names)
    context = data["context"]
    if not isinstance(context, str) or not _is_text(context):
        raise DecodeError("claim.form", "context: text is needed")
    stated = {name: _field(name, field, data[name]) for name, field in form.fields.items()}
    try:
        size = form.size(stated)
        if not form.summed:
            form.make(**stated)
    except UsageError as error:  # fields that are well written, and do not go together
        raise DecodeError("claim.form", str(error)) from None
    proof = _field("proof", Bytes(size), data["proof"])
    return ClaimFile(statement=statement, stated=stated, proof=proof, context=context)


def _statement(kind: object) -> str:
    for statement in FORMS:
        if kind == kind_of(statement):
            return statement
        if kind == kind_of(statement, "opening"):
            raise DecodeError("claim.form", "an opening, which is secret: verify the claim that it opens")
    raise DecodeError("claim.form", f"type: one of {', '.join(map(kind_of, FORMS))} is needed")


def _check_names(*, given: Iterable[str], names: Iterable[str]) -> None:
    missing, strange = sorted(set(names) - set(given)), set(given) - set(names)
    if missing:
        raise DecodeError("claim.form", f"without {', '.join(missing)}")
    if strange:
        raise DecodeError("claim.form", f"{len(strange)} more than {', '.join(sorted(names))}")


def _field(name: str, field: Field, written: Any) -> Any:
    try:
        return field.decode(written)
    except ValueError:
        raise DecodeError("claim.form", f"{name}: {field.needed} is needed") from None


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
