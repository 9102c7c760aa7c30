"""`carnet verify`: claims with their proofs, one or many at once, and whatever is signed."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.cli import files
from carnet.cli.claims import ClaimFile, read_claim
from carnet.cli.prove import Engine, engine_of
from carnet.cli.terminal import AsJson, printable, public_key, show
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.group import Group
from carnet.errors import DecodeError, PeerError, UsageError
from carnet.messages import Directory, KeyBundle, OfferHeader, Receipt, TerminalStatement
from carnet.params import MAX_DIRECTORY
from carnet.policy.pack import PolicyPack
from carnet.policy.quote import Quote
from carnet.schema import Message
from carnet.zk import statement

SIGNED: Final[dict[str, type[Message]]] = {
    cose.typ(kind): kind for kind in (Directory, KeyBundle, OfferHeader, PolicyPack, Quote, Receipt, TerminalStatement)
}
"""What may be signed, by its typ."""

REFUSED: Final = 1
SHOWN_NUMBERS: Final = ("limit", "bits", "total", "price", "scale")

Result = dict[str, Any]


def verify(
    paths: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Claims, or signed objects.")],
    key: Annotated[bytes | None, typer.Option(parser=public_key, metavar="HEX", help="Who must have signed.")] = None,
    engine: Engine = None,
    as_json: AsJson = False,
) -> None:
    """Verify claims, all proofs at once, and the signatures of signed objects."""
    chosen = engine_of(engine)
    results = _verify_all(paths, key, chosen)
    bad = [(path, found) for path, found in zip(paths, results, strict=True) if isinstance(found, PeerError)]
    if len(paths) == 1:
        for _, error in bad:
            raise error
        (result,) = (each for each in results if isinstance(each, dict))
        show(result, as_json=as_json)
        return
    told = [_told(path, found) for path, found in zip(paths, results, strict=True)]
    summary: Result = {"verified": not bad, "files": told if as_json else len(told), "bad": len(bad)}
    show(summary, as_json=as_json)
    for _, error in bad:
        typer.echo(f"carnet: {printable(': '.join([*getattr(error, '__notes__', ()), str(error)]))}", err=True)
    if bad:
        raise typer.Exit(REFUSED)


def _told(path: Path, found: Result | PeerError) -> Result:
    if isinstance(found, PeerError):
        return {"file": str(path), "verified": False, "check": found.check}
    return {"file": str(path), **found}


def _verify_all(paths: Sequence[Path], key: bytes | None, engine: Group) -> list[Result | PeerError]:
    """Return, for each file, what was found, or what refused it; whatever cannot be read at all is raised."""
    results: list[Result | PeerError] = []
    waiting: list[tuple[int, statement.Item]] = []
    for path in paths:
        try:
            data = files.read(path, limit=MAX_DIRECTORY)
            if data[:1] == b"{":
                claim = read_claim(path)
                with files.about(path):
                    waiting.append((len(results), claim.item()))
                results.append(_claimed(claim))
            else:
                results.append(_verify_signed(path, data, key))
        except PeerError as error:
            results.append(error)
    items = [item for _, item in waiting]
    for index in statement.find_bad(items, coins=system_coins, engine=engine):
        at, item = waiting[index]
        results[at] = _why(paths[at], item, engine)
    return results


def _why(path: Path, item: statement.Item, engine: Group) -> PeerError:
    """Return what refuses *item* by itself."""
    try:
        with files.about(path):
            statement.verify(item.claim, item.proof, on=item.on, engine=engine)
    except PeerError as error:
        return error
    raise UsageError(f"{path}: refused among others and not alone, which happens to nobody by chance")


def _claimed(claim: ClaimFile) -> Result:
    shown = claim.shown()
    numbers: Result = {name: shown[name] for name in SHOWN_NUMBERS if name in shown}
    return {"verified": True, "object": claim.kind, **numbers, "context": claim.context}


def _verify_signed(path: Path, data: bytes, key: bytes | None) -> Result:
    with files.about(path):
        typ = cose.unverified_type(data, limit=MAX_DIRECTORY)
        if (kind := SIGNED.get(typ)) is None:
            raise DecodeError("cose.type")
        if key is None:
            raise UsageError(f"{path}: a signed {kind.NAME}: --key must say whose signature is needed")
        cose.open_signed_by(kind, data, public=key, limit=MAX_DIRECTORY)
    digest = hashlib.sha256(cose.payload_of(data, limit=MAX_DIRECTORY)).hexdigest()
    return {"verified": True, "object": kind.NAME, "key": key.hex(), "hash": digest}
