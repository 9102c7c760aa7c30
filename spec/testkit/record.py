"""Suite `record`: what a record derives to, on either side, and what the proof beside it speaks about."""

from dataclasses import replace

from kit import vector

from carnet.crypto.coins import visible_coins
from carnet.crypto.kdf import Deriver
from carnet.log.record import derive_record, proof_transcript, prove_record
from carnet.messages import BROADCAST_ENDINGS, Phase
from carnet.secret import Secret
from carnet.testing import ledger
from carnet.zk import pedersen

NETWORK = ledger.Network()
VALUE = 250_000


def source(kind, end):
    """Return what the record of one end derives from, and the openings of the header."""
    coins = visible_coins("the transfer of the record vectors")
    return NETWORK.sources(coins, kind=kind, value=VALUE)[end]


def said(record):
    """Return what the proof's transcript has heard, and its first challenge."""
    return {
        "protocol": b"carnet/record/v1",
        "said": [{"label": b"record", "message": record.encode()}],
        "challenge": proof_transcript(record).ask(b"vector", 32),
    }


def given(made):
    """Return a source as a vector gives it."""
    return {
        "header": made.header.encode(),
        "header_hash": made.header_hash,
        "receipt_hash": made.receipt_hash,
        "statement": made.statement.encode(),
        "seed": made.seed.reveal(),
        "role": int(made.role),
        "pack": made.pack.encode(),
        "window": made.window,
    }


def derived(made, openings, *, proven=True):
    """Return a vector of a whole derivation, with its proof if that can be made."""
    record = derive_record(made)
    out = given(made) | {"record": record.encode(), "entry": record.entry()} | said(record)
    if proven:
        opened = openings if made.statement.state in BROADCAST_ENDINGS else None
        sentence = "the proof of a record vector"
        proof = prove_record(record, made, opened, window=None, coins=visible_coins(sentence))
        values = [{"currency_text": name, "value": one.value} for name, one in openings.values.items()]
        out |= {"values": values, "unit": openings.unit.value, "flag": openings.flag.value}
        out |= {"coins_text": sentence, "proof": proof}
    return out | {"expect": "ok"}


@vector("record")
def settled_by_the_originator():
    """A transfer that settled, on the originator's record: the value is there, under another blinding."""
    return derived(*source(Phase.SETTLED, 0))


@vector("record")
def settled_by_the_beneficiary():
    """The same transfer on the beneficiary's record: another pack, and no byte string of 16 bytes in common."""
    return derived(*source(Phase.SETTLED, 1))


@vector("record")
def rejected_by_the_originator():
    """A rejected offer on the originator's record: nothing moved, so three of the points are multiples of G."""
    return derived(*source(Phase.REJECTED, 0))


@vector("record")
def rejected_by_the_beneficiary():
    """The same on the beneficiary's."""
    return derived(*source(Phase.REJECTED, 1))


@vector("record")
def rejected_unopened():
    """The beneficiary could not open the offer: it derives from a seed of its own."""
    made, openings = source(Phase.REJECTED, 1)
    return derived(replace(made, seed=Secret(visible_coins("a seed of one's own")(32))), openings)


@vector("record")
def expired_without_a_receipt():
    """No receipt ever came: the reference is to the empty string."""
    made, openings = source(Phase.EXPIRED, 0)
    return derived(replace(made, receipt_hash=None), openings)


@vector("record")
def with_a_window_of_its_own():
    """A pack that links transfers: the window's point is not the value's."""
    made, openings = source(Phase.SETTLED, 0)
    legs = tuple(replace(rule, linked_window_s=86400) for rule in made.pack.legs)
    made = replace(made, pack=replace(made.pack, legs=legs))
    blinding = pedersen.scalar(Deriver(Secret(b"window")).derive("example", length=64))
    window = pedersen.commit(value=VALUE + 1, blinding=blinding)
    return derived(replace(made, window=window), openings, proven=False)


@vector("record")
def of_no_ending():
    """A record of a transfer that still waits: no proof can speak about it."""
    made, _ = source(Phase.SETTLED, 0)
    record = replace(derive_record(made), kind=Phase.PENDING)
    return {"record": record.encode(), "pack": made.pack.encode(), "expect": "record.kind"}
