"""Suite `window_page`: the pages of window sums, report after report (spec/window.md)."""

from dataclasses import replace

from kit import vector
from proving import b32

from carnet.crypto.coins import visible_coins
from carnet.reporting.customer import Standing
from carnet.reporting.window import OpenedGroup, OpenedPhantom, page_hash, prove_phantom
from carnet.testing.customers import DAY, ORIGIN, Books
from carnet.zk.commitment import Opening


class Log(Books):
    """A VASP that counts its customers' transfers, and the reports that it has made."""

    def __init__(self, sentence, *, reach=1):
        super().__init__(sentence=sentence, reach=reach)
        self.reports = []

    def report(self, groups=None, *, epoch=DAY, change=None):
        """Add the report of *epoch*, with the page of these *groups*, changed."""
        groups = self.groups() if groups is None else groups
        serial = len(self.reports) + 1
        page = self.page_of(groups, serial=serial, epoch=epoch) if groups else None
        shown = page if page is None or change is None else change(page)
        data = None if shown is None else shown.encode()
        records = [
            {"index": index, "value": each.value, "window": each.window, "epoch": each.epoch, "reach": each.reach}
            for index, each in self.linked.items()
        ]
        named = None if data is None else page_hash(data)
        self.reports.append({"serial": serial, "epoch": epoch, "records": records, "windows": named, "page": data})
        self.done(page)
        return self

    def case(self, expect):
        """Return the vector."""
        opens = expect in {"ok", "window.page", "window.form"}
        told = (
            {} if expect in {"window.page", "window.form"} else {"objections_text": [] if expect == "ok" else [expect]}
        )
        return {"origin_text": ORIGIN, "reports": self.reports, "expect": expect if opens else "ok"} | told


def changed(page, number=0, **changes):
    groups = list(page.groups)
    groups[number] = replace(groups[number], **changes)
    return replace(page, groups=tuple(groups))


# --- pages that hold -------------------------------------------------------------------------------------------------


@vector("window_page")
def two_customers():
    """One with three transfers, one with one: two groups."""
    log = Log("two customers")
    for value in (30_000, 45_000, 0):
        log.send("ada", value)
    log.send("bo", 80_000)
    return log.report().case("ok")


@vector("window_page")
def over_three_days():
    """A chain goes on from report to report; the window is of two days, so the third counts no more of the first."""
    log = Log("over three days")
    for day in range(3):
        log.send("ada", 40_000, epoch=DAY + day)
        log.report(epoch=DAY + day)
    return log.case("ok")


@vector("window_page")
def a_new_chain_after_a_quiet_window():
    """What no window holds any more is not linked to what comes after it."""
    log = Log("a new chain")
    log.send("ada", 40_000)
    log.report()
    log.send("ada", 40_000, epoch=DAY + 2)
    return log.report(epoch=DAY + 2).case("ok")


def slow(sentence):
    """Return a log with a transfer that was offered first and is still open, and one that has counted it."""
    log = Log(sentence)
    first = log.offer("ada", 70_000)
    log.send("ada", 20_000)
    return log, first


@vector("window_page")
def an_open_transfer_is_a_phantom():
    """It has been counted and has no record yet; its value stands in its place, proven not to be negative."""
    return slow("an open transfer")[0].report().case("ok")


@vector("window_page")
def a_phantom_takes_its_record():
    """The transfer has moved: its record stands in the slot that was kept for it, under the same commitment."""
    log, first = slow("a phantom takes its record")
    log.report()
    log.move("ada", first, epoch=DAY + 1)
    return log.report(epoch=DAY + 1).case("ok")


@vector("window_page")
def a_phantom_is_left_out():
    """Its transfer was dropped: once nothing before it counts, a window need not count it."""
    log, first = slow("a phantom is left out")
    log.report()
    log.change("ada", first, standing=Standing.DROPPED)
    log.send("ada", 5, epoch=DAY + 1)
    return log.report(epoch=DAY + 1).case("ok")


@vector("window_page")
def a_group_of_covers():
    """Covers hold nothing, and stand in a group like any other."""
    log = Log("a group of covers")
    for _ in range(4):
        log.send("nobody", 0)
    return log.report().case("ok")


