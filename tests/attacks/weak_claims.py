"""Claims whose verifiers were taken apart: what each part of a statement is there for."""

from dataclasses import dataclass, field, replace

from carnet.errors import VerifyError
from carnet.zk.commitment import Commitment
from carnet.zk.statement import Bit, Claim, Statement


@dataclass(frozen=True)
class Less:
    """A *claim* of which the verifier checks only the *parts* with these numbers."""

    claim: Claim
    parts: tuple[int, ...]

    def state(self, engine):
        whole = self.claim.state(engine)
        return replace(whole, parts=[whole.parts[at] for at in self.parts])

    def refuse(self):
        self.claim.refuse()


@dataclass(frozen=True)
class Made:
    """A claim made of *parts*, each a function of the engine."""

    parts: tuple
    said: list = field(default_factory=list)

    def state(self, engine):
        return Statement(said=self.said, parts=[part(engine) for part in self.parts])

    def refuse(self):
        raise VerifyError("weak.proof")


def commitments(engine, *encodings):
    return [Commitment.decode(each, engine=engine) for each in encodings]


def bit_claim(commitment):
    """That *commitment* holds a bit, and no more: the second part of TIER, alone."""
    return Made(parts=(lambda engine: Bit(*commitments(engine, commitment)),), said=[(b"flag", commitment)])
