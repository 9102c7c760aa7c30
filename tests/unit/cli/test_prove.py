import json
import stat

import pytest

from carnet.crypto.group import available

from .conftest import carnet, done

T = 100_000


def prove(out, statement, *more):
    return carnet("prove", "--statement", statement, *more, "--out", out, "--json")


def proven(out, statement, *more):
    outcome = prove(out, statement, *more)
    assert outcome.status == 0, outcome.err
    return outcome.json


def opening_of(out):
    return out.with_suffix(".opening.json")


@pytest.mark.parametrize(
    ("statement", "more", "size", "shown"),
    [
        ("range", ["--value", 5], 748, {"bits": 64}),
        ("range", ["--value", 0, "--value", 255, "--bits", 8], 616, {"bits": 8}),
        ("range", ["--value", 2**128 - 1, "--bits", 128], 814, {"bits": 128}),
        ("ge", ["--limit", T, "--value", T], 748, {"limit": str(T)}),
        ("ge", ["--limit", 0, "--value", 2**64 - 1], 748, {"limit": "0"}),
        ("ge", ["--limit", 2**64 - 1, "--value", 2**64], 748, {"limit": str(2**64 - 1)}),
        ("lt", ["--limit", T, "--value", T - 1], 748, {"limit": T}),
        ("lt", ["--limit", 1, "--value", 0], 748, {"limit": 1}),
        ("sum", ["--value", 5, "--value", 2**64], 65, {"total": str(2**64 + 5)}),
        ("sum", ["--value", 7], 65, {"total": "7"}),
    ],
)
def test_a_true_claim_is_proven_and_verified(tmp_path, statement, more, size, shown):
    claim = tmp_path / "claim.json"
    told = proven(claim, statement, *more, "--context", "transfer 1")
    assert told == {"claim": str(claim), "opening": str(opening_of(claim)), "proof_size": size}
    kind = f"carnet/{statement}-claim/v1"
    assert done("verify", claim) == {"verified": True, "object": kind, **shown, "context": "transfer 1"}


@pytest.mark.parametrize(
    ("statement", "more"),
    [
        ("range", ["--value", 256, "--bits", 8]),
        ("range", ["--value", 1, "--value", 2**32, "--bits", 32]),
        ("range", ["--value", 2**64]),
        ("ge", ["--limit", T, "--value", T - 1]),
        ("ge", ["--limit", 0, "--value", 2**64]),
        ("lt", ["--limit", T, "--value", T]),
    ],
)
def test_a_false_claim_is_refused_and_leaves_nothing(tmp_path, statement, more):
    outcome = prove(tmp_path / "claim.json", statement, *more)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("carnet: claim.false: ")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("statement", "more", "told"),
    [
        ("tier", ["--limit", T, "--value", 1], "--full or --basic"),
        ("tier", ["--value", 1, "--basic"], "--limit from 0 to 4294967295"),
        ("tier", ["--limit", T, "--basic"], "--value"),
        ("tier", ["--limit", T, "--value", 1, "--basic", "--bits", 8], "--bits means nothing for --statement tier"),
        ("range", ["--value", 1, "--full"], "--full/--basic means nothing for --statement range"),
        ("range", ["--value", 1, "--value", 2, "--value", 3], "--bits, 128 at most, times the number of values"),
        ("range", ["--value", 1, "--bits", 256], "--bits, 128 at most, times the number of values"),
        ("range", [], "either --value or --using"),
        ("ge", ["--value", 1], "--limit from 0 to 18446744073709551615"),
        ("ge", ["--limit", -1, "--value", 1], "--limit from 0"),
        ("ge", ["--limit", 1, "--value", 1, "--value", 2], "about one value, and 2 are given"),
        ("ge", ["--limit", 1, "--value", -1], "--value: a number from 0"),
        ("lt", ["--limit", 0, "--value", 0], "--limit from 1 to 4294967295"),
        ("lt", ["--limit", 2**32, "--value", 0], "--limit from 1 to 4294967295"),
        ("lt", ["--limit", 5, "--value", 0, "--window", 1], "--window means nothing for --statement lt"),
        ("sum", ["--value", 1, "--limit", 1], "--limit means nothing for --statement sum"),
        ("sum", ["--value", 2**128 - 1, "--value", 1], "add up to 2^128 or more"),
        ("sum", ["--value", 1, "--engine", "abacus"], "--engine: one of libsecp256k1, coincurve, reference is needed"),
        ("other", ["--value", 1], "other"),
    ],
)
def test_a_wrong_use_is_told_with_what_to_put_right(tmp_path, statement, more, told):
    outcome = prove(tmp_path / "claim.json", statement, *more)
    assert (outcome.status, outcome.out) == (2, "")
    assert told in outcome.err
    assert not list(tmp_path.iterdir())


