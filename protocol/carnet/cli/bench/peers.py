"""Other people's range proofs, on the same work: that one committed value is a number of 64 bits.

None of them is required. What is not installed is told as skipped, with what would install it.
"""

import json
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final, final

from carnet.cli.bench.clock import Samples, Task, Tick, cpu_ms, summary
from carnet.cli.bench.system import fresh, installed
from carnet.cli.bench.works import VALUE
from carnet.crypto.coins import system_coins
from carnet.errors import UsageError

__all__ = ["PEERS", "Peer", "Ready", "peer_results", "peer_tasks", "ready"]

WHAT: Final = "RANGE64"
HERE: Final = Path(__file__).parent


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """A peer that is here: what measures it proving and verifying, in milliseconds, and the size of its proof."""

    prove: Callable[[], float]
    verify: Callable[[], float]
    bytes: int


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """A peer: what it does, the package that it is in, and how to get it *ready*, given an interpreter.

    Those that take seconds are measured in the first round alone.
    """

    what: str
    package: str
    ready: Callable[[str], Ready]
    slow: bool = False
    hint: str = ""

    @property
    def missing(self) -> str:
        """What is told if the peer is not here."""
        return f"not installed: pip install {self.package}{self.hint}"


def _wallycore(_: str) -> Ready:
    wally = import_module("wallycore")
    asset, asset_blinding, blinding, nonce = (system_coins(32) for _ in range(4))
    generator = wally.asset_generator_from_bytes(asset, asset_blinding)
    commitment = wally.asset_value_commitment(VALUE, blinding, generator)

    def prove() -> bytes:
        proof: bytes = wally.asset_rangeproof_with_nonce(
            VALUE, nonce, asset, asset_blinding, blinding, commitment, None, generator, 0, 0, 64
        )
        return proof

    proof = prove()

    def verify() -> None:
        if wally.asset_unblind_with_nonce(nonce, proof, commitment, None, generator)[0] != VALUE:
            raise UsageError("wallycore refuses a good proof")

    return Ready(prove=partial(cpu_ms, prove), verify=partial(cpu_ms, verify), bytes=len(proof))


def _sigma(_: str) -> Ready:
    sigma = import_module("sigma_rangeproof")
    commitment, blinding = sigma.commit(VALUE)
    proofs: list[Any] = []
    proving = cpu_ms(lambda: proofs.append(sigma.prove_ge(VALUE, blinding, 0, bits=64)))  # once is long enough

    def verify() -> None:
        if not sigma.verify_ge(commitment, 0, proofs[0]):
            raise UsageError("sigma-rangeproof refuses a good proof")

    return Ready(prove=lambda: proving, verify=partial(cpu_ms, verify), bytes=len(json.dumps(proofs[0].to_dict())))


def _elsewhere(script: str, python: str) -> Ready:
    """Measure by *script* in a process of its own, which proves and verifies at once: one does for both."""
    first = fresh(HERE / script, str(VALUE), python=python)
    waiting: list[float] = [first["verify"]]

    def prove() -> float:
        told = fresh(HERE / script, str(VALUE), python=python)
        waiting[:] = [told["verify"]]
        return float(told["prove"])

    return Ready(prove=prove, verify=lambda: waiting[0], bytes=first["bytes"])


def _bn254(_: str) -> Ready:
    import_module("py_ecc.optimized_bn128")
    told = fresh(HERE / "bn254.py", str(VALUE))
    return Ready(prove=lambda: float(told["prove"]), verify=lambda: float(told["verify"]), bytes=told["bytes"])


PEERS: Final[Mapping[str, Peer]] = {
    "dalek": Peer(
        what="Bulletproofs on ristretto255, in Rust, as their wheel proves: it derives its generators each time",
        package="pybulletproofs",
        ready=partial(_elsewhere, "dalek.py"),
        hint=" (wheels up to Python 3.10: name such an interpreter by --peer-python)",
    ),
    "wallycore": Peer(
        what="Borromean ring signatures on secp256k1, in C; what verifies is the unblinding, for there is no other way",
        package="wallycore",
        ready=_wallycore,
    ),
    "sigma-rangeproof": Peer(
        what="a proof for each bit, modulo a prime of 2048 bits, in Python; bytes are those of its JSON",
        package="sigma-rangeproof",
        ready=_sigma,
        slow=True,
    ),
    "py_ecc BN254": Peer(
        what="this library's proof over BN254, by py_ecc's group operations, in Python",
        package="py_ecc",
        ready=_bn254,
        slow=True,
    ),
}


def ready(names: Sequence[str], *, python: str | None, tick: Tick) -> dict[str, Ready | str]:
    """Return the peers called *names*, or why they are skipped; *python* runs those that need not run here."""
    found: dict[str, Ready | str] = {}
    for name in names:
        tick(f"peer: {name}")
        try:
            found[name] = PEERS[name].ready(python or sys.executable)
        except ImportError:
            found[name] = PEERS[name].missing
        except OSError as error:
            found[name] = f"{python} cannot be run: {error.strerror}"
        except subprocess.CalledProcessError as error:
            last = error.stderr.decode(errors="replace").strip().rpartition("\n")[2]
            found[name] = PEERS[name].missing if last.startswith("ModuleNotFoundError") else f"failed: {last}"
    return found


def peer_tasks(peers: Mapping[str, Ready | str]) -> list[Task]:
    """Return what is to be measured of those *peers* that are here."""
    here = [(name, peer) for name, peer in peers.items() if isinstance(peer, Ready)]
    proving = [Task(key=(name, WHAT, "prove"), sample=peer.prove, once=PEERS[name].slow) for name, peer in here]
    return proving + [
        Task(key=(name, WHAT, "verify"), sample=peer.verify, once=PEERS[name].slow) for name, peer in here
    ]


def peer_results(peers: Mapping[str, Ready | str], samples: Samples) -> dict[str, Any]:
    """Return what is told of each of *peers*."""
    return {name: _result(name, peer, samples) for name, peer in peers.items()}


def _result(name: str, peer: Ready | str, samples: Samples) -> dict[str, Any]:
    if isinstance(peer, str):
        return {"what": PEERS[name].what, "skipped": peer}
    told: dict[str, Any] = {"what": PEERS[name].what, "version": installed(PEERS[name].package)}
    for measure in ("prove", "verify"):
        told |= summary(samples.get((name, WHAT, measure)), measure)
    return told | {"bytes": peer.bytes}
