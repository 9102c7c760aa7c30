"""`carnet seal` and `carnet open`: one offer, from files and to files."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.cli import files
from carnet.cli.directory import load_trust
from carnet.cli.keys import open_keystore
from carnet.cli.terminal import AsJson, HexKey, PassphraseFile, now, show
from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.envelope.offer import check_parties, check_validity, open_header
from carnet.envelope.payload import Payload, Transfer
from carnet.errors import PolicyError, UsageError
from carnet.exchange.examination import Examination, Terms, examine
from carnet.exchange.preparation import Prepared, prepare
from carnet.identity.directory import Trust, open_bundle
from carnet.identity.keystore import private_keys
from carnet.ivms101 import IdentityPayload, Problem, read, to_json
from carnet.messages import Check, KeyBundle, OfferHeader
from carnet.params import MAX_OFFER
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.policy.signed import open_pack
from carnet.policy.tier import Tier

IDENTITY: Final = "identity"
LABELS: Final = {field.label: field.name for field in Transfer.FIELDS}
TIERS: Final = {"auto": None, "basic": Tier.BASIC, "full": Tier.FULL}


def _tier(text: str) -> str:
    if text not in TIERS:
        raise typer.BadParameter(f"one of {', '.join(TIERS)} is needed")
    return text


Keystore = Annotated[Path, typer.Option(metavar="FILE", help="Our locked keystore.")]
DirectoryFile = Annotated[Path, typer.Option("--directory", metavar="FILE", help="The signed directory.")]
Packs = Annotated[list[Path], typer.Option(metavar="FILE", help="A signed policy pack.")]
Unverified = Annotated[bool, typer.Option("--unverified", help="Apply packs whose issuer is not sure of their facts.")]


def seal(
    payload: Annotated[Path, typer.Argument(metavar="PAYLOAD", help="JSON: identity (IVMS101) and transfer.")],
    *,
    keystore: Keystore,
    directory: DirectoryFile,
    authority: HexKey,
    bundle: Annotated[Path, typer.Option(metavar="FILE", help="The beneficiary's signed key bundle.")],
    pack: Packs,
    quote: Annotated[list[Path], typer.Option(metavar="FILE", help="A signed quote.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the offer goes.")],
    tier: Annotated[str, typer.Option(parser=_tier, metavar="auto|basic|full")] = "auto",
    counter: Annotated[int, typer.Option(min=1, help="Our next number on this channel.")] = 1,
    unverified: Unverified = False,
    lifetime: Annotated[int, typer.Option(min=1, metavar="SECONDS", help="How long the offer stands.")] = 3600,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Seal a payload to its one recipient, with no more data than the laws of both sides ask for."""
    moment = now()
    identity, problems, transfer = read_payload(payload)
    trust = load_trust(directory, authority)
    keys, _ = open_keystore(keystore, passphrase_file)
    theirs = load_bundle(bundle, trust=trust, now=moment)
    packs = load_packs(pack, trust)
    prepared = prepare(
        identity,
        transfer,
        keystore=keys,
        bundle=theirs,
        packs=(
            law_of(keys.vasp, packs, trust=trust),
            law_of(theirs.vasp, [each for each in packs if pack_hash(each) in theirs.packs], trust=trust),
        ),
        quotes=tuple(files.read(path) for path in quote),
        trust=trust,
        counter=counter,
        now=moment,
        lifetime=lifetime,
        coins=system_coins,
        tier=TIERS[tier],
        unverified=unverified,
    )
    with files.about(payload):
        _check_complete(prepared)
    files.write(out, prepared.sealed.message)
    show({"offer": str(out)} | _sealed(prepared, problems), as_json=as_json)


