"""Step 12 of the procedure: what the log's notices of disclosures stand for, once their time has come."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import final

from carnet.disclosure.notice import MAX_OPENED, is_overdue, notice_path, open_notice
from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError
from carnet.log.notice import Notice

_NAMED = frozenset({"disclosure.notice", "disclosure.note", "disclosure.gag"})


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeFault:
    """A check of a notice that failed, the file, and what there is to say of it."""

    check: str
    where: str
    message: str = ""


def check_notice(notice: Notice, read: Read, *, network: str, vasp: str, now: int) -> Iterator[NoticeFault]:
    """Yield what is wrong with *notice*, a disclosure's in the log of *vasp*, at *now* (spec/audit.md#step-12).

    A notice that nobody has opened is nothing to object to, unless every gag that there can be is over.
    """
    where = notice_path(notice.hash)
    try:
        open_notice(read(where, MAX_OPENED), notice, network=network, vasp=vasp, now=now)
    except UnreadableError:
        if is_overdue(notice, now=now):
            yield NoticeFault(check="disclosure.overdue", where=where)
    except PeerError as error:
        check = error.check if error.check in _NAMED else "disclosure.form"
        yield NoticeFault(check=check, where=where, message=error.detail if check in _NAMED else error.check)
