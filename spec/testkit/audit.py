"""Suites `evidence` and `audit`: the pieces of a published folder, and whole folders with their verdicts."""

from dataclasses import replace
from functools import cache

from kit import vector

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.group import group
from carnet.crypto.group.generators import bases
from carnet.crypto.sign import generate_seed
from carnet.identity.keystore import sign_bundle
from carnet.log.record import Record, proof_transcript
from carnet.log.tiles import decode_bundle, encode_bundle
from carnet.messages import Directory, KeyBundle, Phase
from carnet.policy.pack import pack_hash
from carnet.testing import ledger
from carnet.zk import pedersen
from carnet.zk.tier import TierClaim, TierWitness, prove_tier

NOW = ledger.START + 120
STRANGER = generate_seed(visible_coins("a stranger to the testing network"))


@cache
def network():
    return ledger.network(3)


def alice(**changes):
    """Return alice's ledger, which a vector may change."""
    mine = network().ledgers["alice"]
    fresh = {name: list(getattr(mine, name)) for name in ("packs", "bundles", "records", "proofs")}
    return replace(mine, **(fresh | changes))


@cache
def sound_files():
    return alice().files()


def listed(files):
    return [{"path_text": path, "data": data} for path, data in sorted(files.items())]


# --- pieces ---


def piece(what, files, expect, **more):
    """Return a vector of one *piece* that is read from *files*."""
    whole = {"piece_text": what, "authority": network().authority, "files": listed(files), "expect": expect}
    return whole | more


def only(*paths):
    return {path: sound_files()[path] for path in paths}


def directory(**changes):
    claimed = Directory.decode(cose.payload_of(alice().directory))
    return cose.sign(replace(claimed, **changes), seed=ledger.authority_seed())


@vector("evidence")
def directory_of_the_authority():
    """The directory, signed by the authority."""
    return piece("directory", only("directory"), "ok")


@vector("evidence")
def directory_never_in_force():
    """It expires before it is issued."""
    return piece("directory", {"directory": directory(expires=1)}, "evidence.period")


@vector("evidence")
def entry_of_33_bytes():
    """An item that is larger than an item of its tree may be."""
    first, *others = decode_bundle(sound_files()["tile/entries/000.p/3"], width=3)
    return piece("entries", {"tile/entries/000.p/3": encode_bundle([first + b"!", *others])}, "evidence.size", size=3)


@vector("evidence")
def previous_bundle():
    """The bundle before the newest, which names it by its hash."""
    return piece("previous", only("directory", "bundle", "bundles/1"), "ok")


@vector("evidence")
def previous_bundle_of_another_hash():
    """Another bundle with the number that is asked for."""
    book = alice()
    claimed = KeyBundle.decode(cose.payload_of(book.bundles[0]))
    other = cose.sign(replace(claimed, endpoint="localhost:2"), seed=book.keys.identity)
    return piece("previous", only("directory", "bundle") | {"bundles/1": other}, "bundle.chain")


@vector("evidence")
def pack_by_its_hash():
    """A policy pack, under the name that a record has for it."""
    named = pack_hash(alice().pack)
    return piece("pack", only("directory", f"packs/{named.hex()}"), "ok", named=named)


@vector("evidence")
def pack_under_another_name():
    """A pack that an issuer signed, in the place of another."""
    named = pack_hash(alice().pack)
    bobs = network().ledgers["bob"].packs[0]
    return piece("pack", only("directory") | {f"packs/{named.hex()}": bobs}, "pack.hash", named=named)


@vector("evidence")
def witness_with_an_impossible_name():
    """A witness whose name no signed note can carry."""
    (witness,) = Directory.decode(cose.payload_of(alice().directory)).witnesses
    named = directory(witnesses=(replace(witness, name="w\u00edtness.example"),))
    return piece("witnesses", {"directory": named}, "evidence.name")


@vector("evidence")
def entry_that_is_no_hash():
    """A bundle of entries, one of them of 31 bytes."""
    files = sound_files()
    first, *others = decode_bundle(files["tile/entries/000.p/3"], width=3)
    return piece("entries", {"tile/entries/000.p/3": encode_bundle([first[:31], *others])}, "evidence.entry", size=3)


