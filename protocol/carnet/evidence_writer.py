"""Make a file of evidence out of a published folder (spec/evidence.md#making).

What is there goes in, be it right or wrong: the file has the verdict that the folder has. The few files that are
replaced while a log grows are read once, so that all is as of one checkpoint.
"""

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Final, final

from carnet.crypto import cose
from carnet.disclosure.notice import notice_path
from carnet.errors import DecodeError
from carnet.evidence import (
    BUNDLE,
    DIRECTORY,
    MAX_BUNDLES,
    MAX_NOTE,
    MAX_REPORTS,
    REPORT,
    Read,
    UnreadableError,
    bundle_path,
    lasting,
    pack_path,
    page_path,
    read_items,
    report_path,
)
from carnet.evidence_file import MAX_FILE, VERSION, EvidenceFile, EvidenceHeader, Scope, Selected
from carnet.log.checkpoint import Checkpoint, unverified_note
from carnet.log.notice import Notice, NoticeKind, decode_item
from carnet.log.record import named_pack
from carnet.log.tiles import (
    CHECKPOINT,
    ENTRIES,
    PROOFS,
    RECORDS,
    WIDTH,
    Bundle,
    Tile,
    bundle_at,
    changed_bundles,
    changed_tiles,
    hash_reader,
)
from carnet.log.tlog_proof import make_tlog_proof
from carnet.messages import KeyBundle
from carnet.params import HASH_SIZE, MAX_OBJECT
from carnet.reporting.report import MAX_REPORT, EpochReport
from carnet.wire import Wire


def log_evidence(read: Read) -> Iterator[bytes]:
    """Yield the file of evidence of the whole folder that *read* reads, piece by piece (spec/evidence.md#making).

    Raises:
        UnreadableError: It has no checkpoint or no key bundle, or a file has gone while it was read.
        DecodeError: Its checkpoint or its key bundle is none, or a file is larger than any may be.
    """
    folder = _Folder(read)
    size = folder.checkpoint.size
    log: list[Tile | Bundle] = [*changed_tiles(old_size=0, new_size=size)]
    for tree in (ENTRIES, RECORDS, PROOFS):
        log += changed_bundles(tree, old_size=0, new_size=size)
    named = {path for each in changed_bundles(RECORDS, old_size=0, new_size=size) for path in folder.named_in(each)}
    candidates = [CHECKPOINT, DIRECTORY, BUNDLE, *folder.bundles(), REPORT, *folder.reports()]
    candidates += [*(each.path for each in log), *named]
    return folder.written(Scope.LOG, [path for path in candidates if folder.has(path)])


def selection_evidence(read: Read, indices: Collection[int]) -> Iterator[bytes]:
    """Yield the file of evidence of the entries *indices* of the log, piece by piece (spec/evidence.md#selection).

    Raises:
        UnreadableError: As `log_evidence`, or there is no such entry.
        DecodeError: As `log_evidence`, or tiles, records or proofs are damaged.
    """
    folder = _Folder(read)
    for index in indices:
        if not 0 <= index < folder.checkpoint.size:
            raise UnreadableError(CHECKPOINT, f"a log of {folder.checkpoint.size} entries has no entry {index}")
    named = {path for index in indices for path in folder.select(index)}
    candidates = [CHECKPOINT, DIRECTORY, BUNDLE, *folder.bundles(), *named]
    return folder.written(Scope.SELECTION, [path for path in candidates if folder.has(path)])


@final
class _Folder:
    """A published folder, as of the checkpoint that it has now."""

    def __init__(self, read: Read) -> None:
        self._read: Final = lasting(read)
        self._kept: Final[dict[str, bytes]] = {}
        for path, limit in ((CHECKPOINT, MAX_NOTE), (BUNDLE, MAX_OBJECT)):
            self._kept[path] = read(path, limit)
        for path in (DIRECTORY, REPORT):
            with suppress(UnreadableError):
                self._kept[path] = read(path, MAX_FILE)
        self.checkpoint: Final[Checkpoint] = unverified_note(self._kept[CHECKPOINT]).checkpoint
        self.newest: Final[KeyBundle] = KeyBundle.decode(cose.payload_of(self._kept[BUNDLE]))

    def content(self, path: str) -> bytes:
        """Return the content of the file at *path*."""
        kept = self._kept.get(path)
        return self._read(path, MAX_FILE) if kept is None else kept

    def has(self, path: str) -> bool:
        """Tell whether there is a file at *path*."""
        try:
            self.content(path)
        except UnreadableError:
            return False
        return True

    def bundles(self) -> list[str]:
        """Return where the key bundles lie, or the newest of very many."""
        newest = self.newest.serial
        return [bundle_path(serial) for serial in range(max(1, newest - MAX_BUNDLES + 1), newest + 1)]

    def reports(self) -> list[str]:
        """Return where the reports lie, or the newest of very many, and the pages that belong to them."""
        try:
            newest = EpochReport.decode(cose.payload_of(self._kept[REPORT], limit=MAX_REPORT), limit=MAX_REPORT).serial
        except (KeyError, DecodeError):  # without the newest, no other is looked at
            return []
        serials = range(max(1, newest - MAX_REPORTS + 1), newest + 1)
        return [path for serial in serials for path in (report_path(serial), page_path(serial))]

    def named_in(self, bundle: Bundle) -> set[str]:
        """Return where the packs and the opened disclosures lie that the items of *bundle* name."""
        try:
            items = read_items(self._read, bundle)
        except (UnreadableError, DecodeError):
            return set()
        return {path for item in items for path in _named(item)}

    def select(self, index: int) -> list[str]:
        """Make the files of entry *index*; return where they and the pack that it names lie."""
        size = self.checkpoint.size
        note, tree = self._kept[CHECKPOINT], hash_reader(lambda path: self._read(path, WIDTH * HASH_SIZE), size=size)
        made = {Selected.TLOG_PROOF: make_tlog_proof(tree, index=index, note=note)}
        for which, trunk in ((Selected.RECORD, RECORDS), (Selected.PROOF, PROOFS)):
            made[which] = read_items(self._read, bundle_at(trunk, leaf=index, size=size))[index % WIDTH]
        self._kept.update({which.path(index): data for which, data in made.items()})
        return [*_named(made[Selected.RECORD]), *(which.path(index) for which in made)]

    def written(self, scope: Scope, paths: Iterable[str]) -> Iterator[bytes]:
        """Yield the file of evidence that holds the files at *paths*."""
        ordered = sorted(paths)
        newest, checkpoint = self.newest, self.checkpoint
        fields: dict[int, Wire] = {1: VERSION, 2: int(scope), 3: newest.network, 4: newest.vasp}
        fields |= {5: checkpoint.origin, 6: checkpoint.size, 7: len(ordered)}
        yield EvidenceHeader.load(fields).encode()  # a note may bear any name: one that cannot be said is refused
        for path in ordered:
            yield EvidenceFile(path=path, data=self.content(path)).encode()


def _named(data: bytes) -> list[str]:
    """Return where the pack or the opened disclosure lies that item *data* of a log names."""
    if (pack := named_pack(data)) is not None:
        return [pack_path(pack)]
    try:
        item = decode_item(data)
    except DecodeError:
        return []
    if isinstance(item, Notice) and item.kind is NoticeKind.DISCLOSURE:
        return [notice_path(item.hash)]
    return []
