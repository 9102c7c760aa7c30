import json
import stat

import pytest

from .conftest import carnet, done


def prove(out, *, limit=100_000, value=99_999, tier="--basic", more=()):
    return carnet("prove", "--limit", limit, "--value", value, tier, "--out", out, "--json", *more)


@pytest.mark.parametrize(("value", "tier"), [(0, "--basic"), (99_999, "--basic"), (100_000, "--full"), (5, "--full")])
def test_a_true_claim_is_proven_and_verified(tmp_path, value, tier):
    outcome = prove(tmp_path / "claim.json", value=value, tier=tier, more=("--context", "transfer 1"))
    assert outcome.json == {
        "claim": str(tmp_path / "claim.json"),
        "opening": str(tmp_path / "claim.opening.json"),
        "proof_size": 976,
    }
    verified = done("verify", tmp_path / "claim.json")
    assert verified == {"verified": True, "object": "carnet/tier-claim/v1", "limit": 100_000, "context": "transfer 1"}


def test_the_opening_is_secret_and_beside_the_claim(tmp_path):
    prove(tmp_path / "claim.json", value=54_321)
    opening = tmp_path / "claim.opening.json"
    assert stat.S_IMODE(opening.stat().st_mode) == 0o600
    assert json.loads(opening.read_text())["value"] == "54321"
    assert json.loads((tmp_path / "claim.json").read_text()).keys() == {
        "type",
        "context",
        "limit",
        "value",
        "window",
        "flag",
        "proof",
    }


@pytest.mark.parametrize("more", [("--value", 100_000), ("--window", 100_000)])
def test_a_false_claim_is_refused(tmp_path, more):
    outcome = prove(tmp_path / "claim.json", more=more)
    assert outcome.status == 1
    assert "tier.false" in outcome.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("more", [("--limit", 2**32), ("--value", -1), ("--value", 2**63), ("--window", "x")])
def test_a_claim_has_bounds(tmp_path, more):
    assert prove(tmp_path / "claim.json", more=more).status == 2


@pytest.mark.parametrize(
    ("name", "value", "check"),
    [
        ("limit", 100_001, "tier.proof"),
        ("context", "another transfer", "tier.proof"),
        ("limit", True, "claim.form"),
        ("limit", -1, "claim.form"),
        ("flag", "00" * 33, "point.encoding"),
        ("flag", "zz", "claim.form"),
        ("proof", "00", "claim.form"),
        ("extra", 1, "claim.form"),
    ],
)
def test_a_changed_claim_is_refused(tmp_path, name, value, check):
    prove(tmp_path / "claim.json")
    claim = json.loads((tmp_path / "claim.json").read_text())
    (tmp_path / "claim.json").write_text(json.dumps(claim | {name: value}))
    outcome = carnet("verify", tmp_path / "claim.json")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(f"carnet: {tmp_path / 'claim.json'}: {check}")


def test_a_signed_object_is_verified_with_a_key(network):
    member = done("keys", "show", network.home / "bob" / "keystore")
    verified = done("verify", network.home / "bob.bundle", "--key", member["identity_key"])
    assert (verified["object"], verified["key"]) == ("key-bundle", member["identity_key"])
    assert done("verify", network.home / "directory", "--key", network.authority)["object"] == "directory"


def test_a_signature_means_nothing_without_a_key(network):
    outcome = carnet("verify", network.home / "bob.bundle")
    assert outcome.status == 2
    assert "--key" in outcome.err


def test_another_key_is_refused(network):
    outcome = carnet("verify", network.home / "bob.bundle", "--key", network.authority)
    assert outcome.status == 1
    assert "signature.kid" in outcome.err


@pytest.mark.parametrize("content", [b"", b"{", b"\xa0", bytes(64)])
def test_what_cannot_be_verified_is_refused(tmp_path, content):
    (tmp_path / "file").write_bytes(content)
    outcome = carnet("verify", tmp_path / "file", "--key", "11" * 32)
    assert outcome.status in {1, 2}
    assert outcome.err.startswith(f"carnet: {tmp_path / 'file'}: ")


def ge(out, *, limit=10, value=20, more=()):
    outcome = carnet("prove", "--statement", "ge", "--limit", limit, "--value", value, "--out", out, *more)
    assert outcome.status == 0, outcome.err
    return out


def total(out, *values):
    given = [each for value in values for each in ("--value", value)]
    assert carnet("prove", "--statement", "sum", *given, "--out", out).status == 0
    return out


def edited(path, **changes):
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return path


