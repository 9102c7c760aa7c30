"""``carnet-node disclosure``: what authorities ask for, what an officer decides, and what goes out.

The commands work on a running node over its control socket, and on a stopped one, whose keystore they then unlock.
"""

import asyncio
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet_node.cli import HERE, AsJson, Json, Node, PassphraseFile, clear_errors, command, passphrase, put
from carnet_node.config import load_config
from carnet_node.control import Failed
from carnet_node.errors import CommandError, ConfigError
from carnet_node.files import PRIVATE, replace_file

disclosure: Final = typer.Typer(
    help="Answer those who may ask what is behind a record: supervisors with a warrant, and your own auditors.",
    no_args_is_help=True,
)

Request = Annotated[
    str, typer.Argument(metavar="REQUEST", help="The request's hash, or the first 8 hex digits of it or more.")
]
Officer = Annotated[str, typer.Option(help="The compliance officer who decides; stands in the trail.")]
MAX_FILE: Final = 65_536
DAY_S: Final = 86_400


@disclosure.command()
def receive(
    request: Annotated[Path, typer.Argument(metavar="FILE", help="The signed request.")],
    node: Node = HERE,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Take in a request, if its signer may make it; nothing is disclosed before it is approved."""
    with clear_errors():
        put(_ask(node, passphrase_file, "receive", request=_read(request).hex()), as_json)


@disclosure.command(name="list")
def list_requests(node: Node = HERE, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """List the newest requests."""
    with clear_errors():
        found = _ask(node, passphrase_file, "list")
        if as_json:
            put(found, as_json=True)
            return
        for each in found["requests"]:
            typer.echo(
                f"{each['request'][:16]}  {each['state']:<9}  {each['kind']:<10}  {each['count']:>3} records"
                f"  {each['requester']}"
            )
        if not found["requests"]:
            typer.echo("no requests", err=True)


@disclosure.command()
def show(request: Request, node: Node = HERE, passphrase_file: PassphraseFile = None, as_json: AsJson = False) -> None:
    """Show what a request asks for, and who did what about it."""
    with clear_errors():
        put(_ask(node, passphrase_file, "show", request=request), as_json)


@disclosure.command()
def approve(
    request: Request,
    *,
    officer: Officer,
    decline: Annotated[
        list[int] | None, typer.Option(metavar="INDEX", help="But not this record; may be repeated.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Why; stays in the trail.")] = None,
    node: Node = HERE,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Approve a request, in the name of a compliance officer."""
    with clear_errors():
        put(
            _ask(
                node, passphrase_file, "approve", request=request, officer=officer, decline=decline or [], reason=reason
            ),
            as_json,
        )


@disclosure.command()
def reject(
    request: Request,
    *,
    officer: Officer,
    reason: Annotated[str, typer.Option(help="Why; stays in the trail.")],
    node: Node = HERE,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Reject a request: its response will decline every record."""
    with clear_errors():
        put(_ask(node, passphrase_file, "reject", request=request, officer=officer, reason=reason), as_json)


@disclosure.command()
def respond(
    request: Request,
    *,
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the sealed response goes.")],
    node: Node = HERE,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Write the sealed response to a request that was approved or rejected; the log will tell that there was one."""
    with clear_errors():
        found = _ask(node, passphrase_file, "respond", request=request)
        data = bytes.fromhex(found.pop("response"))
        replace_file(out, data, mode=PRIVATE)
        put({"response": str(out), "size": len(data), **found}, as_json)


@disclosure.command()
def volunteer(
    *,
    record: Annotated[list[int], typer.Option(metavar="INDEX", help="A record of our log; may be repeated.")],
    recipient: Annotated[Path, typer.Option(metavar="FILE", help="The public sealing key of whoever is to read it.")],
    name: Annotated[str, typer.Option(help="Who that is.")],
    basis: Annotated[Path, typer.Option(metavar="FILE", help="The document on which it is done; its hash is kept.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="Where the request goes, which the reader needs as well.")],
    path: Annotated[
        list[str] | None, typer.Option(help="What to show, such as /transfer/amount; may be repeated.")
    ] = None,
    opening: Annotated[
        list[str] | None, typer.Option(help="What to open: values, unit or flag; may be repeated.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How long the request is valid.")] = 30,
    node: Node = HERE,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Make a request of our own, to disclose to our auditor; it is approved and answered like any other."""
    with clear_errors():
        found = _ask(
            node,
            passphrase_file,
            "volunteer",
            records=record,
            recipient=_read(recipient).hex(),
            reader=name,
            basis=sha256(basis.read_bytes()).hexdigest(),
            paths=path or [],
            openings=opening or [],
            lifetime=days * DAY_S,
        )
        replace_file(out, bytes.fromhex(found.pop("signed")))
        put({"file": str(out), **found}, as_json)


def _read(file: Path) -> bytes:
    with file.open("rb") as opened:
        data = opened.read(MAX_FILE + 1)
    if len(data) > MAX_FILE:
        raise ConfigError(f"{file}: more than {MAX_FILE} bytes")
    return data


def _ask(node: Path, passphrase_file: Path | None, act: str, **arguments: Any) -> Json:
    """Return what the node answers to *act*; if it does not run, it is opened for that."""
    try:
        found: Json = command(node, "disclosure", wait=0, act=act, **arguments)
    except Failed:
        raise
    except CommandError:  # nobody listens
        return asyncio.run(_alone(node, passphrase_file, {"command": "disclosure", "act": act, **arguments}))
    return found


async def _alone(node: Path, passphrase_file: Path | None, request: Json) -> Json:
    """Return what the stopped node in folder *node* makes of *request*."""
    from carnet.cli.files import alone_with  # noqa: PLC0415 - so that --help is quick
    from carnet.errors import UsageError  # noqa: PLC0415
    from carnet_node.app import App  # noqa: PLC0415
    from carnet_node.commands import Commands  # noqa: PLC0415
    from carnet_node.observe import configure  # noqa: PLC0415

    configure("warning")
    config = load_config(node)
    try:
        unlocked_by = passphrase(passphrase_file)
        with alone_with(config.paths.keystore):
            app = App(config, passphrase=unlocked_by)
            try:
                answer: dict[str, Any] = await Commands(app).handle(request)
            finally:
                await app.close()
    except UsageError as error:
        raise ConfigError(f"disclosure: {error}") from error
    if not answer["ok"]:
        raise Failed(answer["error"], answer["status"])
    result: Json = answer["result"]
    return result
