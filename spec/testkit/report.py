"""Suites `channel` and `report`: how channels are named, and reports held against what a log holds."""

from dataclasses import replace
from functools import cache

from kit import vector

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.reporting.report import channel_id, sign_report
from carnet.secret import Secret
from carnet.testing.ledger import NETWORK
from carnet.testing.reported import EPOCH, found, report, root, world

ALICE, BOB = (generate_seed(visible_coins(f"the identity of {name}")) for name in ("alice", "bob"))


def named(seed, peer_key, expect, **changes):
    given = {"network": NETWORK, "epoch": EPOCH, "originator": "alice", "beneficiary": "bob"} | changes
    case = {"seed": seed.reveal(), "peer_key": peer_key, "epoch": given["epoch"], "expect": expect}
    case |= {f"{name}_text": given[name] for name in ("network", "originator", "beneficiary")}
    return case | ({"channel": channel_id(seed, peer_key=peer_key, **given)} if expect == "ok" else {})


@vector("channel")
def named_by_the_originator():
    """The name of a channel, as the end computes it that sends."""
    return named(ALICE, public_key(BOB), "ok")


@vector("channel")
def named_by_the_beneficiary():
    """The same name, as the other end computes it."""
    return named(BOB, public_key(ALICE), "ok")


@vector("channel")
def in_the_other_direction():
    """Transfers from bob to alice are another channel."""
    return named(ALICE, public_key(BOB), "ok", originator="bob", beneficiary="alice")


@vector("channel")
def in_the_next_epoch():
    """Each day has names of its own."""
    return named(ALICE, public_key(BOB), "ok", epoch=EPOCH + 1)


@vector("channel")
def with_the_identity():
    """A key that would agree with everybody on the same."""
    return named(ALICE, (1).to_bytes(32, "little"), "agreement.key")


@vector("channel")
def with_a_key_of_small_order():
    """A point of order 4."""
    return named(ALICE, bytes(32), "agreement.key")


@vector("channel")
def with_no_point():
    """32 bytes that no point is written as."""
    return named(ALICE, (2).to_bytes(32, "little"), "agreement.key")


# --- reports ---


@cache
def made():
    return world(transfers=11, covers=2)


@cache
def honest():
    return report(made(), "alice")


def sums(of):
    return {name: point for name, point in (("unit", of.unit), ("flag", of.flag)) if point is not None}


def held(one, expect, *, on=None, objections=(), signer="alice", before=None, **counted):
    """Return a vector of report *one*, signed, and of what the auditor has counted in the log that it is about."""
    on = on or made()
    side, keys = on.alice, on.network.ledgers
    counts = found(side, start=one.start) if one.start <= one.end else found(side)
    log = {
        "kinds": [{"kind": int(kind), "count": count} for kind, count in sorted(counts.kinds.items())],
        "matched": sums(counts.matched),
        "disclosures": counts.disclosures,
        "root": root(side.records),
    }
    case = {
        "identity_key": keys["alice"].keys.identity_public,
        "network_text": NETWORK,
        "report": sign_report(one, seed=Secret(keys[signer].keys.identity_seed)),
        "log": log | counted,
        "objections_text": list(objections),
        "expect": expect,
    }
    return case | ({} if before is None else {"before": before})


def of_transfers(number):
    """Return a vector of a report of so many matched transfers: one in a mismatch, all others settled."""
    on = world(transfers=number - 1, covers=2)
    return held(report(on, "alice"), "ok", on=on)


@vector("report")
def of_an_epoch():
    """Eleven transfers that settled, one of each other ending, two covers: one channel, and a total."""
    return held(honest(), "ok")


@vector("report")
def without_a_total():
    """Fewer than ten transfers: their sum stays hidden."""
    return of_transfers(5)


@vector("report")
def of_nine_transfers():
    """One less than have a total."""
    return of_transfers(9)


@vector("report")
def of_ten_transfers():
    """The fewest that have a total."""
    return of_transfers(10)


@vector("report")
def a_row_of_the_day_after():
    """A transfer that ended after midnight came into the log before the report was made."""
    return held(report(made(), "alice", epoch=EPOCH - 1), "ok")


