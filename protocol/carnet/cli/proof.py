"""`carnet prove` and `carnet verify`: a tier proof over files, and whatever else is signed."""

import hashlib
import json
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.cli import files
from carnet.cli.terminal import AsJson, public_key, show
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.transcript import Transcript
from carnet.errors import DecodeError, PolicyError, UsageError
from carnet.messages import Directory, KeyBundle, OfferHeader, Receipt, TerminalStatement
from carnet.params import MAX_DIRECTORY, POINT_SIZE
from carnet.policy.pack import PolicyPack
from carnet.policy.quote import Quote
from carnet.schema import Message
from carnet.zk import pedersen
from carnet.zk.statement import verify as verify_proof
from carnet.zk.tier import TIER_PROOF_LENGTH, TierClaim, TierWitness, prove_tier

CLAIM: Final = "carnet/tier-claim/v1"
OPENING: Final = "carnet/tier-opening/v1"
SECRETS: Final = ("value", "value_blinding", "window", "window_blinding", "full", "flag_blinding")
MAX_LIMIT: Final = 2**32 - 1
MAX_VALUE: Final = 2**63 - 1

SIGNED: Final[dict[str, type[Message]]] = {
    cose.typ(kind): kind for kind in (Directory, KeyBundle, OfferHeader, PolicyPack, Quote, Receipt, TerminalStatement)
}
"""What may be signed, by its typ."""


def prove(
    *,
    limit: Annotated[int, typer.Option(min=0, max=MAX_LIMIT, help="Full data is needed from this value.")],
    value: Annotated[int, typer.Option(min=0, max=MAX_VALUE, help="The transfer's value: stays secret.")],
    window: Annotated[int | None, typer.Option(min=0, max=MAX_VALUE, help="With linked ones; else the value.")] = None,
    full: Annotated[bool, typer.Option("--full/--basic", help="Which data is attached: stays secret.")],
    context: Annotated[str, typer.Option(help="Who and what the proof is for.")] = "",
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where claim and proof go.")],
    opening: Annotated[Path | None, typer.Option(metavar="FILE", help="Where the secrets go.")] = None,
    as_json: AsJson = False,
) -> None:
    """Prove that the tier attached is one that the limit allows, and show nothing else."""
    summed = value if window is None else window
    if summed >= limit and not full:
        raise PolicyError("tier.false", "a value at or above the limit needs full data")
    witness = TierWitness(
        value=value,
        value_blinding=pedersen.scalar(system_coins(64)),
        window=summed,
        window_blinding=pedersen.scalar(system_coins(64)),
        full=full,
        flag_blinding=pedersen.scalar(system_coins(64)),
    )
    claim = TierClaim(
        limit=limit,
        value=pedersen.commit(value=value, blinding=witness.value_blinding),
        window=pedersen.commit(value=summed, blinding=witness.window_blinding),
        flag=pedersen.commit(value=int(full), blinding=witness.flag_blinding),
    )
    proof = prove_tier(claim, witness, on=_context(context), coins=system_coins)
    secret = opening or out.with_suffix(".opening.json")
    files.write_new_secret(secret, _json(_opening(witness)))
    files.write(out, _json(_public(claim, proof, context)))
    show({"claim": str(out), "opening": str(secret), "proof_size": len(proof)}, as_json=as_json)


def verify(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A tier claim, or a signed object.")],
    key: Annotated[bytes | None, typer.Option(parser=public_key, metavar="HEX", help="Who must have signed.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a tier claim, or the signature of a signed object."""
    data = files.read(path, limit=MAX_DIRECTORY)
    if data[:1] == b"{":
        claim, proof, context = read_claim(path)
        with files.about(path):
            verify_proof(claim, proof, on=_context(context))
        result = {"verified": True, "object": CLAIM, "limit": claim.limit, "context": context}
    else:
        result = _verify_signed(path, data, key)
    show(result, as_json=as_json)


def _verify_signed(path: Path, data: bytes, key: bytes | None) -> dict[str, Any]:
    with files.about(path):
        typ = cose.unverified_type(data, limit=MAX_DIRECTORY)
        if (kind := SIGNED.get(typ)) is None:
            raise DecodeError("cose.type")
        if key is None:
            raise UsageError(f"{path}: a signed {kind.NAME}: --key must say whose signature is needed")
        cose.open_signed_by(kind, data, public=key, limit=MAX_DIRECTORY)
    digest = hashlib.sha256(cose.payload_of(data, limit=MAX_DIRECTORY)).hexdigest()
    return {"verified": True, "object": kind.NAME, "key": key.hex(), "hash": digest}


def read_claim(path: Path) -> tuple[TierClaim, bytes, str]:
    """Return the claim, the proof and the context in JSON file *path*."""
    data = files.read_json(path)
    with files.about(path):
        return parse_claim(data)


def parse_claim(data: object) -> tuple[TierClaim, bytes, str]:
    """Return the claim, the proof and the context in parsed JSON *data*.

    Raises:
        DecodeError: ``claim.form``.
    """
    match data:
        case {
            "type": str(kind),
            "context": str(context),
            "limit": int(limit),
            "value": str(value),
            "window": str(window),
            "flag": str(flag),
            "proof": str(proof),
            **rest,
        } if kind == CLAIM and not rest and type(limit) is int and 0 <= limit <= MAX_LIMIT:
            points = [_hex(point, POINT_SIZE) for point in (value, window, flag)]
            claim = TierClaim(limit=limit, value=points[0], window=points[1], flag=points[2])
            return claim, _hex(proof, TIER_PROOF_LENGTH), context
        case _:
            raise DecodeError("claim.form")


def _hex(text: str, size: int) -> bytes:
    try:
        data = bytes.fromhex(text)
    except ValueError:
        data = b""
    if len(data) != size or data.hex() != text:
        raise DecodeError("claim.form", f"{size} bytes in hex are needed")
    return data


def _context(context: str) -> Transcript:
    return Transcript(b"carnet/claim/v1").say(b"context", context.encode())


def _public(claim: TierClaim, proof: bytes, context: str) -> dict[str, Any]:
    return {
        "type": CLAIM,
        "context": context,
        "limit": claim.limit,
        "value": claim.value.hex(),
        "window": claim.window.hex(),
        "flag": claim.flag.hex(),
        "proof": proof.hex(),
    }


def _opening(witness: TierWitness) -> dict[str, Any]:
    return {
        "type": OPENING,
        "value": str(witness.value),
        "value_blinding": f"{witness.value_blinding:064x}",
        "window": str(witness.window),
        "window_blinding": f"{witness.window_blinding:064x}",
        "full": witness.full,
        "flag_blinding": f"{witness.flag_blinding:064x}",
    }


def _json(value: dict[str, Any]) -> bytes:
    return (json.dumps(value, indent=2) + "\n").encode()
