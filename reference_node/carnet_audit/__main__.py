"""``carnet-audit``, or ``python -m carnet_audit``.

Each process that an audit starts imports this module again, and needs none of the commands.
"""


def main() -> None:
    """Run the command."""
    from carnet_audit import cli  # noqa: PLC0415 -- see above

    cli.main()


if __name__ == "__main__":
    main()
