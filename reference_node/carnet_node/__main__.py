"""``carnet-node``, or ``python -m carnet_node``.

Each process that makes proofs imports this module again, and needs none of the commands.
"""

import sys


def main() -> None:
    """Run the command line."""
    try:
        from carnet_node import command_line  # noqa: PLC0415 -- see above

        command_line.app()
    except ModuleNotFoundError as error:
        if str(error.name).startswith("carnet"):
            raise
        told = f"carnet-node: no {error.name}; it comes with the extra 'node': pip install 'carnet[node]'"
        sys.stderr.write(f"{told}\n")
        raise SystemExit(2) from error


if __name__ == "__main__":
    main()
