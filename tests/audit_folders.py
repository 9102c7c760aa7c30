"""Published folders in memory, and an auditor of them, for tests of the audit."""

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


def reader(folder):
    def read(path, limit):
        if path not in folder:
            raise UnreadableError(path, "No such file or directory")
        return within(folder[path], limit)

    return read


def audit(folder, *, authority=True, now=NOW, **more):
    """Return the report on *folder*."""
    key = sound().authority if authority is True else authority
    return finish(audit_source(reader(folder), source="test", authority=key, now=now, coins=system_coins, **more))


def audit_all(folders, *, now=NOW):
    """Return the report on several folders, by name."""
    sources = [Source(name=name, read=reader(folder)) for name, folder in folders.items()]
    return finish(audit_sources(sources, authority=sound().authority, now=now, coins=system_coins))


def checks(report):
    """Return the names of the checks that failed, in order, each once."""
    return list(dict.fromkeys(each.check for each in report.findings))
