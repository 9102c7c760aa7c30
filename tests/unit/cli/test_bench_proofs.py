"""`carnet bench proofs`: its JSON and its table, from a run of next to nothing. No test depends on a time."""

import json
import re
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from rich.console import Console

from carnet.cli.bench import proofs as command
from carnet.cli.bench import system
from carnet.cli.bench.clock import Task, measure, summary
from carnet.cli.bench.engines import ENGINES, Effort, contenders, tasks
from carnet.cli.bench.peers import HERE, PEERS, Ready, peer_results, peer_tasks, ready
from carnet.cli.bench.ratios import ratios
from carnet.cli.bench.table import render
from carnet.cli.bench.timing import timing, welch
from carnet.cli.bench.works import MAIN, STATEMENTS, VALUE
from carnet.crypto.group import TableSize, group
from carnet.errors import UsageError

from .conftest import carnet

LEAST = ("", "_min")
TIMES = {f"{name}{least}_ms" for name in ("prove", "verify", "batch64", "batch256") for least in LEAST}
TINY = Effort(proves=1, verifies=1, batches={"batch64": 2, "batch256": 3}, different=2)
PLAN = command.Plan(
    rounds=1,
    engines=["libsecp256k1/plain", "libsecp256k1/hardened"],
    statements=["RANGE64", "TIER"],
    effort=TINY,
    peers=["wallycore"],
    timing_samples=60,
    process_proofs=2,
    process_rounds=1,
    process_tables=False,
    starts=1,
)


def quiet(_):
    pass


@pytest.fixture(scope="module")
def told():
    return command.run(PLAN, tick=quiet)


def test_every_engine_has_its_tables_and_the_times_of_each_statement(told):
    assert list(told["engines"]) == PLAN.engines
    for name, engine in told["engines"].items():
        assert engine["tables"] == {"bits": 0, "bytes": 0, "build_ms": engine["tables"]["build_ms"], "bytes_in_use": 0}
        assert list(engine["statements"]) == PLAN.statements
        for times in engine["statements"].values():
            assert set(times) == TIMES | {"bytes", "records"}
            measured = {key for key in TIMES if not (key.startswith("batch") and "hardened" in name)}
            assert all(times[key] > 0 for key in measured)
            assert all(times[key] is None for key in TIMES - measured)
    sizes = told["engines"]["libsecp256k1/plain"]["statements"]
    assert [sizes[name]["bytes"] for name in PLAN.statements] == [748, 976]


def test_the_rest_of_the_run_is_told(told):
    assert set(told) == {"machine", "clock", "rounds"} | {"engines", "peers", "ratios"} | {
        "timing",
        "processes",
        "start",
        "memory",
    }
    assert set(told["processes"]) == {"prove", "audit"}
    for rates in told["processes"].values():
        assert set(rates) == {"one", "two", "ratio", "ratio_max"}
        assert min(rates.values()) > 0
    assert min(told["start"].values()) > 0
    assert told["memory"]["peak_bytes"] > 2**20
    assert set(told["memory"]["engines"]) == set(PLAN.engines)
    assert all(each["peak_bytes"] > 2**20 for each in told["memory"]["engines"].values())
    assert told["machine"]["packages"]["numpy"]
    assert json.loads(json.dumps(told, allow_nan=False)) == told


def test_timing_is_told_of_the_calls_with_secrets_and_of_one_that_should_be_caught(told):
    calls = told["timing"]["calls"]
    assert list(calls) == ["mul_secret", "commit", "commit_bits", "mul"]
    for call in calls.values():
        assert set(call) == {"t", "stands_out", "small_ns", "large_ns", "samples"}
        assert min(call["small_ns"], call["large_ns"]) > 0


def test_ratios_are_quotients_of_the_times(told):
    times = {name: engine["statements"]["TIER"] for name, engine in told["engines"].items()}
    plain, hardened = times["libsecp256k1/plain"], times["libsecp256k1/hardened"]
    gain = told["ratios"]["to_plain"]["libsecp256k1/hardened"]["TIER"]
    assert gain["prove"] == round(plain["prove_ms"] / hardened["prove_ms"], 3)
    assert "batch256" not in gain
    assert "libsecp256k1/plain" not in told["ratios"]["to_plain"]
    cost = told["ratios"]["tier_to_range64"]["libsecp256k1/plain"]
    both = told["engines"]["libsecp256k1/plain"]["statements"]
    assert cost["batch256_min"] == round(both["TIER"]["batch256_min_ms"] / both["RANGE64"]["batch256_min_ms"], 3)


