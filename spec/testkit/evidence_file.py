"""Suite `evidence_file`: a published folder in one file, and what is no such file."""

from dataclasses import replace
from functools import cache

from kit import vector

from carnet import wire
from carnet.evidence import UnreadableError, within
from carnet.evidence_file import EvidenceFile, EvidenceHeader, Scope
from carnet.evidence_writer import log_evidence
from carnet.testing import ledger


@cache
def folder():
    return ledger.network(3).ledgers["alice"].files()


def read(path, limit):
    if path not in folder():
        raise UnreadableError(path, "no such file")
    return within(folder()[path], limit)


@cache
def whole():
    return b"".join(log_evidence(read))


def header(scope=Scope.LOG, **changes):
    mine = EvidenceHeader(
        version=1, scope=scope, network="testing", vasp="alice", origin="alice.example/log", size=3, files=2
    )
    return replace(mine, **changes).encode()


def file(path, data=b"data"):
    return EvidenceFile(path=path, data=data).encode()


def kept(*paths):
    return [file(path, folder()[path]) for path in paths]


def refused(check, *pieces):
    return {"data": b"".join(pieces), "expect": check}


@vector("evidence_file")
def whole_log():
    """The folder of audit/sound, whole."""
    listed = [{"path_text": path, "data": data} for path, data in sorted(folder().items())]
    return {"data": whole(), "scope_text": "LOG", "files": listed, "expect": "ok"}


@vector("evidence_file")
def least():
    """As little as a reader takes: what the header must agree with."""
    listed = [{"path_text": path, "data": folder()[path]} for path in ("bundle", "checkpoint")]
    data = header() + b"".join(kept("bundle", "checkpoint"))
    return {"data": data, "scope_text": "LOG", "files": listed, "expect": "ok"}


@vector("evidence_file")
def empty():
    """No bytes at all."""
    return refused("wire.truncated")


@vector("evidence_file")
def unknown_version():
    """A version to come, with a field more than this one has."""
    fields = EvidenceHeader.decode(header()).dump() | {1: 2, 8: b""}
    return refused("evidence_file.version", wire.encode(fields))


@vector("evidence_file")
def unknown_scope():
    """A scope that there is not."""
    return refused("schema.type", wire.encode(EvidenceHeader.decode(header()).dump() | {2: 3}))


@vector("evidence_file")
def header_with_another_field():
    """A field that the header has not."""
    return refused("schema.unknown", wire.encode(EvidenceHeader.decode(header()).dump() | {8: 1}))


@vector("evidence_file")
def header_in_a_longer_form():
    """The version in two bytes, where one is enough."""
    return refused("wire.canonical", b"\xa7\x01\x18\x01", header()[3:])


@vector("evidence_file")
def one_file_missing():
    """The header promises one more."""
    return refused("evidence_file.count", header(), *kept("bundle"))


@vector("evidence_file")
def one_file_more():
    """The header promises one less."""
    return refused("evidence_file.trailing", header(files=1), *kept("bundle", "checkpoint"))


@vector("evidence_file")
def a_byte_at_the_end():
    """Something after the last file."""
    return refused("evidence_file.trailing", header(), *kept("bundle", "checkpoint"), b"\0")


@vector("evidence_file")
def cut_short():
    """The last byte of the last file is gone."""
    return refused("evidence_file.truncated", header(files=1), file("bundle")[:-1])


@vector("evidence_file")
def wrong_order():
    """The larger path first."""
    return refused("evidence_file.order", header(), *kept("checkpoint", "bundle"))


@vector("evidence_file")
def two_of_one_path():
    """Two key bundles, of which each reader might take another."""
    return refused("evidence_file.duplicate", header(), file("bundle", b"one"), file("bundle", b"other"))


@vector("evidence_file")
def another_message():
    """A header in the place of a file."""
    return refused("evidence_file.form", header(), header())


@vector("evidence_file")
def data_as_text():
    """Text is not bytes."""
    return refused("evidence_file.form", header(files=1), wire.encode({1: "bundle", 2: "data"}))


@vector("evidence_file")
def larger_than_any_file():
    """A promise of 16 MiB and one byte."""
    return refused("evidence_file.size", header(files=1), b"\xa2\x01\x66bundle\x02\x5a\x01\x00\x00\x01")


@vector("evidence_file")
def a_way_out():
    """A path that would lead out of a folder."""
    return refused("evidence_file.path", header(files=1), wire.encode({1: "../bundle", 2: b""}))


@vector("evidence_file")
def an_absolute_path():
    """A path that would be that of a system's file."""
    return refused("evidence_file.path", header(files=1), wire.encode({1: "/bundle", 2: b""}))


@vector("evidence_file")
def serial_with_a_zero():
    """A second way to write the number 1."""
    return refused("evidence_file.path", header(files=1), file("bundles/01"))


@vector("evidence_file")
def partial_file_of_another_size():
    """A tile as it was when the log had two entries."""
    return refused("evidence_file.path", header(files=1), file("tile/0/000.p/2"))


@vector("evidence_file")
def bundle_beyond_the_size():
    """Entries that a log of this size has not."""
    return refused("evidence_file.path", header(files=1), file("tile/entries/001"))


@vector("evidence_file")
def log_in_a_selection():
    """A selection has no bundles of records."""
    return refused("evidence_file.path", header(Scope.SELECTION, files=1), file("records/000.p/3"))


@vector("evidence_file")
def selection_in_a_log():
    """A log has no single records."""
    return refused("evidence_file.path", header(files=1), file("selected/0/record"))


@vector("evidence_file")
def selected_beyond_the_size():
    """The record after the last."""
    return refused("evidence_file.path", header(Scope.SELECTION, files=1), file("selected/3/record"))


@vector("evidence_file")
def header_of_another_size():
    """The checkpoint is of three entries, and the header says four."""
    return refused("evidence_file.header", header(size=4), *kept("bundle", "checkpoint"))


@vector("evidence_file")
def header_of_another_vasp():
    """The key bundle is alice's."""
    return refused("evidence_file.header", header(vasp="bob"), *kept("bundle", "checkpoint"))


@vector("evidence_file")
def without_a_checkpoint():
    """Nothing says of which log it is."""
    return refused("evidence_file.header", header(files=1), *kept("bundle"))
