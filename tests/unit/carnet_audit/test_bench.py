"""``carnet-audit bench``: it measures what it says, on folders whose proofs are cheap to make."""

import json

import pytest
from typer.testing import CliRunner

from audit_folders import long_ledger, sound
from carnet_audit.cli import app


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("long")
    for path, data in long_ledger(3).files().items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    return root


def bench(*arguments):
    return CliRunner().invoke(app, ["bench", "--authority", sound().authority.hex(), *map(str, arguments)])


def test_an_audit_is_measured_beside_bare_verification(folder):
    done = bench(folder, "--workers", 1, "--json")
    assert done.exit_code == 0, done.output
    (run,) = json.loads(done.stdout)["runs"]
    assert run["workers"] == 1
    assert run["records"] > 256
    assert run["verdict"] == "UNSOUND"
    assert run["records_per_s"] == pytest.approx(run["records"] / run["seconds"], rel=0.05)
    assert run["ratio"] == pytest.approx(run["records_per_s"] / run["bare_proofs_per_s"], rel=0.05)
    assert run["peak_mib"] is None or 10 < run["peak_mib"] < 1000


def test_a_folder_without_a_full_bundle_is_refused(tmp_path):
    for path, data in sound().ledgers["alice"].files().items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    done = bench(tmp_path)
    assert done.exit_code == 2
    assert "no full bundle" in done.output


def test_what_is_no_folder_is_refused(tmp_path):
    assert bench(tmp_path / "nothing").exit_code == 2