# --- whole folders ---


def verdict(files, name, checks, **more):
    """Return a vector of a folder, given by how it differs from that of vector `sound`."""
    sound = sound_files()
    changed = {path: data for path, data in files.items() if sound.get(path) != data}
    gone = [path for path in sound if path not in files]
    return {
        "now": NOW,
        "authority": network().authority,
        "changed": listed(changed),
        "gone_text": gone,
        "verdict_text": name,
        "checks_text": checks,
        "expect": "ok",
    } | more


@vector("audit")
def sound():
    """Three transfers, as alice publishes them."""
    whole = verdict(sound_files(), "SOUND", [])
    return whole | {"changed": listed(sound_files())}


@vector("audit")
def nothing():
    """An empty folder shows nothing."""
    return verdict({}, "UNKNOWN", ["file.missing"])


@vector("audit")
def another_authority():
    """The auditor trusts somebody else."""
    return verdict(sound_files(), "UNSOUND", ["directory.signature"], authority=bytes(31) + b"\1")


@vector("audit")
def bundle_of_a_stranger():
    """A bundle that the member did not sign."""
    keys = alice().keys._with(identity_seed=STRANGER.reveal())
    _, signed = sign_bundle(keys, packs=(), endpoint="localhost:1", now=ledger.START)
    return verdict(sound_files() | {"bundle": signed}, "UNSOUND", ["bundle.signature"])


@vector("audit")
def bundle_of_another_log():
    """A bundle by which the member begins another log, and would be rid of the first."""
    keys = alice().keys._with(log_origin="alice.example/log2", serial=0, previous=None)
    _, signed = sign_bundle(keys, packs=(), endpoint="localhost:1", now=ledger.START)
    return verdict(sound_files() | {"bundle": signed, "bundles/1": signed}, "UNSOUND", ["bundle.log"])


@vector("audit")
def bundle_withheld():
    """An older bundle is not published: nobody can tell whether it named another log key."""
    files = {path: data for path, data in sound_files().items() if path != "bundles/1"}
    return verdict(files, "UNKNOWN", ["file.missing"])


@vector("audit")
def checkpoint_without_its_witness():
    """The log's own signature alone."""
    note = b"".join(sound_files()["checkpoint"].splitlines(keepends=True)[:-1])
    return verdict(sound_files() | {"checkpoint": note}, "UNSOUND", ["checkpoint.quorum"])


@vector("audit")
def rolled_back():
    """A log of two entries, whose checkpoint of three was seen before."""
    book = alice()
    seen = book.note()
    del book.records[2:], book.proofs[2:]
    return verdict(book.files(), "UNSOUND", ["log.rollback"], seen=[seen])


@vector("audit")
def forked():
    """A checkpoint of two entries was seen before, which are not those of the log."""
    book = alice()
    book.records.reverse()
    return verdict(sound_files(), "UNSOUND", ["log.fork"], seen=[book.note(book.checkpoint(2))])


@vector("audit")
def dropped_entry():
    """A bundle of entries with one entry less."""
    path = "tile/entries/000.p/3"
    data = encode_bundle(decode_bundle(sound_files()[path], width=3)[1:])
    return verdict(sound_files() | {path: data}, "UNSOUND", ["log.entries"])


@vector("audit")
def changed_tile():
    """A tile with one bit changed."""
    path = "tile/0/000.p/3"
    data = sound_files()[path]
    return verdict(sound_files() | {path: data[:-1] + bytes([data[-1] ^ 1])}, "UNSOUND", ["log.tile"])


@vector("audit")
def changed_record():
    """A record with one bit changed."""
    path = "records/000.p/3"
    data = sound_files()[path]
    return verdict(sound_files() | {path: data[:-1] + bytes([data[-1] ^ 1])}, "UNSOUND", ["record.entry"])


@vector("audit")
def duplicate_record():
    """The first transfer stands in the log twice."""
    book = alice()
    book.records.append(book.records[0])
    book.proofs.append(book.proofs[0])
    return verdict(book.files(), "UNSOUND", ["record.duplicate"])


