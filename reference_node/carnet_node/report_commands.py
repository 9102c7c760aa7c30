"""The commands about epochs: `carnet-node report`, and `carnet-node sandbox`, which lets them pass."""

from typing import Annotated, Final

import typer

from carnet_node.cli import HERE, AsJson, Node, clear_errors, command, put
from carnet_node.sandbox.clock import MOST_DAYS

reports: Final = typer.Typer(help="What the node reports of each epoch.", no_args_is_help=True)
sandbox: Final = typer.Typer(help="What only a node in a sandbox may do.", no_args_is_help=True)


@sandbox.command()
def advance(
    days: Annotated[int, typer.Option(min=1, max=MOST_DAYS, help="By how many days.")] = 1,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Move the running node's clock on, for good: epochs end, and their reports are issued."""
    with clear_errors():
        put(command(node, "advance", days=days), as_json)