def open_offer(
    offer: Annotated[Path, typer.Argument(metavar="OFFER", help="The offer as it came.")],
    *,
    keystore: Keystore,
    directory: DirectoryFile,
    authority: HexKey,
    pack: Packs,
    unverified: Unverified = False,
    show_personal_data: Annotated[bool, typer.Option("--show-personal-data", help="Show what was sealed.")] = False,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Open an offer and examine it: is it what the laws of both sides ask for?"""
    moment = now()
    data = files.read(offer, limit=MAX_OFFER)
    trust = load_trust(directory, authority)
    packs = load_packs(pack, trust)
    with files.about(offer):
        opened = open_header(data, trust=trust)
        check_validity(opened.header, now=moment)
    keys, _ = open_keystore(keystore, passphrase_file)
    with files.about(offer):
        check_parties(opened.header, peer=opened.header.originator, own=keys.vasp)
    own = [each for each in packs if pack_hash(each) == opened.header.beneficiary_pack]
    terms = Terms(
        keys=private_keys(keys, now=moment),
        own_pack=pack_hash(law_of(keys.vasp, own or packs, trust=trust)),
        packs={pack_hash(each): each for each in packs},
        unverified=unverified,
    )
    found = examine(opened, trust=trust, terms=terms, now=moment)
    personal = _personal(found.payload) if show_personal_data and found.payload is not None else {}
    show(_judged(found) | _header(opened.header, opened.header_hash) | personal, as_json=as_json)
    if found.refusal is not None:
        typer.echo(f"carnet: {offer}: {found.refusal.cause}", err=True)
        raise typer.Exit(1)


def read_payload(path: Path) -> tuple[IdentityPayload, tuple[Problem, ...], Transfer]:
    """Return the identity, what is odd about it, and the transfer in JSON file *path*."""
    data = files.read_json(path)
    if not isinstance(data, dict):
        raise UsageError(f"{path}: an object is needed")
    if unknown := data.keys() - LABELS.keys() - {IDENTITY}:
        raise UsageError(f"{path}: {min(unknown)}: unknown key")
    if IDENTITY not in data:
        raise UsageError(f"{path}: {IDENTITY}: missing")
    required = {field.label for field in Transfer.FIELDS if not field.optional}
    if absent := required - data.keys():
        raise UsageError(f"{path}: {min(absent)}: missing")
    values = {LABELS[label]: value for label, value in data.items() if label != IDENTITY}
    values["amount"] = _amount(values["amount"], path)
    try:
        transfer = Transfer(**values)
    except UsageError as error:
        raise UsageError(f"{path}: {error}") from None
    with files.about(path):
        reading = read(data[IDENTITY])
    return reading.identity, reading.problems, transfer


def _amount(value: object, path: Path) -> int:
    """Return an amount in atomic units: a JSON integer, or decimal text, which every JSON reader keeps exact."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 78:
        return int(value)
    if type(value) is int:
        return value
    raise UsageError(f"{path}: amount: an integer of atomic units is needed")


def load_bundle(path: Path, *, trust: Trust, now: int) -> KeyBundle:
    """Return the bundle in *path*, verified with the identity key that the directory names."""
    data = files.read(path)
    with files.about(path):
        claimed = KeyBundle.decode(cose.payload_of(data)).vasp
        return open_bundle(data, member=trust.member(claimed), network=trust.directory.network, now=now)


def load_packs(paths: Iterable[Path], trust: Trust) -> list[PolicyPack]:
    """Return the packs in *paths*, each signed by a pack issuer of the directory."""
    packs = []
    for path in paths:
        data = files.read(path)
        with files.about(path):
            packs.append(open_pack(data, trust=trust))
    return packs


def law_of(vasp: str, packs: Iterable[PolicyPack], *, trust: Trust) -> PolicyPack:
    """Return the newest of *packs* that is the law of *vasp*."""
    jurisdiction = trust.member(vasp).jurisdiction
    found = [pack for pack in packs if pack.jurisdiction == jurisdiction]
    if not found:
        raise UsageError(f"--pack: none is the law of {jurisdiction} that {vasp} works under")
    return max(found, key=lambda pack: (pack.effective_from, pack.version))


def _check_complete(prepared: Prepared) -> None:
    if prepared.payload.tier < prepared.required:
        raise PolicyError("fields.tier", f"{prepared.required.name} is required")
    if prepared.missing:
        raise PolicyError("fields.missing", ", ".join(prepared.missing))


def _sealed(prepared: Prepared, problems: tuple[Problem, ...]) -> dict[str, Any]:
    sealed = prepared.sealed
    return {
        "tier": prepared.payload.tier.name,
        "required": prepared.required.name,
        **_header(sealed.header, sealed.header_hash),
        "size": len(sealed.message),
        "problems": [{"rule": each.rule, "path": each.path} for each in problems],
    }


def _judged(found: Examination) -> dict[str, Any]:
    refusal = found.refusal
    return {
        "verdict": "ACCEPTABLE" if refusal is None else refusal.decision.name,
        "code": None if refusal is None or refusal.code is None else int(refusal.code),
        "check": None if refusal is None else refusal.cause,
        "paths": [] if refusal is None else list(refusal.paths),
        "checks": [check.name for check in Check if found.checks & check],
        "tier": None if found.payload is None else found.payload.tier.name,
    }


def _header(header: OfferHeader, header_hash: bytes) -> dict[str, Any]:
    return {
        "network": header.network,
        "originator": header.originator,
        "beneficiary": header.beneficiary,
        "transfer_id": header.transfer_id.hex(),
        "revision": header.revision,
        "counter": header.counter,
        "issued": header.issued,
        "expires": header.expires,
        "sealing_kid": header.sealing_kid.hex(),
        "header_hash": header_hash.hex(),
        "payload_root": header.payload_root.hex(),
    }


def _personal(payload: Payload) -> dict[str, Any]:
    return {"identity": to_json(payload.identity), "transfer": to_json(payload.transfer)}