def test_many_files_are_verified_at_once(tmp_path):
    prove(tmp_path / "tier.json")
    paths = [tmp_path / "tier.json", ge(tmp_path / "ge.json"), total(tmp_path / "sum.json", 5, 6)]
    kinds = ["tier", "ge", "sum"]
    found = done("verify", *paths)
    assert (found["verified"], found["bad"]) == (True, 0)
    assert [each["object"] for each in found["files"]] == [f"carnet/{kind}-claim/v1" for kind in kinds]
    assert [each["file"] for each in found["files"]] == [str(path) for path in paths]
    told = carnet("verify", *paths)
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines() == ["verified: yes", "files:    3", "bad:      0"]


def test_the_bad_ones_among_many_are_named(tmp_path):
    paths = [ge(tmp_path / f"{number}.json") for number in range(5)]
    edited(paths[1], limit="11")
    edited(paths[3], proof="zz")
    edited(paths[4], value="02" + "00" * 31 + "05")
    outcome = carnet("verify", *paths, "--json")
    assert outcome.status == 1
    checks = {each["file"]: each["check"] for each in outcome.json["files"] if not each["verified"]}
    assert checks == {str(paths[1]): "ge.proof", str(paths[3]): "claim.form", str(paths[4]): "point.encoding"}
    assert (outcome.json["verified"], outcome.json["bad"]) == (False, 3)
    lines = outcome.err.splitlines()
    assert [line.split(": ")[:3] for line in lines] == [["carnet", file, check] for file, check in checks.items()]


def test_a_file_that_cannot_be_read_ends_it_before_anything_is_told(tmp_path):
    outcome = carnet("verify", ge(tmp_path / "ge.json"), tmp_path / "none.json")
    assert (outcome.status, outcome.out) == (2, "")
    assert outcome.err == f"carnet: {tmp_path / 'none.json'}: No such file or directory\n"


def test_signed_objects_and_claims_go_together(network, tmp_path):
    found = done("verify", network.home / "directory", ge(tmp_path / "ge.json"), "--key", network.authority)
    assert [each["object"] for each in found["files"]] == ["directory", "carnet/ge-claim/v1"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"type": "carnet/gt-claim/v1"}, "type: one of carnet/range-claim/v1, "),
        ({"type": "carnet/ge-opening/v1"}, "an opening, which is secret"),
        ({"type": 7}, "type: one of"),
        ({"limit": 10}, "limit: a number from 0 to 18446744073709551615, in a string is needed"),
        ({"limit": "010"}, "limit: a number"),
        ({"limit": "-1"}, "limit: a number"),
        ({"limit": "1" * 41}, "limit: a number"),
        ({"value": "02"}, "value: 33 bytes in hex is needed"),
        ({"value": 2}, "value: 33 bytes"),
        ({"context": None}, "context: text is needed"),
        ({"context": "\ud800"}, "context: text is needed"),
        ({"proof": "00"}, "proof: 748 bytes in hex is needed"),
        ({"more": 1}, "1 more than context, limit, proof, type, value"),
    ],
)
def test_what_to_put_right_in_a_claim_is_told(tmp_path, changes, told):
    outcome = carnet("verify", edited(ge(tmp_path / "ge.json"), **changes))
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(f"carnet: {tmp_path / 'ge.json'}: claim.form: {told}")


def test_what_is_missing_is_named(tmp_path):
    path = ge(tmp_path / "ge.json")
    claim = json.loads(path.read_text())
    del claim["limit"], claim["proof"]
    path.write_text(json.dumps(claim))
    assert "claim.form: without limit, proof" in carnet("verify", path).err


@pytest.mark.parametrize(
    "change",
    [
        lambda claim: claim | {"total": "12"},
        lambda claim: claim | {"commitments": claim["commitments"][::-1]},
        lambda claim: claim | {"commitments": claim["commitments"][:1]},
        lambda claim: claim | {"context": "another"},
    ],
)
def test_a_total_is_one_of_these_commitments(tmp_path, change):
    path = total(tmp_path / "sum.json", 5, 6)
    path.write_text(json.dumps(change(json.loads(path.read_text()))))
    outcome = carnet("verify", path)
    assert outcome.status == 1
    assert "sum.proof" in outcome.err


def test_summands_that_cancel_out_are_refused(tmp_path):
    path = total(tmp_path / "sum.json", 5, 6)
    (one, _) = json.loads(path.read_text())["commitments"]
    opposite = f"{5 - int(one[:2], 16):02x}{one[2:]}"
    assert "sum.point" in carnet("verify", edited(path, commitments=[one, opposite])).err
