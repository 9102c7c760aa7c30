"""What the node's commands share: their options, how the running node is asked, and what becomes of errors."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from carnet.errors import CarnetError
from carnet.secret import Secret
from carnet_node.config import load_config
from carnet_node.control import Failed, ask
from carnet_node.errors import ConfigError, NodeError, StoreFatal

Json = dict[str, Any]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Node = Annotated[Path, typer.Option("--node", "-n", envvar="CARNET_NODE", help="The node's folder.")]
PassphraseFile = Annotated[
    Path | None,
    typer.Option(help="A file with the passphrase; otherwise CARNET_PASSPHRASE is read, or it is asked for."),
]
HERE: Final = Path()


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn what can go wrong into one line on stderr and an exit status."""
    try:
        yield
    except Failed as error:
        fail(str(error), error.status)
    except (ConfigError, StoreFatal) as error:
        fail(str(error), 2)
    except NodeError as error:
        fail(str(error), 1)
    except OSError as error:
        fail(f"{error.filename or 'a file'}: {error.strerror or 'cannot be used'}", 2)


def fail(text: str, status: int) -> None:
    """Say *text* on stderr, and exit with *status*."""
    typer.echo(f"carnet-node: {text}", err=True)
    raise typer.Exit(status)


def command(node: Path, name: str, *, wait: float = 0, **arguments: object) -> Any:
    """Return what the node in folder *node* answers to command *name*; it has *wait* seconds, and a minute."""
    config = load_config(node)
    return ask(config.paths.control, {"command": name, "wait": wait, **arguments}, timeout_s=wait + 60)


def passphrase(file: Path | None, *, new: bool = False) -> Secret[bytes]:
    """Return the passphrase from *file*, the environment, or whoever sits there; a *new* one is typed twice."""
    from carnet.cli.terminal import ask_passphrase  # noqa: PLC0415 - so that --help is quick

    try:
        return ask_passphrase(file, new=new)
    except CarnetError as error:
        raise ConfigError(str(error)) from error


def put(result: Json, as_json: bool) -> None:
    """Print *result* for people, or as one JSON object."""
    if as_json:
        typer.echo(json.dumps(result))
        return
    from carnet.cli.terminal import show as tell  # noqa: PLC0415 - so that --help is quick

    tell({key: value for key, value in result.items() if value not in (None, [], {})}, as_json=False)
