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
