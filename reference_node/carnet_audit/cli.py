"""The auditors' command: reads, calls `carnet.audit`, prints, and sets the exit status (spec/audit.md).

All judgement is in the library, and no network, database or logging package is needed.
"""

import typer

from carnet_audit.commands import bench, disclose, drill, explain, report, spot_check, verify, watch

app = typer.Typer(name="carnet-audit", help="Audit what VASPs publish.", no_args_is_help=True, add_completion=False)


@app.callback()
def _commands() -> None:
    """Audit what VASPs publish: exit status 0 sound, 1 unsound, 2 could not tell."""


app.command()(verify.verify)
app.command()(report.report)
app.command()(explain.explain)
app.command()(drill.drill)
app.command()(bench.bench)
app.command()(watch.watch)
app.add_typer(disclose.disclose, name="disclose")
app.command("spot-check")(spot_check.spot_check)


def main() -> None:
    """Run the command."""
    app()