@vector("audit")
def record_of_a_day_to_come():
    """A record of the epoch after the checkpoint's; and its proof spoke about another record."""
    book = alice()
    record = Record.decode(book.records[0])
    book.records[0] = replace(record, epoch=record.epoch + 1).encode()
    return verdict(book.files(), "UNSOUND", ["record.epoch", "proof.tier"])


@vector("audit")
def settlement_called_a_rejection():
    """A record whose kind says that nothing moved."""
    book = alice()
    book.records[0] = replace(Record.decode(book.records[0]), kind=Phase.REJECTED).encode()
    return verdict(book.files(), "UNSOUND", ["proof.zero"])


@vector("audit")
def window_that_is_not_the_value():
    """A value of 8,500 without the full tier where all need it: TIER holds of a window of -1."""
    book = alice()
    record, coins, basis = Record.decode(book.records[0]), visible_coins("a window of one's own"), bases(group())
    names = {"value": 850_000, "window": -1, "flag": 0}
    blindings = {name: pedersen.scalar(coins(64)) for name in names}
    points = {name: basis.commit(value=value, blinding=blindings[name]) for name, value in names.items()}
    record = replace(record, **{name: group().encode(point) for name, point in points.items()})
    claim = TierClaim(limit=0, value=record.value, window=record.window, flag=record.flag)
    witness = TierWitness(
        value=850_000,
        value_blinding=blindings["value"],
        window=-1,
        window_blinding=blindings["window"],
        full=False,
        flag_blinding=blindings["flag"],
    )
    book.records[0] = record.encode()
    book.proofs[0] = prove_tier(claim, witness, on=proof_transcript(record), coins=coins)
    return verdict(book.files(), "UNSOUND", ["record.window"])


@vector("audit")
def unit_that_is_no_point():
    """A settled record whose value in the unit of account is no point: no proof beside it speaks of that one."""
    book = alice()
    book.records[0] = replace(Record.decode(book.records[0]), unit=bytes(33)).encode()
    return verdict(book.files(), "UNSOUND", ["record.form"])


@vector("audit")
def pack_in_force_when_the_transfer_was_offered():
    """A record whose pack had ended eight days before: it was the law of the day of the offer, so nothing is wrong."""
    return _under_a_pack_until(8 * 86_400, "SOUND", [])


@vector("audit")
def pack_out_of_force_when_the_transfer_was_offered():
    """A record whose pack had ended nine days before: no transfer takes so long."""
    return _under_a_pack_until(9 * 86_400, "UNSOUND", ["record.pack"])


def _under_a_pack_until(before, name, checks):
    """Return a vector of a log whose first record names a pack that ended *before* its epoch began."""
    made = ledger.Network()
    book = made.ledgers["alice"]
    ended = replace(book.pack, effective_until=ledger.START // 86_400 * 86_400 - before)
    signed = cose.sign(ended, seed=ledger.issuer_seed())
    book.pack, book.packs = ended, [*book.packs, signed]
    made.transfer(0)
    return verdict(book.files(), name, checks)


@vector("audit")
def pack_of_another_jurisdiction():
    """A pack that an issuer signed, but not for alice."""
    bob, book = network().ledgers["bob"], alice()
    book.records[0] = replace(Record.decode(book.records[0]), pack=pack_hash(bob.pack)).encode()
    files = book.files() | {f"packs/{pack_hash(bob.pack).hex()}": bob.packs[0]}
    return verdict(files, "UNSOUND", ["pack.jurisdiction", "proof.tier"])


@vector("audit")
def proof_not_made_yet():
    """An empty item in a bundle of proofs."""
    book = alice()
    book.proofs[1] = b""
    return verdict(book.files(), "UNKNOWN", ["proof.missing"])


@vector("audit")
def swapped_proofs():
    """Two proofs of one statement, each beside the other's record."""
    book = alice()
    book.proofs[0], book.proofs[1] = book.proofs[1], book.proofs[0]
    return verdict(book.files(), "UNSOUND", ["proof.tier"])