def test_ratios_of_a_whole_run_compare_small_tables_and_peers():
    def times(prove):
        return {"prove_ms": prove, "verify_ms": 2.0, "batch64_ms": None}

    engines = {
        "libsecp256k1": {"statements": {"RANGE64": times(20.0), "TIER": times(30.0), "TIERS4": times(15.0)}},
        "libsecp256k1/big": {"statements": {"RANGE64": times(16.0)}},
    }
    found = ratios(engines, {"wallycore": times(50.0), "dalek": {"skipped": "not installed"}})
    assert found["small_to_big"] == {"RANGE64": {"prove": 1.25, "verify": 1.0}}
    assert found["tier_to_range64"] == {"libsecp256k1": {"prove": 1.5, "verify": 1.0}}
    assert found["tiers4_to_tier"] == {"libsecp256k1": {"prove": 0.5, "verify": 1.0}}
    assert found["peers"] == {"wallycore": {"prove": 2.5, "verify": 1.0}}
    assert found["to_plain"] == {}


def test_a_peer_that_is_installed_is_measured_at_the_same_value(told):
    peer = told["peers"]["wallycore"]
    assert set(peer) == {"what", "version", "bytes"} | {key for key in TIMES if not key.startswith("batch")}
    assert min(peer["prove_min_ms"], peer["verify_min_ms"]) > 0
    assert peer["bytes"] > 5000


@pytest.mark.parametrize("name", ["sigma-rangeproof", "dalek"])
def test_a_peer_that_is_not_installed_is_skipped_and_says_how_to_get_it(monkeypatch, name):
    monkeypatch.setitem(sys.modules, "sigma_rangeproof", None)
    monkeypatch.setenv("PYTHONPATH", "")
    found = ready([name], python=None, tick=quiet)
    if isinstance(found[name], Ready):
        pytest.skip("it is installed")
    assert peer_tasks(found) == []
    (result,) = peer_results(found, {}).values()
    assert result["skipped"].startswith(f"not installed: pip install {PEERS[name].package}")


def test_a_peer_that_fails_is_told_from_one_that_is_missing(tmp_path, monkeypatch):
    (tmp_path / "pybulletproofs.py").write_text("def zkrp_prove(value, bits):\n    raise RuntimeError('broken')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert ready(["dalek"], python=sys.executable, tick=quiet) == {"dalek": "failed: RuntimeError: broken"}
    assert "cannot be run" in ready(["dalek"], python=str(tmp_path / "none"), tick=quiet)["dalek"]


def test_a_peer_under_another_interpreter_is_measured_there(tmp_path, monkeypatch):
    (tmp_path / "pybulletproofs.py").write_text(
        "def zkrp_prove(value, bits):\n    return bytes(672), value, None\n\n\n"
        f"def zkrp_verify(proof, commitment, bits):\n    return commitment == {VALUE} and bits == 64\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    found = ready(["dalek"], python=sys.executable, tick=quiet)
    samples = measure(peer_tasks(found), rounds=1, tick=quiet)
    (result,) = peer_results(found, samples).values()
    assert result["bytes"] == 672
    assert result["prove_ms"] > 0


class FakeSigma:
    good = True

    def commit(self, value):
        return value, 7

    def prove_ge(self, value, blinding, threshold, *, bits):
        assert (value, blinding, threshold, bits) == (VALUE, 7, 0, 64)
        return SimpleNamespace(to_dict=lambda: {"bits": bits})

    def verify_ge(self, commitment, threshold, proof):
        assert (commitment, threshold, proof.to_dict()) == (VALUE, 0, {"bits": 64})
        return self.good


@pytest.mark.parametrize("good", [True, False])
def test_a_slow_peer_is_measured_once_and_must_accept_its_own_proof(monkeypatch, good):
    fake = FakeSigma()
    fake.good = good
    monkeypatch.setitem(sys.modules, "sigma_rangeproof", fake)
    found = ready(["sigma-rangeproof"], python=None, tick=quiet)
    if good:
        samples = measure(peer_tasks(found), rounds=3, tick=quiet)
        assert [len(times) for times in samples.values()] == [1, 1]
        assert peer_results(found, samples)["sigma-rangeproof"]["bytes"] == len('{"bits": 64}')
    else:
        with pytest.raises(UsageError, match="refuses a good proof"):
            found["sigma-rangeproof"].verify()


@pytest.mark.slow
def test_our_proofs_hold_over_another_curve():
    assert system.fresh(HERE / "bn254.py", str(VALUE))["bytes"] == 748


def test_rounds_are_interleaved_and_what_is_slow_is_done_once():
    done = []

    def task(name, measure_name, **more):
        return Task(key=(name, "TIER", measure_name), sample=lambda: done.append(name + measure_name) or 8.0, **more)

    found = measure(
        [task("a", "1"), task("b", "1", times=2, units=4), task("a", "2", warm=False), task("c", "1", once=True)],
        rounds=2,
        tick=quiet,
    )
    assert done[:2] == ["a1", "b1"]  # warming up
    assert sorted(done[2:6]) == ["a1", "b1", "b1", "c1"]
    assert sorted(done[7:10]) == ["a1", "b1", "b1"]
    assert (done[6], done[10:]) == ("a2", ["a2"])
    assert found["b", "TIER", "1"] == [2.0] * 4
    assert summary(found["c", "TIER", "1"], "prove") == {"prove_ms": 8.0, "prove_min_ms": 8.0}
    assert summary(None, "prove") == {"prove_ms": None, "prove_min_ms": None}


@pytest.mark.parametrize("name", [name for name in STATEMENTS if STATEMENTS[name].length <= 128])
def test_what_is_measured_is_a_good_proof(name):
    one, other = STATEMENTS[name].work(0), STATEMENTS[name].work(1)
    assert one.claim != other.claim
    one.item().verify()


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in STATEMENTS if STATEMENTS[name].length > 128])
def test_what_is_measured_of_many_values_is_a_good_proof(name):
    STATEMENTS[name].work(1).item(group(tables=TableSize.NONE)).verify()


