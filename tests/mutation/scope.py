"""Which code is changed, and which tests should notice."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "protocol" / "carnet"

TESTS = (
    "tests/unit/zk",
    "tests/unit/crypto/group/test_group.py",
    "tests/vectors/test_commitments.py",
    "tests/vectors/test_proofs.py",
)
CHOSEN = "not reference and not hardened and not coincurve"
"""Which of them: by one engine, as it is the verifiers that are changed."""

BUDGET_S = 5
"""How long the tests of one mutant may take: of those that reach its function, the quickest."""

DECODERS = {"encode", "decode", "is_identity"}
"""Of the engines, what verifiers believe of bytes."""

PROVERS = ("prove", "_commit_bits", "_commit_masks", "is_true", "random_scalars", "__repr__")
"""What only provers run: a wrong proof is refused by the verifiers, and noticed so."""


def files():
    """Return the files that are changed, with the test of which functions."""
    found = dict.fromkeys(sorted((CORE / "zk").glob("*.py")), _verifies)
    # the slow engine is held to the fast one by tests of its own, which are too slow for this
    engines = [CORE / "crypto" / "group" / "libsecp.py"]
    return found | dict.fromkeys(engines, _decodes)


def _verifies(name):
    return not any(part.startswith(PROVERS) for part in name.split("."))


def _decodes(name):
    return name.split(".")[-1] in DECODERS and not name.startswith("Group.")
