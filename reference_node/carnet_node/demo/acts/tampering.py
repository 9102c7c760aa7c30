"""What somebody might do to a published folder: each function does one thing to a copy, and says what it did."""

from pathlib import Path
from typing import Final

from carnet.crypto import cose
from carnet.evidence import REPORT, report_path
from carnet.log.notice import decode_item
from carnet.log.record import Record
from carnet.log.tiles import ENTRIES, PROOFS, RECORDS, bundle_at, decode_bundle, encode_bundle
from carnet.messages import BROADCAST_ENDINGS, Phase
from carnet.reporting.report import EpochReport, sign_report
from carnet.secret import Secret
from carnet_node.demo.stage import expect

FLIPPED: Final = 5


def flip_a_byte(folder: Path, size: int) -> str:
    """Flip one byte of a record, in its commitment to the value."""
    index = _moved(folder, size)[0]
    items = _items(folder, RECORDS, size)
    record = Record.decode(items[index])
    at = items[index].index(record.value) + FLIPPED
    items[index] = items[index][:at] + bytes([items[index][at] ^ 1]) + items[index][at + 1 :]
    _write(folder, RECORDS, size, items)
    return f"record {index}: one bit of its value commitment flipped"


def drop_an_entry(folder: Path, size: int) -> str:
    """Drop one entry of the log, with its record and its proof."""
    index = _moved(folder, size)[0]
    for tree in (ENTRIES, RECORDS, PROOFS):
        items = _items(folder, tree, size)
        del items[index]
        _write(folder, tree, size, items)
    return f"entry {index}: dropped, with record and proof"


def swap_two_proofs(folder: Path, size: int) -> str:
    """Swap the proofs beside two records of the same kind under the same law."""
    one, other = _moved(folder, size)[:2]
    items = _items(folder, PROOFS, size)
    items[one], items[other] = items[other], items[one]
    _write(folder, PROOFS, size, items)
    return f"records {one} and {other}: their proofs swapped"


def leave_a_channel_out(folder: Path, _size: int, *, seed: Secret[bytes]) -> str:
    """Leave a channel out of the newest report, and sign it again: nobody but the VASP itself can do that."""
    said = EpochReport.decode(cose.payload_of((folder / REPORT).read_bytes()))
    values = {field.name: getattr(said, field.name) for field in EpochReport.FIELDS}
    signed = sign_report(EpochReport(**values | {"rows": said.rows[1:]}), seed=seed)
    for path in (REPORT, report_path(said.serial)):
        (folder / path).write_bytes(signed)
    return f"report {said.serial}: a channel left out, and signed again with {folder.name}'s own key"


def _moved(folder: Path, size: int) -> list[int]:
    """Return the places of the records whose value has moved."""
    items = [decode_item(item) for item in _items(folder, RECORDS, size)]
    found = [at for at, each in enumerate(items) if isinstance(each, Record) and each.kind in BROADCAST_ENDINGS]
    expect(len(found) > 1, f"{folder.name} holds fewer than two {Phase.SETTLED.name} records")
    return found


def _items(folder: Path, tree: str, size: int) -> list[bytes]:
    bundle = bundle_at(tree, leaf=0, size=size)
    return decode_bundle((folder / bundle.path).read_bytes(), width=bundle.width)


def _write(folder: Path, tree: str, size: int, items: list[bytes]) -> None:
    (folder / bundle_at(tree, leaf=0, size=size).path).write_bytes(encode_bundle(items))
