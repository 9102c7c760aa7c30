"""The command line as a whole, and the one place where errors become exit codes.

0 is done; 1 is refused, with the name of the check; 2 is a wrong use, or a file that cannot be read or written.
"""

import errno
from importlib.metadata import version
from typing import Annotated, Any, Final, NoReturn

import typer
from typer.core import TyperGroup

from carnet import SPEC_VERSION
from carnet.cli import bench, directory, inspect, ivms101, keys, policy, prove, quote, transfer, verify
from carnet.cli.terminal import printable
from carnet.errors import CarnetError, PeerError

REFUSED: Final = 1
USAGE: Final = 2
HINTS: Final = {
    "box.open": "a wrong passphrase, or the file was changed",
    "signature.kid": "signed with another key than the one expected",
    "keyfile.purpose": "a locked file, but for another purpose",
    "member.unknown": "the directory does not name this member",
    "object.unknown": "no object of the protocol",
    "padding.form": "no message as it travels",
}
BROKEN: Final = "not such an object, or damaged"


class Guarded(TyperGroup):
    """A group of commands none of which ends in a traceback."""

    def invoke(self, ctx: Any) -> Any:
        """Run a command, and tell what went wrong in one line."""
        try:
            return super().invoke(ctx)
        except PeerError as error:
            hint = HINTS.get(error.check, BROKEN if error.check.startswith("wire.") else None)
            told = [*getattr(error, "__notes__", ()), str(error), *([hint] if hint else [])]
            _fail(": ".join(told), status=REFUSED)
        except CarnetError as error:
            _fail(str(error), status=USAGE)
        except OSError as error:
            if error.errno == errno.EPIPE:
                raise
            _fail(f"{error.filename or 'a file'}: {error.strerror or 'cannot be used'}", status=USAGE)


def _fail(text: str, *, status: int) -> NoReturn:
    typer.echo(f"carnet: {printable(text)}", err=True)
    raise typer.Exit(status)


app = typer.Typer(
    name="carnet",
    cls=Guarded,
    help="Seal travel-rule data to its one recipient, prove what the law asks for, and look into any object.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"carnet {version('carnet')}, specification {SPEC_VERSION}")
        raise typer.Exit


@app.callback()
def options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the versions and exit.")
    ] = False,
) -> None:
    """Take what comes before any command."""


app.add_typer(keys.app, name="keys")
app.add_typer(directory.app, name="directory")
app.add_typer(ivms101.app, name="ivms101")
app.add_typer(policy.app, name="policy")
app.add_typer(quote.issuer_app, name="issuer")
app.add_typer(quote.quote_app, name="quote")
app.command()(transfer.seal)
app.command("open")(transfer.open_offer)
app.command()(prove.prove)
app.command()(verify.verify)
app.command()(inspect.inspect)
app.add_typer(bench.app, name="bench")
