"""The commands about epochs: `carnet-node report`, and `carnet-node sandbox`, which lets them pass."""

from typing import Annotated, Any, Final

import typer

from carnet_node.cli import HERE, AsJson, Node, clear_errors, command, put
from carnet_node.sandbox.clock import MOST_DAYS

reports: Final = typer.Typer(help="What the node reports of each epoch.", no_args_is_help=True)
sandbox: Final = typer.Typer(help="What only a node in a sandbox may do.", no_args_is_help=True)


@reports.command(name="list")
def list_reports(
    limit: Annotated[int, typer.Option(min=1)] = 50,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """List the newest epoch reports; `carnet-node status` says whom the next one waits for."""
    with clear_errors():
        result = command(node, "reports", limit=limit)
        if as_json:
            put(result, as_json=True)
            return
        for each in result["reports"]:
            typer.echo(f"{each['serial']:>6}  {each['day']}  {each['state']:<6}  {_entries(each)}")
        if not result["reports"]:
            typer.echo("no reports", err=True)


def _entries(report: dict[str, Any]) -> str:
    """Return which entries *report* is about, for people."""
    if report["state"] == "OPEN":
        return f"entries from {report['start']} on"
    if report["start"] == report["end"]:
        return "no entries"
    return f"entries {report['start']} to {report['end'] - 1}"


@reports.command()
def show(
    serial: Annotated[int, typer.Argument(min=1, help="The report's serial number.")],
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Show what an epoch report says, and whom its rows are about, which the report itself does not say."""
    with clear_errors():
        put(command(node, "report", serial=serial), as_json)


@sandbox.command()
def advance(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="By how many days.")] = 1,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Move the running node's clock on, for good: epochs end, and their reports are issued."""
    with clear_errors():
        put(command(node, "advance", days=days), as_json)
