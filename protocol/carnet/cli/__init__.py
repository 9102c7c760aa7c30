"""The command `carnet`: keys, directories, packs, sealing, proofs, and a look into any object.

The one part of the library that touches files, the clock and the terminal.
"""


def main() -> None:
    """Run the command; loaded when called, so that importing this package costs nothing."""
    from carnet.cli.app import app  # noqa: PLC0415 - see above

    app()
