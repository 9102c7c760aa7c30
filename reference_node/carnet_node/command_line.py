"""The command line of the node.

Commands other than init, run, demo and bench talk to the running node over its control socket. Exit status: 0 done,
1 refused or failed, 2 wrong usage or configuration. With --json, one JSON object goes to stdout.
"""

import asyncio
import json
import signal
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from carnet.cli.files import read_json
from carnet.errors import CarnetError
from carnet_node import auditor_token, disclosure_commands, evidence_command, report_commands
from carnet_node.cli import HERE, AsJson, Json, Node, PassphraseFile, clear_errors, command, passphrase, put
from carnet_node.config import load_config
from carnet_node.errors import ConfigError

app = typer.Typer(
    help="A node of the Carnet network: sends and answers travel rule data, and keeps its public log.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

app.add_typer(report_commands.reports, name="report")
app.add_typer(report_commands.sandbox, name="sandbox")
app.add_typer(disclosure_commands.disclosure, name="disclosure")
app.command()(evidence_command.evidence)
app.command()(auditor_token.auditor_token)

Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for the counterparty's answer.")]
Transfer = Annotated[str, typer.Argument(metavar="TRANSFER", help="The transfer's id, in hex.")]
NEXT: Final = """
Next: the network's authority lists {folder}/{card} in a directory; put that into {folder}/directory, signed policy
packs into {folder}/packs, signed quotes into {folder}/quotes; then start it with `carnet-node run {folder}`."""
UNWELCOME: Final = frozenset({"REJECTED", "REPAIR", "EXPIRED", "MISMATCH"})


def _finish(result: Json, as_json: bool) -> None:
    """Print a transfer; a refusal is exit status 1."""
    put(result, as_json)
    if {result["phase"], result["outcome"]} & UNWELCOME:
        raise typer.Exit(1)


@app.command()
def init(  # noqa: PLR0917 - typer's options
    folder: Annotated[Path, typer.Argument(help="The folder to make.")],
    vasp: Annotated[str, typer.Option(help="Our id in the network: the LEI, where there is one.")],
    name: Annotated[str, typer.Option(help="Our name, for people.")] = "",
    network: Annotated[str, typer.Option(help="The network's id.")] = "carnet.sandbox",
    jurisdiction: Annotated[str, typer.Option(help="Whose policy pack binds us.")] = "FATF",
    listen: Annotated[str, typer.Option(help="Where to listen, host:port.")] = "127.0.0.1:7300",
    endpoint: Annotated[str, typer.Option(help="Where others reach us; the same as --listen, if not given.")] = "",
    log_origin: Annotated[str, typer.Option(help="The name of our log; log.VASP, if not given.")] = "",
    authority: Annotated[
        str, typer.Option(help="The public key that signs the directory: 64 hex digits, or a file that holds them.")
    ] = "",
    witness: Annotated[str, typer.Option(help="Cosign the logs of others under this name.")] = "",
    passphrase_file: PassphraseFile = None,
    fast_kdf: Annotated[bool, typer.Option(help="A cheap key derivation: for sandboxes alone.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a node's folder: keys, a commented carnet.toml, and member.cbor, by which an authority admits it."""
    from carnet.cli.terminal import public_key  # noqa: PLC0415 - so that --help is quick
    from carnet.crypto.coins import system_coins  # noqa: PLC0415
    from carnet.crypto.lockbox import MODERATE, Cost  # noqa: PLC0415
    from carnet.errors import UsageError  # noqa: PLC0415
    from carnet_node.init import CARD, WITNESS_CARD, NewNode, create_node  # noqa: PLC0415

    new = NewNode(
        network=network,
        vasp=vasp,
        name=name or vasp,
        jurisdiction=jurisdiction,
        endpoint=endpoint or listen,
        listen=listen,
        log_origin=log_origin or f"log.{vasp}",
        authority=public_key(authority).hex() if authority else "",
        witness=witness,
    )
    with clear_errors():
        cost = Cost(1, 8192) if fast_kdf else MODERATE
        try:
            keystore = create_node(
                folder,
                new,
                passphrase=passphrase(passphrase_file, new=True),
                cost=cost,
                now=int(time.time()),
                coins=system_coins,
            )
        except UsageError as error:
            raise ConfigError(f"init: {error}") from error
        result: Json = {
            "folder": str(folder),
            "vasp": vasp,
            "identity_key": keystore.identity_public.hex(),
            "member_card": str(folder / CARD),
            "witness_card": str(folder / WITNESS_CARD) if witness else None,
            "witness_key": _vkey(witness, keystore.witness_public) if witness else None,
        }
        put(result, as_json)
        if not as_json:
            typer.echo(NEXT.format(folder=folder, card=CARD))


def _vkey(witness: str, key: bytes) -> str:
    from carnet.log.checkpoint import WITNESS_KEY, VerifierKey  # noqa: PLC0415 - so that --help is quick

    return str(VerifierKey(name=witness, key=key, kind=WITNESS_KEY))


@app.command()
def run(
    folder: Annotated[Path, typer.Argument(envvar="CARNET_NODE", help="The node's folder.")] = HERE,
    passphrase_file: PassphraseFile = None,
    as_json: AsJson = False,
) -> None:
    """Serve until SIGTERM or SIGINT; one line on stdout says when the node is ready."""
    from carnet_node.serve import serve  # noqa: PLC0415 - gRPC takes its time

    with clear_errors():
        config = load_config(folder)
        unlocked_by = passphrase(passphrase_file).reveal()

        def ready(result: Json) -> None:
            line = json.dumps(result) if as_json else f"{result['vasp']} is ready at {result['endpoint']}"
            typer.echo(line)
            sys.stdout.flush()

        asyncio.run(serve(config, passphrase=unlocked_by, ready=ready, signals=(signal.SIGTERM, signal.SIGINT)))


@app.command()
def send(  # noqa: PLR0917 - typer's options
    payload: Annotated[Path, typer.Option(help="JSON: identity, asset, amount, destinationAddress, ...")],
    to: Annotated[str, typer.Option(help="The beneficiary's VASP.")] = "",
    repair: Annotated[str, typer.Option(help="Offer this transfer again, as its next revision.")] = "",
    wait: Wait = 10,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Offer a transfer to another VASP, or offer one again that came back for repair."""
    with clear_errors():
        if bool(to) == bool(repair):
            raise ConfigError("send: give either --to or --repair")
        data = _read_json(payload)
        if repair:
            result = command(node, "repair", wait=wait, transfer=repair, payload=data)
        else:
            result = command(node, "send", wait=wait, to=to, payload=data)
        _finish(result, as_json)


def _read_json(file: Path) -> object:
    try:
        return read_json(file)
    except OSError as error:
        raise ConfigError(f"{file}: the payload (--payload) cannot be read ({error.strerror})") from error
    except CarnetError as error:
        raise ConfigError(f"the payload (--payload) is not usable: {error}") from error


@app.command()
def show(
    transfer: Transfer,
    payload: Annotated[bool, typer.Option("--payload", help="Also the personal data.")] = False,
    wire: Annotated[bool, typer.Option("--wire", help="Also the messages as they travelled, in hex.")] = False,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Show all that the node knows of a transfer."""
    with clear_errors():
        put(command(node, "show", transfer=transfer, with_payload=payload, with_wire=wire), as_json)


@app.command(name="list")
def list_transfers(
    role: Annotated[str | None, typer.Option(help="originator or beneficiary.")] = None,
    phase: Annotated[str | None, typer.Option(help="Such as PENDING.")] = None,
    limit: Annotated[int, typer.Option(min=1)] = 50,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """List the newest transfers."""
    with clear_errors():
        result = command(node, "list", role=role, phase=phase, limit=limit)
        if as_json:
            put(result, as_json=True)
            return
        for each in result["transfers"]:
            words = f"{each['transfer_id']}  {each['role']:<11}  {each['phase']:<9}  {each['counterparty']}"
            typer.echo(f"{words}  {each['code_name']}" if each["code_name"] else words)
        if not result["transfers"]:
            typer.echo("no transfers", err=True)


@app.command()
def decide(  # noqa: PLR0917 - typer's options
    transfer: Transfer,
    decision: Annotated[str, typer.Argument(help="accept, reject or repair.")],
    code: Annotated[int | None, typer.Option(help="A code of spec/errors.md.")] = None,
    path: Annotated[list[str] | None, typer.Option(help="For repair: what is missing; may be repeated.")] = None,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Decide an offer that is pending here."""
    with clear_errors():
        put(command(node, "decide", transfer=transfer, decision=decision, code=code, paths=path), as_json)


@app.command()
def broadcast(
    transfer: Transfer,
    txid: Annotated[str | None, typer.Option(help="The transaction; without it, the sandbox's chain moves it.")] = None,
    wait: Wait = 10,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Note that an accepted transfer was broadcast, and have it settled."""
    with clear_errors():
        _finish(command(node, "broadcast", wait=wait, transfer=transfer, txid=txid), as_json)


@app.command()
def cancel(transfer: Transfer, node: Node = HERE, as_json: AsJson = False) -> None:
    """End a transfer of ours before anything moves."""
    with clear_errors():
        put(command(node, "cancel", transfer=transfer), as_json)


@app.command()
def status(node: Node = HERE, as_json: AsJson = False) -> None:
    """Show how the running node does."""
    with clear_errors():
        put(command(node, "status"), as_json)


@app.command()
def reload(node: Node = HERE, as_json: AsJson = False) -> None:
    """Have the running node read directory, packs and quotes anew."""
    with clear_errors():
        put(command(node, "reload"), as_json)


@app.command()
def demo(
    keep: Annotated[Path | None, typer.Option(help="Play in this folder, and leave everything there.")] = None,
    as_json: AsJson = False,
) -> None:
    """Play six acts on real nodes: what is exchanged, who sees what, who is refused, and what an audit finds."""
    from carnet_node.demo.play import demo as play  # noqa: PLC0415

    raise typer.Exit(play(as_json=as_json, keep=keep))


@app.command()
def bench(  # noqa: PLR0917 - typer's options
    transfers: Annotated[int, typer.Option(min=10, help="How many to measure.")] = 500,
    concurrency: Annotated[int, typer.Option(min=1, max=256, help="How many are under way at once.")] = 16,
    stages: Annotated[bool, typer.Option(help="Measure where the time goes; costs a little of it.")] = True,
    log: Annotated[bool, typer.Option("--log", help="Measure instead how fast the log grows.")] = False,
    entries: Annotated[int, typer.Option(min=1, help="With --log: how many entries.")] = 100_000,
    batch: Annotated[int, typer.Option(min=1, help="With --log: how many at once, before each checkpoint.")] = 1024,
    as_json: AsJson = False,
) -> None:
    """Measure two nodes on this machine, with mutual TLS, SQLite and fsync."""
    if log:
        from carnet_node.log_bench import bench_log  # noqa: PLC0415

        bench_log(entries=entries, batch=batch, as_json=as_json)
        return
    from carnet_node.bench import bench as measure  # noqa: PLC0415

    raise typer.Exit(measure(transfers=transfers, concurrency=concurrency, stages=stages, as_json=as_json))


@app.command()
def quickstart(folder: Annotated[Path, typer.Argument(help="The folder to make, or to go on with.")]) -> None:
    """Make one node in a sandbox of its own, start it, and say what to try."""
    from carnet_node.quickstart import quickstart as start  # noqa: PLC0415

    with clear_errors():
        start(folder)
