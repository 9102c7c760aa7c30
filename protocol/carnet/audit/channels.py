"""Step 11 of the procedure: what all sources have reported of channels, network by network."""

from dataclasses import dataclass, field
from typing import Final, final

from carnet.audit.report import Findings
from carnet.messages import Directory
from carnet.reporting.reconcile import Channel, Reconciler


@final
@dataclass(slots=True, kw_only=True)
class _Network:
    """The newest directory of a network, those whose logs were audited, and what these reported."""

    directory: Directory
    sources: set[str] = field(default_factory=set)
    reconciler: Reconciler = field(default_factory=Reconciler)


@final
class Channels:
    """Gathers what is reported of channels."""

    def __init__(self) -> None:
        self._networks: Final[dict[str, _Network]] = {}

    def gather(self, directory: Directory, vasp: str) -> Reconciler | None:
        """Return where the reports of *vasp* go; None if they are there: of two copies of a log, one is enough."""
        network = self._networks.setdefault(directory.network, _Network(directory=directory))
        if directory.version > network.directory.version:  # a source that shows an old one chooses no members
            network.directory = directory
        if vasp in network.sources:
            return None
        network.sources.add(vasp)
        return network.reconciler

    def reconcile(self, findings: Findings) -> list[Channel]:
        """Return all channels; what is wrong with some goes to *findings*."""
        found: list[Channel] = []
        for network in self._networks.values():
            members = {each.vasp for each in network.directory.members}
            channels, differences = network.reconciler.reconcile(sources=network.sources, members=members)
            found += channels
            for each in differences:
                findings.add(each.check, " and ".join(each.vasps), each.message)
        return found