def test_the_opening_is_secret_and_the_claim_is_without_it(tmp_path):
    proven(tmp_path / "claim.json", "range", "--value", 54_321, "--value", 3, "--bits", 32)
    secret = opening_of(tmp_path / "claim.json")
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    written = json.loads(secret.read_text())
    assert written["type"] == "carnet/range-opening/v1"
    assert [each["value"] for each in written["openings"]] == ["54321", "3"]
    claim = (tmp_path / "claim.json").read_text()
    assert not [each["blinding"] for each in written["openings"] if each["blinding"] in claim]
    assert list(json.loads(claim)) == ["type", "context", "bits", "commitments", "proof"]


def test_what_was_committed_to_once_is_proven_about_again(tmp_path):
    first = carnet("prove", "--limit", T, "--value", 70_000, "--basic", "--out", tmp_path / "tier.json")
    assert first.status == 0
    proven(tmp_path / "ge.json", "ge", "--limit", 50_000, "--using", opening_of(tmp_path / "tier.json"))
    proven(tmp_path / "lt.json", "lt", "--limit", 70_001, "--using", opening_of(tmp_path / "ge.json"))
    proven(tmp_path / "range.json", "range", "--value", 30_000)
    summands = ["--using", opening_of(tmp_path / "lt.json"), "--using", opening_of(tmp_path / "range.json")]
    proven(tmp_path / "sum.json", "sum", *summands)
    claims = {
        name: json.loads((tmp_path / f"{name}.json").read_text()) for name in ("tier", "ge", "lt", "range", "sum")
    }
    assert claims["tier"]["value"] == claims["ge"]["value"] == claims["lt"]["value"]
    assert claims["sum"]["commitments"] == [claims["tier"]["value"], *claims["range"]["commitments"]]
    assert claims["sum"]["total"] == "100000"
    assert done("verify", *(tmp_path / f"{name}.json" for name in claims))["verified"]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "no opening"),
        ("[]", "no opening"),
        ('{"type": "carnet/ge-opening/v1"}', "an opening holds type, openings"),
        ('{"type": "carnet/ge-opening/v1", "openings": []}', "openings: a list"),
        ('{"type": "carnet/ge-opening/v1", "openings": [{"value": 77777, "blinding": "00"}]}', "value: a number below"),
        ('{"type": "carnet/ge-opening/v1", "openings": [{"value": "77777", "blinding": "99"}]}', "blinding: 32 bytes"),
        (
            '{"type": "carnet/ge-opening/v1", "openings": [{"value": "77777", "blinding": "' + "f" * 64 + '"}]}',
            "blinding from 1 to n - 1",
        ),
    ],
)
def test_a_damaged_opening_is_refused_without_telling_what_is_in_it(tmp_path, content, told):
    (tmp_path / "opening.json").write_text(content)
    outcome = prove(tmp_path / "claim.json", "ge", "--limit", 1, "--using", tmp_path / "opening.json")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err.startswith(f"carnet: {tmp_path / 'opening.json'}: ")
    assert told in outcome.err
    assert "7777" not in outcome.err


def test_two_ways_of_giving_a_value_are_one_too_many(tmp_path):
    proven(tmp_path / "one.json", "range", "--value", 5)
    both = ["--value", 5, "--using", opening_of(tmp_path / "one.json")]
    outcome = prove(tmp_path / "two.json", "ge", "--limit", 1, *both)
    assert outcome.status == 2
    assert "either --value or --using" in outcome.err


def test_an_opening_is_never_overwritten(tmp_path):
    proven(tmp_path / "claim.json", "range", "--value", 5)
    before = (tmp_path / "claim.json").read_bytes(), opening_of(tmp_path / "claim.json").read_bytes()
    outcome = prove(tmp_path / "claim.json", "range", "--value", 6)
    assert outcome.status == 2
    assert "is there already" in outcome.err
    assert ((tmp_path / "claim.json").read_bytes(), opening_of(tmp_path / "claim.json").read_bytes()) == before


@pytest.mark.parametrize("engine", available())
@pytest.mark.parametrize("mode", [[], ["--hardened"]], ids=["default", "hardened"])
def test_every_engine_and_mode_proves_and_verifies(tmp_path, engine, mode):
    proven(tmp_path / "claim.json", "range", "--value", 5, "--bits", 8, "--engine", engine, *mode)
    assert done("verify", tmp_path / "claim.json", "--engine", engine)["verified"]
    assert done("verify", tmp_path / "claim.json")["verified"]


def test_an_engine_that_is_not_installed_is_told(tmp_path, monkeypatch):
    def missing(*_, **__):
        raise ImportError

    monkeypatch.setattr("carnet.cli.prove.group", missing)
    outcome = prove(tmp_path / "claim.json", "range", "--value", 5, "--engine", "coincurve")
    assert (outcome.status, outcome.err) == (2, "carnet: --engine coincurve: its library is not installed here\n")
