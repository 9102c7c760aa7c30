"""Offline proofs that an entry is in a log: suite tlog_proof (spec/log.md#offline-proofs)."""

from base64 import b64encode
from hashlib import sha256

from kit import vector
from small_log import KEY, LOG, NAMES, ORIGIN, WITNESSES, Log, line

from carnet.log.checkpoint import VerifierKey
from carnet.log.tlog_proof import make_tlog_proof

INDEX, SIZE = 7, 25
ENTRY = sha256(b"record 7").digest()
EXTRA = b"what the entry is the hash of"


def proof(of=LOG, lines=None, index=INDEX, extra=b""):
    """Return the proof of an entry in a log of 25, cosigned by the first witness unless other lines are given."""
    note = of.note(SIZE) + b"".join([line(0)] if lines is None else lines)
    return make_tlog_proof(of.read, index=index, note=note, extra=extra)


def read(data, expect, *, entry=ENTRY, origin=ORIGIN, keys=(str(KEY),), quorum=1, **more):
    """Return a proof, and what its reader holds."""
    return {
        "proof": data,
        "entry": entry,
        "origin_text": origin,
        "keys_text": list(keys),
        "witnesses_text": [str(witness) for witness in WITNESSES],
        "quorum": quorum,
        "expect": expect,
    } | more


def found(index=INDEX, extra=b""):
    """Return what a good proof shows."""
    root = LOG.checkpoint(SIZE).root
    return {"index": index, "size": SIZE, "root": root, "extra": extra, "seen_by_text": NAMES[:1]}


@vector("tlog_proof")
def entry_in_the_log():
    """Entry 7 of 25, cosigned by one witness."""
    return read(proof(), "ok", **found())


@vector("tlog_proof")
def with_extra_data():
    """Extra data stands before the index, and nobody vouches for it."""
    return read(proof(extra=EXTRA), "ok", **found(extra=EXTRA))


@vector("tlog_proof")
def last_entry():
    """The path of the last of 25 is shorter than the others."""
    return read(proof(index=24), "ok", entry=sha256(b"record 24").digest(), **found(24))


@vector("tlog_proof")
def only_entry():
    """In a log of one entry there is nothing beside it."""
    data = make_tlog_proof(LOG.read, index=0, note=LOG.note(1) + line(0, size=1))
    shown = {"index": 0, "size": 1, "root": LOG.checkpoint(1).root, "extra": b"", "seen_by_text": NAMES[:1]}
    return read(data, "ok", entry=sha256(b"record 0").digest(), **shown)


@vector("tlog_proof")
def another_version():
    """The first line names the format and its version."""
    return read(proof().replace(b"proof@v1", b"proof@v2"), "tlog_proof.form")


@vector("tlog_proof")
def index_with_leading_zero():
    """An index is written without leading zeros."""
    return read(proof().replace(b"index 7", b"index 07"), "tlog_proof.form")


@vector("tlog_proof")
def index_after_the_path():
    """The index stands before the hashes."""
    head, _, note = proof().partition(b"\n\n")
    version, index, *path = head.split(b"\n")
    return read(b"\n".join([version, *path, index]) + b"\n\n" + note, "tlog_proof.form")


@vector("tlog_proof")
def extra_after_the_index():
    """Extra data stands before the index."""
    return read(proof().replace(b"index 7\n", b"index 7\nextra " + b64encode(EXTRA) + b"\n"), "tlog_proof.form")


@vector("tlog_proof")
def empty_extra_data():
    """Where there is no extra data, there is no line for it."""
    return read(proof().replace(b"index 7\n", b"extra \nindex 7\n"), "tlog_proof.form")


@vector("tlog_proof")
def without_empty_line():
    """An empty line stands between path and checkpoint."""
    return read(proof().replace(b"\n\n", b"\n", 1), "tlog_proof.form")


@vector("tlog_proof")
def lines_that_end_as_on_windows():
    """A line ends in LF alone."""
    return read(proof().replace(b"index 7\n", b"index 7\r\n"), "tlog_proof.form")


@vector("tlog_proof")
def extra_in_loose_base64():
    """The unused bits of the last character are not zero."""
    return read(proof(extra=b"a").replace(b"extra YQ==", b"extra YR=="), "tlog_proof.base64")


@vector("tlog_proof")
def path_of_64_hashes():
    """A path has at most 63 hashes."""
    head = b"c2sp.org/tlog-proof@v1\nindex 7\n"
    return read(head + 64 * (43 * b"A" + b"=\n") + b"\n" + LOG.note(SIZE), "tlog_proof.form")


@vector("tlog_proof")
def hash_in_loose_base64():
    """The unused bits of the last character are not zero."""
    head = b"c2sp.org/tlog-proof@v1\nindex 7\n"
    return read(head + 42 * b"A" + b"B=\n\n" + LOG.note(SIZE), "tlog_proof.base64")


@vector("tlog_proof")
def bytes_after_the_checkpoint():
    """The file ends with the checkpoint's last signature."""
    return read(proof() + b"\n", "note.form")


@vector("tlog_proof")
def of_another_log():
    """The reader wants the log of somebody else."""
    return read(proof(), "note.origin", origin="other.example/carnet", keys=())


@vector("tlog_proof")
def under_an_unknown_key():
    """The reader knows the log under another key."""
    return read(proof(), "note.key", keys=[str(VerifierKey(name=ORIGIN, key=WITNESSES[0].key))])


@vector("tlog_proof")
def seen_by_too_few():
    """One witness where two are wanted."""
    return read(proof(), "witness.quorum", quorum=2)


@vector("tlog_proof")
def of_another_entry():
    """Another entry is number 7."""
    return read(proof(), "inclusion.root", entry=sha256(b"record 8").digest())


@vector("tlog_proof")
def at_another_index():
    """Of the same path, but elsewhere."""
    return read(proof().replace(b"index 7", b"index 6"), "inclusion.root")


@vector("tlog_proof")
def index_behind_the_log():
    """The log has 25 entries, the last being number 24."""
    return read(proof().replace(b"index 7", b"index 25"), "inclusion.index")


@vector("tlog_proof")
def path_without_its_last_hash():
    """The path ends below the root."""
    head, _, note = proof().partition(b"\n\n")
    return read(head.rpartition(b"\n")[0] + b"\n\n" + note, "inclusion.short")


@vector("tlog_proof")
def path_with_one_hash_more():
    """The path goes on above the root."""
    head, _, note = proof().partition(b"\n\n")
    return read(head + b"\n" + b64encode(bytes(32)) + b"\n\n" + note, "inclusion.long")


@vector("tlog_proof")
def path_of_another_history():
    """The path leads to the root of another tree than the checkpoint's."""
    head = proof(Log(forged=3)).partition(b"\n\n")[0]
    return read(head + b"\n\n" + proof().partition(b"\n\n")[2], "inclusion.root")
