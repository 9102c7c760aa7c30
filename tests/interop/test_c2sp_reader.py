"""S9: the naive reader of C2SP's texts and ours come to one judgement of every vector of offline proofs."""

from pathlib import Path

import pytest

from oracle import c2sp_reader
from vector_files import each

LOG = Path(__file__).parents[1] / "data" / "tlog-tiles" / "log"
KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
LOOSER = {"empty_extra_data"}
"""What C2SP's text leaves open, and ours does not."""


@each("tlog_proof")
def test_s9_both_judge_an_offline_proof_alike(case):
    try:
        (log,) = case["keys_text"]
        found = c2sp_reader.proof(case["proof"], case["entry"], log, case["witnesses_text"])
        assert len(found[1]) >= case["quorum"]
        accepted = True
    except (AssertionError, ValueError):
        accepted = False
    assert accepted == (case["expect"] == "ok" or case["name"] in LOOSER), case["why"]
    if case["expect"] == "ok":
        assert (found[0], list(found[1]), found[2]) == (case["index"], case["seen_by_text"], case["extra"])


def test_s9_the_published_log_is_read_in_full():
    entries, cosigned = c2sp_reader.read_log(LOG, KEY)
    assert (len(entries), cosigned) == (15, {})


@pytest.mark.parametrize("path", ["tile/entries/000.p/15", "tile/0/000.p/15", "checkpoint"])
def test_the_naive_reader_refuses_a_log_with_one_bit_changed(tmp_path, path):
    for name in ("tile/entries/000.p/15", "tile/0/000.p/15", "checkpoint"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        data = bytearray((LOG / name).read_bytes())
        if name == path:
            data[20] ^= 1
        (tmp_path / name).write_bytes(data)
    with pytest.raises((AssertionError, ValueError)):
        c2sp_reader.read_log(tmp_path, KEY)