def test_a_batch_is_of_so_many_records():
    those = contenders(["libsecp256k1/plain"], ["WINDOW"], tick=quiet)
    effort = Effort(batches={"batch64": 64, "batch256": 256}, different=64)
    found, sizes = tasks(those, ["WINDOW"], effort=effort, tick=quiet)
    assert {task.key[2]: task.units for task in found} == {"prove": 64, "verify": 64, "batch64": 64, "batch256": 256}
    assert sizes == {"WINDOW": 65}


def test_the_slow_reference_is_measured_at_few_statements_and_in_no_batch():
    those = contenders(["reference"], ["GE", "TIERS4"], tick=quiet)
    assert [those[0].takes(name) for name in ("GE", "TIERS4")] == [True, False]
    assert not those[0].engine.batches


def test_what_nobody_knows_is_refused():
    with pytest.raises(UsageError, match="no engine is called fast"):
        contenders(["fast"], MAIN, tick=quiet)
    with pytest.raises(UsageError, match="no statement is called ZERO"):
        command.run(command.Plan(statements=["ZERO"]), tick=quiet)


def test_an_engine_that_does_not_load_is_left_out(monkeypatch):
    monkeypatch.setattr("carnet.cli.bench.engines.available", lambda: ("libsecp256k1",))
    found = contenders(["libsecp256k1/plain", "coincurve/plain"], ["SUM"], tick=quiet)
    assert [each.name for each in found] == ["libsecp256k1/plain"]
    with pytest.raises(UsageError, match="none of these engines"):
        contenders(["coincurve"], ["SUM"], tick=quiet)


