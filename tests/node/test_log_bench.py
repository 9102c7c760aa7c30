import json
import subprocess
import sys

from carnet_node.log_bench import measure


async def test_every_entry_is_in_the_log_at_the_end(tmp_path):
    told = await measure(tmp_path, entries=300, batch=128)
    assert (told["entries"], told["batches"]) == (300, 3)
    assert told["entries_per_s"] > 0


def test_the_command_prints_one_object():
    command = [sys.executable, "-m", "carnet_node", "bench", "--log", "--entries", "10", "--batch", "4", "--json"]
    told = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert told["batches"] == 3
    assert abs(told["to_mark"] - told["entries_per_s"] / told["mark"]) < 0.02
