import ast
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import carnet

HEAVY = ("py_ecc", "btclib_secp256k1", "cryptography", "nacl", "cbor2", "grpc", "typer", "rich", "carnet.zk")


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, carnet; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert "carnet" in loaded
    assert not [name for name in loaded if name.startswith(HEAVY)]


def test_using_the_library_loads_no_program():
    code = "import sys, carnet; [getattr(carnet, name) for name in carnet.__all__]; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split()
    assert "carnet.zk.tier" in loaded
    assert not [name for name in loaded if name.startswith(("py_ecc", "grpc", "typer", "rich", "carnet.cli"))]


@pytest.mark.parametrize("name", carnet.__all__)
def test_each_public_name_is_there(name):
    assert getattr(carnet, name) is not None
    assert name in dir(carnet)


def test_other_names_are_not():
    with pytest.raises(AttributeError, match="no attribute 'open_anything'"):
        _ = carnet.open_anything


def test_what_type_checkers_see_is_what_is_loaded():
    """The imports for type checkers and the table of homes name the same things."""
    seen = {}
    for node in ast.walk(ast.parse(Path(carnet.__file__).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module.startswith("carnet"):
            seen |= {alias.asname or alias.name: (node.module, alias.name) for alias in node.names}
    assert seen == carnet._FROM
    assert sorted({*seen, "SPEC_VERSION"}) == sorted(carnet.__all__)


def test_the_example_runs():
    runpy.run_path(str(Path(__file__).parents[1] / "spec" / "example_embedding.py"))
