"""A program of its own: what one engine takes in a process that does nothing else; run by `carnet.cli.bench.system`.

It prints one JSON object. Nothing but the core may be imported here, since all that is imported counts.
"""

import json
import sys
import time
from importlib import import_module
from pathlib import Path

KIB = 1024


def main(library: str, bits: str, hardened: str, batch: str) -> None:
    """Import, derive the generators and make the tables for TIER, prove it once, and verify *batch* of it."""
    start = time.perf_counter()
    import_module("carnet")
    import_module("carnet.zk.tier")
    imported = time.perf_counter()
    from carnet.crypto.group import TableSize, group  # noqa: PLC0415
    from carnet.crypto.group.generators import bases  # noqa: PLC0415

    engine = group(library, tables=TableSize(int(bits)), hardened=hardened == "hardened")
    basis = bases(engine)
    basis.vectors(128)
    derived = time.perf_counter()
    basis.build(128)
    if int(batch):
        _use(engine, int(batch))
    told = {"import_ms": imported - start, "generators_ms": derived - imported}
    told = {name: round(seconds * 1000, 1) for name, seconds in told.items()}
    sys.stdout.write(json.dumps(told | {"peak_bytes": peak_bytes()}))


def _use(engine: object, batch: int) -> None:
    from carnet.crypto.coins import system_coins  # noqa: PLC0415
    from carnet.crypto.transcript import Transcript  # noqa: PLC0415
    from carnet.zk.commitment import Opening  # noqa: PLC0415
    from carnet.zk.statement import Item, find_bad  # noqa: PLC0415
    from carnet.zk.tier import TierClaim, TierWitness, prove_tier  # noqa: PLC0415

    value, flag = Opening(value=70_000, blinding=3), Opening(value=0, blinding=5)
    claim = TierClaim(limit=100_000, value=value.commit(), window=value.commit(), flag=flag.commit())
    witness = TierWitness(value=70_000, value_blinding=3, window=70_000, window_blinding=3, full=False, flag_blinding=5)
    on = Transcript(b"carnet/bench/v1")
    proof = prove_tier(claim, witness, on=on, coins=system_coins, engine=engine)  # type: ignore[arg-type]  # a Group
    find_bad([Item(claim=claim, proof=proof, on=on)] * batch, coins=system_coins, engine=engine)  # type: ignore[arg-type]


def peak_bytes() -> int | None:
    """Return the most memory that this process has held, or None where no system tells.

    On Linux it is not getrusage that is asked: it would tell what the parent has held, if that was more.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * KIB
    try:
        resource = import_module("resource")
    except ImportError:
        return None
    most: int = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * KIB


if __name__ == "__main__":
    main(*sys.argv[1:])