def test_welchs_t_is_that_of_the_textbook():
    assert welch([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0
    assert welch([3.0, 3.0], [3.0, 3.0]) == 0
    assert welch([10.0, 11.0, 12.0], [1.0, 2.0, 3.0, 4.0]) == pytest.approx(8.5 / (1 / 3 + 5 / 12) ** 0.5)


def test_too_few_samples_say_nothing():
    call = timing(group(), samples=1, tick=quiet)["calls"]["mul"]
    assert call == {"t": None, "stands_out": None}


def shown(told):
    out = StringIO()
    render(told, Console(file=out, highlight=False))
    return out.getvalue()


def test_the_table_names_every_engine_statement_and_peer(told):
    text = shown(told)
    for name in [*PLAN.engines, *PLAN.statements, "wallycore", "x plain", "Welch", "by two", "importing carnet"]:
        assert name in text
    assert all(len(line) <= 100 for line in text.splitlines())


def test_the_table_leaves_out_what_was_not_measured(told):
    few = {key: told[key] for key in ("machine", "rounds", "engines", "ratios")} | {"peers": {}}
    assert "Welch" not in shown(few)
    skipped = told | {"peers": {"dalek": {"what": "Rust", "skipped": "not installed: pip install it"}}}
    assert "not installed" in shown(skipped)


def leaves(told, path=()):
    if isinstance(told, dict):
        for name, value in told.items():
            yield from leaves(value, (*path, name))
    else:
        yield path


def as_documented(path):
    match path:
        case ("engines", _, "statements", _, key):
            path = ("engines", "NAME", "statements", "STATEMENT", key)
        case ("engines", _, *rest):
            path = ("engines", "NAME", *rest)
        case ("memory", "engines", _, key):
            path = ("memory", "engines", "NAME", key)
        case ("peers", _, key):
            path = ("peers", "PEER", key)
        case ("timing", "calls", _, key):
            path = ("timing", "calls", "CALL", key)
        case ("ratios", "to_plain", *_):
            path = ("ratios", "to_plain", "NAME", "STATEMENT")
        case ("ratios", kind, *_):
            path = ("ratios", kind, "NAME")
        case ("machine", "packages", _):
            path = ("machine", "packages")
    return ".".join(path)


def test_the_page_has_every_key_and_no_other(told):
    page = (Path(__file__).parents[3] / "protocol" / "bench.md").read_text(encoding="utf-8")
    documented = set()
    for row in re.findall(r"^\| (`.*?) \|", page.partition("## JSON")[2].partition("## Peers")[0], re.MULTILINE):
        first, *more = re.findall(r"`([^`]+)`", row)
        documented |= {first, *(each if "." in each else ".".join([*first.split(".")[:-1], each]) for each in more)}
    absent = {"peers.PEER.skipped", "ratios.tiers4_to_tier.NAME", "ratios.small_to_big.STATEMENT", "ratios.peers.PEER"}
    assert absent <= documented
    assert set(map(as_documented, leaves(told))) == documented - absent


@pytest.fixture
def plans(monkeypatch, told):
    """Run nothing; return the plans that the command made."""
    made = []
    monkeypatch.setattr(command, "run", lambda plan, tick: made.append(plan) or tick("working") or told)
    return made


def test_the_command_measures_the_main_statements_by_every_engine(plans):
    outcome = carnet("bench", "proofs", "--json")
    assert outcome.status == 0
    assert outcome.err == ""
    assert set(outcome.json["engines"]) == set(PLAN.engines)
    assert plans == [command.Plan(rounds=5, engines=None, statements=MAIN)]
    assert plans[0].effort.batches == {"batch64": 64, "batch256": 256}
    assert set(MAIN) == {"RANGE64", "GE", "LT", "TIER", "TIERS4"}


def test_the_command_takes_what_to_measure(plans):
    given = ["--rounds", 2, "--engine", "coincurve", "--engine", "reference", "--statement", "SUM", "--no-timing"]
    outcome = carnet("bench", "proofs", "--against", *given)
    assert outcome.status == 0
    assert "x plain" in outcome.out
    (plan,) = plans
    assert (plan.rounds, plan.engines, plan.statements) == (2, ["coincurve", "reference"], ["SUM"])
    assert plan.timing_samples == 0
    assert plan.peers == tuple(PEERS)
    assert carnet("bench", "proofs", "--all").status == 0
    assert plans[1].statements == tuple(STATEMENTS)
    assert plans[1].peers == ()
    assert carnet("bench", "proofs", "--peer-python", "python3.10").status == 0
    assert plans[2].peer_python == "python3.10"
    assert plans[2].peers == tuple(PEERS)


def test_progress_is_one_line_where_somebody_looks(plans, monkeypatch):
    told = StringIO()
    monkeypatch.setattr(sys, "stderr", told)
    command._progress("unseen")
    assert told.getvalue() == ""
    told.isatty = lambda: True
    command._progress("seen " + "x" * 200)
    assert told.getvalue().startswith("\r\x1b[Kseen x")
    assert len(told.getvalue()) < 110


def test_the_command_refuses_what_contradicts_itself(plans):
    assert carnet("bench", "proofs", "--all", "--statement", "SUM").status == 2
    assert plans == []


def test_the_default_engine_has_small_tables():
    assert ENGINES["libsecp256k1"].tables is TableSize.SMALL
    assert [each.tables.value for each in ENGINES.values()] == [4, 0, 8, 0, 4, 0, 0]


def test_every_round_has_an_order_of_its_own():
    done = []
    names = "abcdefgh"
    tasks_of_all = [
        Task(key=(each, "TIER", "prove"), sample=lambda each=each: done.append(each) or 1.0) for each in names
    ]
    measure(tasks_of_all, rounds=2, tick=quiet)
    warm, first, second = (done[at : at + 8] for at in (0, 8, 16))
    assert sorted(first) == sorted(second) == warm
    assert len({tuple(warm), tuple(first), tuple(second)}) == 3
