"""`carnet policy`: the law as data, from its source to its signature."""

from pathlib import Path
from typing import Annotated

import typer

from carnet.cli import decide, files
from carnet.cli.directory import load_trust
from carnet.cli.packs import asked, leg_json, load_pack, source_json, summary
from carnet.cli.quote import IssuerFile, Out, issuer_name, open_issuer
from carnet.cli.terminal import AsJson, PassphraseFile, day_of, printable, public_key, show
from carnet.crypto import cose
from carnet.errors import UsageError
from carnet.policy.currency import decimal_of
from carnet.policy.pack import LegRule, PolicyPack, check_pack
from carnet.policy.shipped import shipped_packs
from carnet.policy.signed import open_pack

app = typer.Typer(help="Compile, sign, show and apply policy packs.", no_args_is_help=True)
app.command("decide")(decide.decide)

PackSource = Annotated[str, typer.Argument(metavar="NAME|FILE", help="A pack of this library, or a file.")]
IssuerKey = Annotated[bytes | None, typer.Option(parser=public_key, metavar="HEX", help="Who must have signed it.")]


@app.command("list")
def list_packs(as_json: AsJson = False) -> None:
    """List the packs that come with this library."""
    if as_json:
        show({"packs": [summary(pack) for pack in shipped_packs()]}, as_json=True)
        return
    for pack in shipped_packs():
        limits = ", ".join(f"{rule.leg.name} {_limit(rule)}" for rule in pack.legs)
        until = "" if pack.effective_until is None else f" to {day_of(pack.effective_until - 1)}"
        since = f"from {day_of(pack.effective_from)}{until}"
        typer.echo(f"{pack.id:<16} {pack.jurisdiction:<5} {pack.status.name:<11} {since:<31} {limits}")


@app.command("compile")
def compile_source(source: PackSource, *, out: Out, as_json: AsJson = False) -> None:
    """Compile a pack to its one encoding, unsigned: that whose hash names it."""
    pack = load_pack(source)
    files.write(out, pack.encode())
    show({"pack": str(out)} | summary(pack), as_json=as_json)


@app.command("sign")
def sign_pack(
    source: PackSource, *, issuer: IssuerFile, out: Out, passphrase_file: PassphraseFile = None, as_json: AsJson = False
) -> None:
    """Compile a pack and sign it."""
    pack = load_pack(source)
    key = open_issuer(issuer, passphrase_file)
    files.write(out, cose.sign(pack, seed=key.secret))
    show({"pack": str(out), "issuer": issuer_name(key)} | summary(pack), as_json=as_json)


@app.command("verify")
def verify_pack(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A signed pack.")],
    *,
    key: IssuerKey = None,
    directory: Annotated[Path | None, typer.Option(metavar="FILE", help="A directory that names its issuers.")] = None,
    authority: Annotated[bytes | None, typer.Option(parser=public_key, metavar="HEX", help="Who signed that.")] = None,
    as_json: AsJson = False,
) -> None:
    """Verify a signed pack: by its issuer's key, or as one of the issuers that a directory names."""
    pack = _verified(file, key=key, directory=directory, authority=authority)
    show({"verified": True} | summary(pack), as_json=as_json)


def _verified(file: Path, *, key: bytes | None, directory: Path | None, authority: bytes | None) -> PolicyPack:
    data = files.read(file)
    if key is not None and directory is None and authority is None:
        with files.about(file):
            return check_pack(cose.open_signed_by(PolicyPack, data, public=key))
    if key is None and directory is not None and authority is not None:
        trust = load_trust(directory, authority)
        with files.about(file):
            return open_pack(data, trust=trust)
    raise UsageError("name the issuer's --key, or a --directory and its --authority")


@app.command("show")
def show_pack(source: PackSource, key: IssuerKey = None, as_json: AsJson = False) -> None:
    """Show a pack; without the issuer's key a signed one is shown unverified."""
    pack = load_pack(source) if key is None else _verified(Path(source), key=key, directory=None, authority=None)
    head = {"verified": key is not None} | summary(pack) | {"retention_days": pack.retention_days}
    if as_json:
        sources = [source_json(each) for each in pack.sources]
        show(head | {"legs": [leg_json(rule) for rule in pack.legs], "sources": sources}, as_json=True)
        return
    show(head, as_json=False)
    for rule in pack.legs:
        _show_leg(rule)
    typer.echo("sources:")
    for source_ in pack.sources:
        facts = ", ".join(fact.name for fact in source_.facts)
        typer.echo(f"  - [{source_.confidence.name}] {facts}: {printable(source_.text)}")


def _show_leg(rule: LegRule) -> None:
    typer.echo(f"{rule.leg.name}: FULL from {_limit(rule)}")
    if rule.linked_window_s:
        typer.echo(f"  transfers of {rule.linked_window_s} seconds are added up")
    if rule.ownership_proof_from is not None:
        amount = decimal_of(rule.ownership_proof_from, decimals=rule.exponent)
        typer.echo(f"  proof of ownership from {amount} {rule.currency}")
    for tier, fields in (("FULL", rule.full), ("BASIC", rule.basic)):
        typer.echo(f"  {tier} asks for:" if fields else f"  {tier} asks for nothing")
        for field in fields:
            typer.echo(f"    - {asked(field)}")
    if rule.basic_excess:
        typer.echo("  BASIC bars:")
        for path in rule.basic_excess:
            typer.echo(f"    - {path}")


def _limit(rule: LegRule) -> str:
    return f"{decimal_of(rule.full_from, decimals=rule.exponent)} {rule.currency}"
