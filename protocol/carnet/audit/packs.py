"""The policy packs that records name: read once, refused once (spec/audit.md#procedure, step 7)."""

from collections.abc import Iterable
from typing import Final, final

from carnet.audit.job import Refusal
from carnet.errors import PeerError
from carnet.evidence import Read, UnreadableError, pack_path, read_pack
from carnet.log.record import named_pack
from carnet.messages import Directory
from carnet.policy.pack import PolicyPack, Status

MAX_PACKS: Final = 256
"""How many packs are kept at hand; a log that names more costs time, not memory."""
UNVERIFIED: Final = ", unverified"


@final
class Packs:
    """The packs of one source."""

    def __init__(self, read: Read, *, directory: Directory) -> None:
        self.titles: Final[dict[str, str]] = {}
        self._read: Final = read
        self._directory: Final = directory
        self._known: Final[dict[bytes, PolicyPack | Refusal]] = {}

    def named_by(self, records: Iterable[bytes]) -> dict[bytes, PolicyPack | Refusal]:
        """Return all packs that *records* name, or why they are refused; records need not be well formed."""
        named = dict.fromkeys(map(named_pack, records))
        return {each: self.get(each) for each in named if each is not None}

    def get(self, named: bytes) -> PolicyPack | Refusal:
        """Return the pack called *named*, or why it is refused."""
        if named not in self._known:
            if len(self._known) >= MAX_PACKS:
                self._known.clear()
            self._known[named] = self._open(named)
        return self._known[named]

    def _open(self, named: bytes) -> PolicyPack | Refusal:
        try:
            pack = read_pack(self._read, named, directory=self._directory)
        except UnreadableError as error:
            return "file.missing", error.path, error.reason
        except PeerError as error:
            return _check_of(error), pack_path(named), str(error)
        mark = "" if pack.status is Status.READY else UNVERIFIED
        self.titles[named.hex()] = f"{pack.id} version {pack.version}{mark}"
        return pack

    def told(self, hashes: Iterable[str]) -> dict[str, str]:
        """Return id and version of the packs with these *hashes*, in their order."""
        named = sorted(hashes)
        for each in named:
            if each not in self.titles:
                self.get(bytes.fromhex(each))
        return {each: self.titles.get(each, each) for each in named}


def unverified(titles: Iterable[str]) -> tuple[str, ...]:
    """Return the notes on packs whose issuers do not vouch for their facts."""
    return tuple(
        f"the facts of pack {title.removesuffix(UNVERIFIED)} are marked unverified by its issuer"
        for title in sorted(set(titles))
        if title.endswith(UNVERIFIED)
    )


def _check_of(error: PeerError) -> str:
    """Return the check under which the audit reports *error* of a pack."""
    if error.check == "pack.hash":
        return "pack.hash"
    return "pack.signature" if error.check in {"signature", "signature.kid"} else "pack.form"
