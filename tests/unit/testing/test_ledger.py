"""Generated networks: what they hold, and that they come out the same however they are made."""

from collections import Counter
from hashlib import sha256
from itertools import islice

import pytest
import typer
from typer.testing import CliRunner

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.errors import UsageError
from carnet.evidence import read_directory, within
from carnet.identity.directory import Trust
from carnet.log.merkle import tree_root
from carnet.log.notice import Notice, NoticeKind, decode_item
from carnet.log.record import proof_item
from carnet.log.tiles import ENTRIES, PROOFS, RECORDS, decode_bundle, hash_reader
from carnet.messages import BROADCAST_ENDINGS, Phase
from carnet.reporting.chains import Chains
from carnet.reporting.check import check_report, follow_report, open_report
from carnet.reporting.reconcile import Reconciler, State
from carnet.reporting.report import MATCHED, EpochReport
from carnet.reporting.sums import RangeSums, Sums
from carnet.reporting.window import open_page
from carnet.testing.ledger import generate
from carnet.testing.ledger.__main__ import write
from carnet.testing.ledger.batch import decode_batch, encode_batch, make_batch
from carnet.testing.ledger.plan import MIX, Dice
from carnet.testing.ledger.small import _tree
from carnet.testing.ledger.writer import LogWriter
from carnet.workers import Workers
from carnet.zk.statement import find_bad
from window_pages import linked_among

PLAN = generate.plan_of(seed="tests of the generator", vasps=3, records=12, epochs=2, quiet=10)


@pytest.fixture(scope="module")
def made():
    return generate.folders(PLAN)


def items(folder):
    for path in sorted(folder):
        if path.startswith("records/"):
            data = folder[path]
            width = int(path.rpartition("/")[2]) if ".p/" in path else 256
            proofs = decode_bundle(folder[path.replace("records", "proofs")], width=width)
            yield from zip(decode_bundle(data, width=width), proofs, strict=True)


def on_disk(root):
    return {
        str(file.relative_to(root)): file.read_bytes()
        for file in root.rglob("*")
        if file.is_file() and generate.WORK not in file.parts
    }


def test_every_proof_verifies_under_the_law_of_its_vasp(made):
    for vasp, folder in made.items():
        found = [(decode_item(data), proof) for data, proof in items(folder)]
        notices = [each for each, proof in found if isinstance(each, Notice) and proof == b""]
        assert [each.kind for each in notices] == [NoticeKind.REPORT] * 12
        claims = [
            proof_item(each, PLAN.society.pack(vasp), proof) for each, proof in found if not isinstance(each, Notice)
        ]
        assert len(claims) >= 8
        assert find_bad(claims, coins=system_coins) == []


def test_reports_are_borne_out_by_the_logs_and_by_each_other(made):
    reconciler = Reconciler()
    for vasp, folder in made.items():
        trust = Trust(directory=read_directory(lambda path, limit: within(made["alice"][path], limit), authority=None))
        held, older = [decode_item(data) for data, _ in items(folder)], None
        for serial in range(1, 13):
            signed = open_report(folder[f"reports/{serial}"], member=trust.member(vasp), network=PLAN.society.network)
            report = signed.report
            follow_report(report, older)
            found = RangeSums(start=report.start, end=report.end)
            for each in held[report.start : report.end]:
                if isinstance(each, Notice):
                    continue
                found.kinds[each.kind] += 1
                if each.kind in MATCHED:
                    found.matched += Sums(unit=each.unit, flag=each.flag)
            assert check_report(report, found, root=report.root, coins=system_coins) == []
            reconciler.put(report)
            older = signed
    channels, differences = reconciler.reconcile(sources=made, members=made)
    assert differences == []
    assert len(channels) > 3
    assert {each.state for each in channels} == {State.EQUAL}


def test_batches_are_powers_of_two_with_covers(made):
    del made  # which has proven them
    for interval in PLAN.intervals():
        for part in decode_batch(generate._made(PLAN, interval)).values():
            size = len(part.items)
            assert size & (size - 1) == 0
            assert sum(part.kinds.values()) == size


