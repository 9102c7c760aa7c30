"""All that a generated network publishes, taken apart: for tests of what it shows."""

from dataclasses import dataclass
from functools import cache

from carnet.crypto import cose
from carnet.log.notice import Notice, decode_item
from carnet.log.tiles import ENTRIES, PROOFS, RECORDS, decode_bundle, parse_path
from carnet.reporting.report import EpochReport
from carnet.testing.ledger.generate import folders, plan_of

SHAPE = {"seed": "what is published", "vasps": 3, "records": 20, "epochs": 1, "quiet": 1}
BIG = 2**24


@cache
def plan(secret=""):
    """Return the plan of a small network of three VASPs, with customers and amounts dealt by *secret*."""
    return plan_of(secret=secret, **SHAPE)


@cache
def network(secret=""):
    """Return what its VASPs publish; not to be changed."""
    return folders(plan(secret))


@dataclass(frozen=True)
class Log:
    """What the files of a log hold, in order; *items* are records and notices."""

    entries: list
    items: list
    proofs: list
    hashes: list

    @property
    def records(self):
        return [each for each in self.items if not isinstance(each, Notice)]


def log(files):
    """Return what the log of a folder holds."""
    found = {ENTRIES: [], RECORDS: [], PROOFS: []}
    hashes = []
    for path in sorted(files):
        tree = next((each for each in found if path.startswith(each + "/")), None)
        if tree:
            found[tree] += decode_bundle(files[path], width=parse_path(path).width)
        elif path.startswith("tile/"):
            hashes += [files[path][at : at + 32] for at in range(0, len(files[path]), 32)]
    return Log(found[ENTRIES], [decode_item(each) for each in found[RECORDS]], found[PROOFS], hashes)


def reports(files):
    """Return the reports of a folder, and the signature over each."""
    found = []
    for path in sorted(files):
        if path.startswith("reports/"):
            payload = cose.payload_of(files[path], limit=BIG)
            found.append((EpochReport.decode(payload, limit=BIG), files[path][-64:]))
    return found


def strings_of_log(files):
    """Yield what is a log's own: of its records and notices, their proofs, their hashes."""
    held = log(files)
    for item in held.items:
        fields = {each.name: getattr(item, each.name) for each in type(item).FIELDS}
        yield from (each for name, each in fields.items() if isinstance(each, bytes) and name != "pack")
    yield from held.entries
    yield from (each for each in held.proofs if each)
    yield from held.hashes


def sums_of(report):
    """Return the sums of a report's rows, both ends'."""
    rows = [end for row in report.rows for end in (row, row.peer)]
    return [point for each in rows for point in (each.unit, each.flag)]


def strings_of_reports(files):
    """Yield what is a VASP's own in its reports, but for the names and the sums of channels."""
    for report, signature in reports(files):
        yield from (report.root, signature, *([report.previous] if report.previous else []))
        for row in report.rows:
            yield from (row.peer.unit_proof, row.peer.flag_proof)
        for part in (report.covers, report.total):
            if part:
                yield from (part.unit_proof, part.flag_proof)
        if report.covers:
            yield from (report.covers.unit, report.covers.flag)