@vector("report")
def other_end_not_shown():
    """A row without a peer."""
    return held(report(made(), "alice", confirmed=False), "ok", objections=["report.peer"])


@vector("report")
def of_another_root():
    """The proofs speak of another history, too."""
    return held(replace(honest(), root=bytes(32)), "ok", objections=["report.root", "report.proof"])


@vector("report")
def an_outcome_left_out():
    """One kind of ending is not counted."""
    return held(replace(honest(), outcomes=honest().outcomes[1:]), "ok", objections=["report.outcomes"])


@vector("report")
def a_disclosure_left_out():
    """The log has a notice of a disclosure that the report does not count."""
    return held(honest(), "ok", objections=["report.disclosures"], disclosures=1)


@vector("report")
def a_channel_left_out():
    """Without its row, the records are more than the report says, and hold more."""
    return held(replace(honest(), rows=()), "ok", objections=["report.rows", "report.total", "report.sum"])


@vector("report")
def another_sum():
    """The other end's sum in the place of the own: the points are not those of the log."""
    row = honest().rows[0]
    lying = replace(honest(), rows=(replace(row, unit=row.peer.unit),))
    return held(lying, "ok", objections=["report.sum", "report.proof"])


@vector("report")
def another_end():
    """Proofs of another sum of the other end."""
    row = honest().rows[0]
    lying = replace(honest(), rows=(replace(row, peer=replace(row.peer, unit=row.unit)),))
    return held(lying, "ok", objections=["report.proof"])


@vector("report")
def sum_that_is_no_point():
    """Bytes that no point is written as."""
    lying = replace(honest(), covers=replace(honest().covers, unit=bytes(33)))
    return held(lying, "ok", objections=["report.sum"])


@vector("report")
def covers_that_hold_a_flag():
    """Covers that are said to have one flag less than they have."""
    covers = honest().covers
    lying = replace(honest(), covers=replace(covers, full=covers.full - 1))
    return held(lying, "ok", objections=["report.proof"])


@vector("report")
def more_flags_than_covers():
    """A report that holds but for this: what the covers have too much is taken from a channel, and from the total."""
    return held(report(made(), "alice", moved_flags=9), "ok", objections=["report.rows"])


@vector("report")
def a_smaller_total():
    """A total that is one minor unit too small."""
    total = honest().total
    lying = replace(honest(), total=replace(total, unit=total.unit - 1))
    return held(lying, "ok", objections=["report.proof"])


@vector("report")
def no_total():
    """The total of more than ten transfers is withheld."""
    return held(replace(honest(), total=None), "ok", objections=["report.total"])


@vector("report")
def a_day_to_come():
    """A row of the day after tomorrow."""
    lying = replace(honest(), rows=(replace(honest().rows[0], epoch=EPOCH + 2),))
    return held(lying, "ok", objections=["report.epoch", "report.proof"])


@vector("report")
def signed_by_another():
    """The other VASP's signature."""
    return held(honest(), "signature.kid", signer="bob")


@vector("report")
def of_another_vasp():
    """A report that names another VASP than the one whose key signed it."""
    return held(replace(honest(), vasp="bob"), "report.subject")


@vector("report")
def outcomes_out_of_order():
    """Outcomes in descending order."""
    return held(replace(honest(), outcomes=honest().outcomes[::-1]), "report.order")


@vector("report")
def the_second():
    """A report that begins where the one before ended, of the next epoch."""
    first = sign_report(honest(), seed=Secret(made().network.ledgers["alice"].keys.identity_seed))
    size = len(made().alice.records)
    place = {"serial": 2, "epoch": EPOCH + 1, "start": size, "end": 2 * size, "previous": cose.payload_hash(first)}
    return held(report(made(), "alice", **place), "ok", before=first)


@vector("report")
def the_second_of_another_first():
    """It names another report as the one before."""
    first = sign_report(honest(), seed=Secret(made().network.ledgers["alice"].keys.identity_seed))
    size = len(made().alice.records)
    place = {"serial": 2, "epoch": EPOCH + 1, "start": size, "end": 2 * size, "previous": bytes(32)}
    return held(report(made(), "alice", **place), "report.chain", before=first)