def test_a_generation_goes_on_where_it_was_interrupted_and_ends_with_the_same_files(tmp_path):
    plan = generate.plan_of(seed="interrupted", records=6, epochs=3)

    class StoppedError(Exception):
        pass

    def stop(done, total):
        assert total == 3
        if done == 2:
            raise StoppedError

    root, whole = tmp_path / "one", tmp_path / "whole"
    with Workers(1) as here, pytest.raises(StoppedError):
        generate.generate(root, plan, workers=here, progress=stop)
    first = root / generate.WORK / "0"
    before = first.stat().st_mtime_ns
    (root / generate.WORK / "2.part").write_bytes(b"half a batch")
    with Workers(1) as here:
        generate.generate(root, plan, workers=here, progress=lambda *_: None)
        generate.generate(whole, plan, workers=here, progress=lambda *_: None)
    assert first.stat().st_mtime_ns == before
    assert on_disk(root) == on_disk(whole)
    folders = generate.folders(plan)
    assert {path: data for path, data in on_disk(root).items() if "/" in path} == {
        f"{vasp}/{path}": data for vasp, folder in folders.items() for path, data in folder.items()
    }
    with pytest.raises(UsageError, match="holds another network"), Workers(1) as here:
        generate.generate(root, PLAN, workers=here, progress=lambda *_: None)
    with pytest.raises(UsageError, match="is not empty"), Workers(1) as here:
        generate.generate(tmp_path, plan, workers=here, progress=lambda *_: None)


def test_the_number_of_processes_does_not_matter(tmp_path):
    plan = generate.plan_of(seed="processes", records=4, epochs=2)
    made = []
    for number in (1, 2):
        with Workers(number) as workers:
            generate.generate(tmp_path / str(number), plan, workers=workers, progress=lambda *_: None)
        made.append(on_disk(tmp_path / str(number)))
    assert made[0] == made[1]


def test_a_batch_survives_its_file():
    data = make_batch((PLAN, next(iter(PLAN.intervals()))))
    assert encode_batch(decode_batch(data)) == data