def late(sentence, epoch):
    """Return a log with a report of 41 days on, and then a record of *epoch*."""
    log = Log(sentence)
    log.send("bo", 5, epoch=DAY + 41)
    log.report(epoch=DAY + 41)
    log.send("ada", 60_000, epoch=epoch)
    return log.report(epoch=DAY + 42)


@vector("window_page")
def a_record_that_comes_late():
    """Forty days before an earlier report: all that its window has to count is still remembered."""
    return late("a late record", DAY + 1).case("ok")


@vector("window_page")
def no_linked_records():
    """A report without linked records has no page."""
    return Log("no linked records").report().case("ok")


# --- one fault each --------------------------------------------------------------------------------------------------


def pair(sentence):
    log = Log(sentence)
    log.send("ada", 60_000)
    log.send("ada", 60_000)
    return log


@vector("window_page")
def another_page():
    """The page is not the one that the report names."""
    log = pair("another page").report()
    log.reports[0]["windows"] = bytes(32)
    return log.case("window.page")


@vector("window_page")
def a_page_of_another_epoch():
    """Named by its hash, but of another day."""
    return pair("another epoch").report(change=lambda page: replace(page, epoch=DAY + 1)).case("window.page")


@vector("window_page")
def slots_out_of_order():
    """Two entries changed places."""

    def turn(page):
        return changed(page, entries=page.groups[0].entries[::-1])

    return pair("slots out of order").report(change=turn).case("window.form")


@vector("window_page")
def groups_out_of_order():
    """The groups do not ascend."""
    log = pair("groups out of order")
    log.send("bo", 5)
    return log.report(change=lambda page: replace(page, groups=page.groups[::-1])).case("window.form")


@vector("window_page")
def a_group_that_is_not_full_and_another():
    """A chain has a further group only when one is full."""

    def apart(page):
        (group,) = page.groups
        return replace(page, groups=tuple(replace(group, entries=(each,)) for each in group.entries))

    return pair("not full").report(change=apart).case("window.form")


@vector("window_page")
def neither_record_nor_phantom():
    """An entry with nothing but its slot."""

    def emptied(page):
        one, other = page.groups[0].entries
        return changed(page, entries=(replace(one, index=None, start=None), other))

    return pair("neither of the two").report(change=emptied).case("window.form")


@vector("window_page")
def a_record_of_no_group():
    """A number that is none of the range's linked records."""

    def renumbered(page):
        one, other = page.groups[0].entries
        return changed(page, entries=(one, replace(other, index=17)))

    log = pair("a record of no group")
    log.report(change=renumbered)
    del log.reports[0]["records"][1]
    return log.case("window.record")


@vector("window_page")
def a_record_twice():
    """One record in two chains."""
    log = Log("a record twice")
    log.send("ada", 5)
    (group,) = log.groups()
    return log.report([group, OpenedGroup(chain=bytes(16), entries=group.entries)]).case("window.twice")


@vector("window_page")
def a_record_left_out():
    """A record stands in no group."""
    log = pair("a record left out")
    groups = log.groups()
    log.send("bo", 5)
    return log.report(groups).case("window.missing")


@vector("window_page")
def no_page_at_all():
    """There are linked records, and the report names no page."""
    log = pair("no page at all").report()
    log.reports[0] |= {"windows": None, "page": None}
    return log.case("window.missing")


@vector("window_page")
def in_another_order():
    """The records changed places: their sums do not fit."""

    def turned(page):
        one, other = page.groups[0].entries
        return changed(page, entries=(replace(one, index=other.index), replace(other, index=one.index)))

    return pair("in another order").report(change=turned).case("window.proof")


def alone(log, group):
    """Let the last record of *group* count nothing but itself."""
    *before, last = group.entries
    window = log.opening(last.value.value)
    log.records[last.index] = replace(log.records[last.index], window=window.commit())
    late = replace(last, start=last.slot, window=window, earlier=None)
    return OpenedGroup(chain=group.chain, entries=[*before, late])


