"""What witnesses are asked, and what they sign: suites add_checkpoint and cosignature (spec/log.md#witnesses)."""

from kit import vector
from small_log import KEY, LOG, NAMES, NOW, ORIGIN, SEEDS, WITNESSES, Log, line

from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, sign
from carnet.log.checkpoint import log_key, signature_line, unverified_note
from carnet.log.witness import attach, cosignature_line


def ask(body, known, expect, keys=(str(KEY),), **more):
    """Return a request, with what the witness knows: the size and root it cosigned last, or nothing."""
    seen = None if known is None else {"size": known, "root": LOG.checkpoint(known).root}
    return {
        "body": body,
        "origin_text": ORIGIN,
        "keys_text": list(keys),
        "known": seen,
        "witness_text": NAMES[0],
        "seed": SEEDS[0].reveal(),
        "now": NOW,
        "expect": expect,
    } | more


def agreed(old, new, known):
    """Return a request with its answer."""
    line = cosignature_line(LOG.checkpoint(new), witness=NAMES[0], now=NOW, seed=SEEDS[0])
    return ask(LOG.request(old, new), known, "ok", line=line, size=new, root=LOG.checkpoint(new).root)


@vector("add_checkpoint")
def first_checkpoint():
    """The first that the witness sees of the log: from size 0, without a proof."""
    return agreed(0, 13, None)


@vector("add_checkpoint")
def grown_log():
    """The log grew from what the witness saw last."""
    return agreed(13, 25, 13)


@vector("add_checkpoint")
def same_checkpoint():
    """Nothing new: the witness cosigns again, at the present time."""
    return agreed(25, 25, 25)


@vector("add_checkpoint")
def old_size_with_leading_zero():
    """A size is written without leading zeros."""
    return ask(LOG.request(13, 25).replace(b"old 13", b"old 013"), 13, "witness.form")


@vector("add_checkpoint")
def without_empty_line():
    """The proof ends with an empty line."""
    return ask(LOG.request(13, 25).replace(b"\n\n", b"\n", 1), 13, "witness.form")


@vector("add_checkpoint")
def proof_of_64_hashes():
    """A proof has at most 63 hashes."""
    return ask(b"old 13\n" + 64 * (43 * b"A" + b"=\n") + b"\n" + LOG.note(25), 13, "witness.form")


@vector("add_checkpoint")
def hash_in_loose_base64():
    """The unused bits of the last character are not zero."""
    return ask(b"old 13\n" + 42 * b"A" + b"B=\n" + b"\n" + LOG.note(25), 13, "witness.base64")


@vector("add_checkpoint")
def unsigned_checkpoint():
    """What follows the proof is a note."""
    return ask(b"old 13\n\n" + LOG.checkpoint(25).text + b"\n", 13, "note.form")


@vector("add_checkpoint")
def unknown_log():
    """The witness does not follow this log."""
    return ask(LOG.request(0, 13), None, "witness.log", keys=())


@vector("add_checkpoint")
def unknown_key():
    """The witness follows the log under another key."""
    stranger = log_key(ORIGIN, generate_seed(visible_coins("another log that calls itself vasp.example")))
    return ask(LOG.request(0, 13), None, "note.key", keys=(str(stranger),))


@vector("add_checkpoint")
def stale_old_size():
    """The log starts from a size that the witness has left behind; the answer names the size seen last."""
    return ask(LOG.request(8, 25), 13, "witness.stale", detail_text="13")


@vector("add_checkpoint")
def smaller_checkpoint():
    """The log has lost entries."""
    return ask(LOG.request(25, 13), 25, "witness.rollback")


@vector("add_checkpoint")
def two_roots_of_one_size():
    """The log shows another history of the same length: two signed checkpoints prove it."""
    return ask(Log(forged=3).request(25, 25), 25, "witness.fork")


@vector("add_checkpoint")
def another_history():
    """The log grew from another history, so its proof does not start from the root seen last."""
    return ask(Log(forged=3).request(13, 25), 13, "consistency.old_root")


@vector("add_checkpoint")
def proof_from_nothing():
    """From size 0 there is nothing to prove."""
    return ask(LOG.request(13, 25).replace(b"old 13", b"old 0"), None, "consistency.long")


def cosigned(lines, expect, quorum=1, **more):
    """Return a checkpoint with more signature lines, and whose cosignatures are wanted."""
    return {
        "origin_text": ORIGIN,
        "keys_text": [str(KEY)],
        "witnesses_text": [str(witness) for witness in WITNESSES],
        "quorum": quorum,
        "note": LOG.note(25) + b"".join(lines),
        "expect": expect,
    } | more


def altered(change):
    """Return the first witness's cosignature with its bytes changed, the key's id left out."""
    note = unverified_note(attach(LOG.note(25), [line(0)]))
    return signature_line(NAMES[0], WITNESSES[0].id, change(note.signatures[NAMES[0], WITNESSES[0].id]))


@vector("cosignature")
def one_of_two():
    """One witness of two is enough for a quorum of one."""
    return cosigned([line(0)], "ok", times=[NOW], seen_by_text=NAMES[:1])


@vector("cosignature")
def two_of_two():
    """Both witnesses, at different times."""
    return cosigned([line(0), line(1, now=NOW + 5)], "ok", quorum=2, times=[NOW, NOW + 5], seen_by_text=NAMES)


@vector("cosignature")
def no_quorum():
    """One witness where two are wanted."""
    return cosigned([line(0)], "witness.quorum", quorum=2)


@vector("cosignature")
def strangers_quorum():
    """Whoever is not on the list does not count."""
    seed = generate_seed(visible_coins("a witness that nobody knows"))
    stranger = cosignature_line(LOG.checkpoint(25), witness="three.example/witness", now=NOW, seed=seed)
    return cosigned([stranger], "witness.quorum")


@vector("cosignature")
def of_another_checkpoint():
    """A witness's signature of a smaller tree."""
    return cosigned([line(0, size=24)], "signature")


@vector("cosignature")
def at_another_time():
    """The time is signed."""
    return cosigned([altered(lambda blob: (NOW + 1).to_bytes(8, "big") + blob[8:])], "signature")


@vector("cosignature")
def signed_as_a_log_signs():
    """The witness's signature of the note itself is not a cosignature."""
    return cosigned([altered(lambda blob: blob[:8] + sign(SEEDS[0], LOG.checkpoint(25).text))], "signature")


@vector("cosignature")
def cosignature_of_71_bytes():
    """A cosignature has 8 bytes of time and 64 of signature."""
    return cosigned([altered(lambda blob: blob[:-1])], "cosignature.form")


@vector("cosignature")
def time_too_large():
    """A time is smaller than 2^63."""
    return cosigned([altered(lambda blob: b"\x80" + blob[1:])], "cosignature.form")
