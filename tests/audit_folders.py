"""Published folders in memory, and an auditor of them, for tests of the audit."""

from dataclasses import replace
from functools import cache

from carnet.audit import Source, audit_source, audit_sources, finish
from carnet.crypto.coins import system_coins
from carnet.evidence import UnreadableError, within
from carnet.testing import ledger

NOW = ledger.START + 120


@cache
def sound():
    """Return a network with eight transfers on record; not to be changed."""
    return ledger.network(8)


def files(name="alice"):
    """Return a fresh copy of a sound folder."""
    return dict(sound().ledgers[name].files())


@cache
def long_ledger(bundles, *, at=(2, 5)):
    """Return a ledger of so many bundles, the last not full: the same transfers *at* again and again."""
    book = sound().ledgers["alice"]
    size = (bundles - 1) * 256 + 100
    chosen = [at[number % len(at)] for number in range(size)]
    return replace(book, records=[book.records[n] for n in chosen], proofs=[book.proofs[n] for n in chosen])


def long_folder(bundles=3):
    """Return what a VASP publishes whose long ledger has something wrong in each bundle; its proofs are cheap ones."""
    book = sound().ledgers["alice"]
    long = long_ledger(bundles)
    records, proofs = list(long.records), list(long.proofs)
    for index in range(70, len(records), 97):
        records[index], proofs[index] = book.records[0], book.proofs[0]
        proofs[index + 5] = proofs[index + 5][:-1]
    records[500], proofs[500] = book.records[0], book.proofs[1]
    proofs[550] = proofs[551]
    folder = replace(long, records=records, proofs=proofs).files()
    broken = bytearray(folder["records/001"])
    broken[9000] ^= 1
    tile = folder["tile/0/000"]
    return folder | {"records/001": bytes(broken), "tile/0/000": bytes(32) + tile[32:], "proofs/000": b""}


def reader(folder):
    def read(path, limit):
        if path not in folder:
            raise UnreadableError(path, "No such file or directory")
        return within(folder[path], limit)

    return read


def audit(folder, *, authority=True, now=NOW, coins=system_coins, **more):
    """Return the report on *folder*."""
    key = sound().authority if authority is True else authority
    return finish(audit_source(reader(folder), source="test", authority=key, now=now, coins=coins, **more))


def audit_all(folders, *, now=NOW, **more):
    """Return the report on several folders, by name."""
    sources = [Source(name=name, read=reader(folder)) for name, folder in folders.items()]
    return finish(audit_sources(sources, authority=sound().authority, now=now, coins=system_coins, **more))


def checks(report):
    """Return the names of the checks that failed, in order, each once."""
    return list(dict.fromkeys(each.check for each in report.findings))
