"""`carnet bench`: how fast the library is here."""

import typer

from carnet.cli.bench import ivms101, log, proofs

app = typer.Typer(help="Measure the library on this machine.", no_args_is_help=True)
app.command()(ivms101.ivms101)
app.command()(log.log)
app.command()(proofs.proofs)
