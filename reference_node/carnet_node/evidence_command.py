"""``carnet-node evidence``: put what the node publishes, or single records of it, into one file (spec/evidence.md)."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from carnet_node.cli import HERE, AsJson, Json, Node, clear_errors, command, put
from carnet_node.config import load_config
from carnet_node.errors import CommandError
from carnet_node.files import PRIVATE, flush_folder


def evidence(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")],
    index: Annotated[list[int] | None, typer.Option(min=0, help="Only this entry of the log; may be repeated.")] = None,
    transfer: Annotated[
        list[str] | None,
        typer.Option(metavar="ID", help="Only this transfer's record, which the running node finds; may be repeated."),
    ] = None,
    node: Node = HERE,
    as_json: AsJson = False,
) -> None:
    """Write all that is published, or single records of it, into one file for who verifies without a network."""
    with clear_errors():
        published = load_config(node).paths.published
        chosen = {*(index or []), *(_index_of(each, node=node) for each in transfer or [])}
        put(write_evidence(published, output, indices=sorted(chosen)), as_json)


def write_evidence(published: Path, output: Path, *, indices: list[int]) -> Json:
    """Write the evidence of the folder *published*, or of its entries *indices*, to *output*; return what it is.

    Raises:
        CommandError: Nothing is published yet, there is no such entry, or the folder is damaged.
    """
    from carnet.errors import CarnetError  # noqa: PLC0415 - so that --help is quick
    from carnet.evidence import UnreadableError, within  # noqa: PLC0415
    from carnet.evidence_file import EvidenceReader  # noqa: PLC0415
    from carnet.evidence_writer import log_evidence, selection_evidence  # noqa: PLC0415

    def read(path: str, limit: int) -> bytes:
        try:
            with (published / path).open("rb") as file:
                return within(file.read(limit + 1), limit)
        except OSError as error:
            raise UnreadableError(path, error.strerror or "cannot be read") from error

    beside = output.with_name(f".{output.name}.new")
    try:
        _write(beside, selection_evidence(read, indices) if indices else log_evidence(read))
        with beside.open("rb") as file:  # what nobody else could read is not handed out
            reader = EvidenceReader(file)
        beside.replace(output)
    except CarnetError as error:
        raise CommandError(f"{published}: {error}") from error
    finally:
        beside.unlink(missing_ok=True)
    flush_folder(output.parent)
    header = reader.header
    return {
        "file": str(output),
        "scope": header.scope.name,
        "vasp": header.vasp,
        "origin": header.origin,
        "entries": header.size,
        "files": header.files,
        "size": output.stat().st_size,
    }


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write *pieces* to *path*, and put it on the disk."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "wb") as file:
        for piece in pieces:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())


def _index_of(transfer: str, *, node: Path) -> int:
    """Return the number that the log of the running *node* gave the record of *transfer*."""
    record = command(node, "show", transfer=transfer, with_payload=False, with_wire=False).get("record") or {}
    found = record.get("log_index")
    if not isinstance(found, int):
        raise CommandError(f"transfer {transfer}: its record is not in the log yet")
    return found