def test_transfers_end_and_amounts_spread_as_they_should():
    plan = generate.plan_of(seed="statistics", vasps=4, records=10_000)
    transfers = [each for interval in plan.intervals() for each in interval.transfers]
    assert len(transfers) == 79 * 200
    kinds = Counter(each.kind for each in transfers)
    for kind, weight in MIX:
        assert kinds[kind] / len(transfers) == pytest.approx(weight / 10_000, rel=0.25), kind
    values = sorted(each.value for each in transfers)
    assert values[len(values) // 2] == pytest.approx(60_000, rel=0.1)
    assert values[len(values) // 10] < 20_000
    assert values[-len(values) // 10] > 200_000
    customers = Counter(each.customers[0] for each in transfers)
    assert customers.most_common(1)[0][1] > 20
    assert (
        {each.originator for each in transfers}
        == {each.beneficiary for each in transfers}
        == {"alice", "bob", "charlie", "dora"}
    )
    assert all(each.originator != each.beneficiary for each in transfers)


def test_the_window_of_a_customer_adds_up_what_its_law_links():
    plan = generate.plan_of(seed="windows", records=2_000, epochs=40, laws=("ch-finma-2019", "us-bsa-2019"), vasps=2)
    seen = {}
    linked = 0
    for interval in plan.intervals():
        for each in interval.transfers:
            if each.originator != "alice":
                continue
            past = seen.setdefault(each.customers[0], [])
            own = each.value * 88 // 100
            assert each.windows[0] == own + sum(v for epoch, v in past if epoch >= interval.epoch - 30)
            linked += bool(past)
            if each.kind in BROADCAST_ENDINGS:
                past.append((interval.epoch, own))
    assert linked > 100
    assert any(each.windows[1] == each.value for each in next(iter(plan.intervals())).transfers)


def test_a_law_that_links_transfers_has_its_customers_windows_proven():
    plan = generate.plan_of(seed="linked", records=30, epochs=3, laws=("ch-finma-2019", "us-bsa-2019"), vasps=2)
    made = generate.folders(plan)
    assert not any(path.startswith("windows/") for path in made["bob"])
    folder, society = made["alice"], plan.society
    member = Trust(directory=read_directory(lambda path, _: folder[path], authority=None)).member("alice")
    held = [decode_item(data) for data, _ in items(folder)]
    chains, sizes = Chains(origin=member.log_origin), Counter()
    for serial in (1, 2, 3):
        report = open_report(folder[f"reports/{serial}"], member=member, network=society.network).report
        page = open_page(folder[f"windows/{serial}"], serial=serial, epoch=report.epoch, named=report.windows)
        linked = linked_among(held, lambda _: society.pack("alice"), start=report.start, end=report.end)
        assert chains.check_page(page, linked, epoch=report.epoch, coins=system_coins) == []
        assert chains.check_page(None, linked, epoch=report.epoch, coins=system_coins) != []
        sizes.update({group.chain: len(group.entries) for group in page.groups})
    assert max(sizes.values()) > 2
    assert min(sizes.values()) == 1


def test_where_nothing_moves_there_are_no_covers_and_no_sums():
    plan = generate.plan_of(seed="unmoved", records=300, epochs=1, unmoved=True)
    assert [len(interval.transfers) for interval in plan.intervals()] == [128] * 3
    assert not {t.kind for interval in plan.intervals() for t in interval.transfers} & BROADCAST_ENDINGS
    folder = generate.folders(plan)["bob"]
    (report,) = (EpochReport.decode(cose.payload_of(folder["reports/1"])),)
    assert (report.end, report.rows, report.covers, report.total) == (384, (), None, None)


def test_another_secret_changes_who_and_how_much_and_nothing_that_is_counted():
    one, other = (generate.plan_of(seed="worlds", records=1_000, secret=secret) for secret in "ab")
    pairs = list(zip(one.intervals(), other.intervals(), strict=True))
    changed = 0
    for mine, theirs in pairs:
        assert (mine.number, mine.epoch) == (theirs.number, theirs.epoch)
        for each, twin in zip(mine.transfers, theirs.transfers, strict=True):
            assert (each.number, each.kind, each.originator) == (twin.number, twin.kind, twin.originator)
            changed += each.value != twin.value
    assert changed > 100
    totals = [
        Counter(
            {
                (interval.epoch, each.originator): 0
                for interval in plan.intervals()
                for each in interval.transfers
                if each.kind in BROADCAST_ENDINGS
            }
        )
        for plan in (one, other)
    ]
    for plan, total in zip((one, other), totals, strict=True):
        for interval in plan.intervals():
            for each in interval.transfers:
                if each.kind in BROADCAST_ENDINGS:
                    total[interval.epoch, each.originator] += each.value
    assert totals[0] == totals[1]


def test_dice_choose_within_their_bounds():
    dice = Dice(lambda count: b"\xff" * count)
    assert dice.below(7) == 6
    assert dice.often(7) == 6
    assert dice.weighted(MIX) is Phase.UNCONFIRMED
    low = Dice(bytes)
    assert (low.below(7), low.often(7), low.weighted(MIX)) == (0, 0, Phase.SETTLED)
    listed = list(range(8))
    low.shuffle(listed)
    assert sorted(listed) == list(range(8)) != listed


def test_a_plan_refuses_what_is_no_network():
    with pytest.raises(UsageError):
        generate.plan_of(seed="", records=0)
    with pytest.raises(UsageError):
        generate.plan_of(seed="", vasps=1, records=1)
    assert len(list(islice(PLAN.intervals(), 9))) == 2


def test_the_command_writes_folders_and_says_how_to_audit_them(tmp_path):
    out = tmp_path / "out"
    options = ["--records", "3", "--epochs", "1", "--quiet", "0", "--law", "hk-amlo-2023", "--law", "sg-psn02-2020"]
    done = run([str(out), "--workers", "1", *options])
    assert done.exit_code == 0, done.output
    assert done.stdout == f"carnet-audit verify --authority {out}/authority {out}/alice {out}/bob\n"
    assert (out / "alice" / "reports" / "1").is_file()
    assert run([str(tmp_path), *options]).exit_code == 2
    assert "no pack is called" in run([str(tmp_path / "other"), "--law", "none", "--law", "none"]).output


def run(arguments):
    app = typer.Typer()
    app.command()(write)
    return CliRunner().invoke(app, arguments)


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600])
def test_a_log_that_is_written_as_it_grows_has_the_files_of_one_that_is_written_at_once(size):
    written = [(b"item %d" % number, b"proof %d" % (number % 7)) for number in range(size)]
    made = {}
    writer = LogWriter(made.__setitem__, origin="log.example")
    for data, proof in written:
        writer.append(data, proof)
    writer.finish()
    records, proofs = (list(each) for each in zip(*written, strict=True))
    entries = [sha256(each).digest() for each in records]
    assert made == _tree(entries, {ENTRIES: entries, RECORDS: records, PROOFS: proofs})
    assert (writer.checkpoint.size, writer.checkpoint.origin) == (size, "log.example")


def test_a_log_of_more_than_one_level_of_tiles_has_the_root_of_its_entries():
    made = {}
    writer = LogWriter(made.__setitem__, origin="log.example")
    for number in range(256 * 256 + 3):
        writer.append(number.to_bytes(4, "big"), b"")
    writer.finish()
    assert {"tile/0/255", "tile/0/256.p/3", "tile/1/000", "tile/2/000.p/1", "records/256.p/3"} <= made.keys()
    read = hash_reader(made.__getitem__, size=writer.size)
    assert tree_root(read, size=writer.size) == writer.root