@vector("window_page")
def a_window_that_begins_too_late():
    """The second record leaves out the first, of the same day."""
    log = pair("too late")
    (group,) = log.groups()
    return log.report([alone(log, group)]).case("window.start")


@vector("window_page")
def a_window_that_leaves_out_the_day_before():
    """The first stands on the page before."""
    log = Log("the day before")
    log.send("ada", 60_000)
    log.report()
    log.send("ada", 60_000, epoch=DAY + 1)
    (group,) = log.groups()
    return log.report([alone(log, group)], epoch=DAY + 1).case("window.start")


@vector("window_page")
def a_phantom_that_had_to_be_counted():
    """A window left out a phantom, whose transfer then moved within its days."""
    log, first = slow("had to be counted")
    log.send("ada", 60_000)
    (group,) = log.groups()
    *before, last = group.entries
    counted = before[-1].value
    window = log.opening(last.value.value + counted.value)
    log.records[last.index] = replace(log.records[last.index], window=window.commit())
    late = replace(last, start=last.slot - 1, window=window, earlier=counted)
    log.report([OpenedGroup(chain=group.chain, entries=[*before, late])])
    log.move("ada", first, epoch=DAY + 1)
    return log.report(epoch=DAY + 1).case("window.start")


@vector("window_page")
def a_record_that_comes_too_late():
    """Forty-one days before an earlier report: what its window had to count may be forgotten."""
    return late("a record that comes too late", DAY).case("window.start")


@vector("window_page")
def before_what_was_shown():
    """A record claims to have been offered before those on the page before."""
    log = Log("before what was shown")
    log.send("ada", 60_000)
    log.report()
    log.send("bo", 60_000)
    (group,) = log.groups()
    return log.report([OpenedGroup(chain=log.chains["ada"], entries=group.entries)]).case("window.slot")


@vector("window_page")
def a_gap():
    """A slot between is left empty."""
    log = Log("a gap")
    log.send("ada", 5)
    (group,) = log.groups()
    entries = [replace(group.entries[0], slot=1, start=1)]
    return log.report([OpenedGroup(chain=group.chain, entries=entries)]).case("window.slot")


@vector("window_page")
def in_the_slot_of_anothers_phantom():
    """A record of the same value takes the slot that was kept for another: the commitments differ."""
    log, _ = slow("another's slot")
    log.report()
    log.send("bo", 70_000, epoch=DAY + 1)
    (group,) = log.groups()
    stolen = OpenedGroup(chain=log.chains["ada"], entries=group.entries)
    return log.report([stolen], epoch=DAY + 1).case("window.slot")


@vector("window_page")
def a_phantoms_proof_of_another_log():
    """A phantom's proof is bound to its log."""
    log, first = slow("another log")
    value = log.opened["ada", first].value
    proof = prove_phantom(value, origin="other.example/carnet", coins=visible_coins("another log"))
    (group,) = log.groups()
    phantom, record = group.entries
    return log.report([OpenedGroup(chain=group.chain, entries=[replace(phantom, proof=proof), record])]).case(
        "window.phantom"
    )


@vector("window_page")
def a_phantom_without_a_proof():
    """Zeros in its place."""
    log, first = slow("no proof")
    (group,) = log.groups()
    bare = OpenedPhantom(slot=first, value=log.opened["ada", first].value, proof=bytes(748))
    return log.report([OpenedGroup(chain=group.chain, entries=[bare, group.entries[1]])]).case("window.phantom")


@vector("window_page")
def a_cover_that_holds_value():
    """A record of a group of covers holds ten: the sums do not fit."""
    log = Log("a cover with value")
    for _ in range(2):
        log.send("nobody", 0)
    groups = log.groups()
    other = Opening(value=10, blinding=int.from_bytes(b32(7), "big"))
    log.records[0] = replace(log.records[0], value=other.commit())
    return log.report(groups).case("window.proof")


@vector("window_page")
def a_proof_of_another_page():
    """The page of the day before, for other records: its proof does not hold here."""
    log = pair("a proof of another page")

    def unproven(page):
        return changed(page, proof=log.reports[0]["page"][-65:])

    log.report()
    log.send("bo", 5)
    return log.report(change=unproven).case("window.proof")
