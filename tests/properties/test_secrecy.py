"""C1 and C7: what leaves a node holds no datum, no plain or unsalted hash of one, and links no two records."""

import hashlib
import hmac
import itertools
from dataclasses import replace

import pytest

from carnet import wire
from carnet.crypto import cose
from carnet.envelope import tree
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.states import Move
from carnet.ivms101.dialect import read
from carnet.log.record import Record
from carnet.messages import Decision, Phase, uncarry
from carnet.messages import Offer as OfferCarrier
from carnet.secret import Secret
from carnet.testing.simulation import Network
from carnet.testing.world import identity_json

CANARY = "Zzyzx-Canary-Qaanaaq"
RUN = 8


@pytest.fixture(scope="module")
def told():
    """Run a transfer of a marked person; return the network, the payload, and all bytes that left a node."""
    network = Network()
    alice = network.nodes["alice"]
    alice.pays = True
    document = identity_json(family=CANARY, given=CANARY + "-Given")
    payload = network.world.payload(identity=read(document).identity)
    payload = replace(
        payload,
        transfer=replace(payload.transfer, purpose=CANARY + " purpose", originator_customer="customer-of-" + CANARY),
    )
    other = network.world.payload(identity=payload.identity)  # the same people once more
    for each in (payload, other):
        alice.offer(each)
    network.run(600)
    assert network.outcome("bob", payload.transfer_id) is Phase.SETTLED
    return network, payload, other


def left(network):
    """Return all bytes that a node has sent or put on record, and what is signed within them."""
    for parcel in network.wire:
        yield parcel.kind, parcel.data
        if parcel.kind == "offer":
            carrier = uncarry(OfferCarrier, parcel.data)
            yield "header", cose.payload_of(carrier.header)
    for node in network.nodes.values():
        for records in node.disk.records.values():
            for record in records:
                yield "record", record.encode()
                yield "entry", record.entry()


IN_CLEAR = {f"/{label}" for label in ("network", "originator", "beneficiary", "transferId", "revision")}
"""The fields of a payload that a header repeats in clear."""


def guesses(path, value):
    """Yield every unsalted form in which somebody who knows or guesses *value* would look for it."""
    encoded = wire.encode(value)
    plain = value if isinstance(value, bytes) else str(value).encode()
    pair = wire.encode([path, value])
    forms = [plain, encoded, pair, path.encode() + plain, path.encode() + encoded]
    salts = [b"", bytes(32), bytes(16)]
    for form, salt in itertools.product(forms, salts):
        for hashed in (hashlib.sha256, hashlib.sha512, hashlib.sha1, hashlib.md5, hashlib.sha3_256, hashlib.blake2b):
            for framed in (salt + form, b"\0" + salt + form, form + salt):
                yield hashed(framed).digest()
        yield hmac.digest(salt or b"\0", form, "sha256")


def sensitive(payload):
    for path, value in tree.fields_of(payload):
        if value is not None and path not in IN_CLEAR:
            yield path, value


def test_c1_no_value_leaves_a_node_in_clear(told):
    network, payload, _ = told
    out = list(left(network))
    assert {kind for kind, _ in out} == {"offer", "header", "reply", "closing", "countersigned", "record", "entry"}
    values = {value for _, value in sensitive(payload) if isinstance(value, str | bytes) and len(value) > 3}
    assert any(CANARY in value for value in values if isinstance(value, str))
    forms = {value.encode() if isinstance(value, str) else value for value in values}
    forms |= {form.hex().encode() for form in forms} | {form.lower() for form in forms} | {CANARY.encode()}
    forms |= {CANARY.encode("utf-16-le"), CANARY.encode("utf-16-be")}
    for kind, data in out:
        assert not any(form in data for form in forms), kind


def test_c1_no_unsalted_hash_of_a_value_leaves_a_node(told):
    """The dictionary: whoever guesses a name, an address or an amount right finds no trace of it."""
    network, payload, _ = told
    out = b"".join(data for _, data in left(network))
    runs = {out[at : at + 16] for at in range(len(out) - 15)}
    tried = 0
    for path, value in sensitive(payload):
        for guess in guesses(path, value):
            tried += 1
            assert guess[:16] not in runs, path
            assert guess[-16:] not in runs, path
    assert tried > 10_000


def test_c1_the_search_finds_what_is_there(told):
    """The salted root and the hash of the ciphertext do show: the search is not blind."""
    network, payload, _ = told
    out = b"".join(data for kind, data in left(network) if kind == "header")
    carrier = uncarry(OfferCarrier, next(parcel.data for parcel in network.wire if parcel.kind == "offer"))
    assert hashlib.sha256(carrier.enc + carrier.ciphertext).digest() in out
    assert payload.transfer_id in out


def test_c1_the_seed_and_what_derives_from_it_stay_inside(told):
    network, payload, other = told
    out = b"".join(data for _, data in left(network))
    for each in (payload, other):
        assert each.seed not in out
        for leaf in tree.leaves(each, seed=Secret(each.seed)):
            assert leaf.salt not in out
            assert leaf.hash() not in out


def records(network, payload):
    return [network.nodes[name].records(payload.transfer_id)[0] for name in ("alice", "bob")]


def runs_of(data):
    return {data[at : at + RUN] for at in range(len(data) - RUN + 1)}


CONSTANT = ("kind", "role", "epoch", "pack", "leg")
"""What records have in common with all others of their day, law and ending; it names no transfer."""


def own(record):
    """Return the encoding of all else."""
    keys = {field.key for field in Record.FIELDS if field.name not in CONSTANT}
    return wire.encode({key: value for key, value in record.dump().items() if key in keys})


def shared(one, two):
    """Return the byte strings that two records share beyond their constant fields."""
    return runs_of(own(one)) & runs_of(own(two))


def test_c7_the_two_records_of_one_transfer_share_no_byte_string(told):
    network, payload, other = told
    for each in (payload, other):
        alice, bob = records(network, each)
        assert shared(alice, bob) == set()
        assert alice.entry() != bob.entry()


def test_c7_records_of_two_transfers_of_the_same_people_share_no_byte_string(told):
    network, payload, other = told
    for one, two in itertools.product(records(network, payload), records(network, other)):
        assert shared(one, two) == set()


def test_c7_a_record_shares_no_byte_string_with_what_was_on_the_wire(told):
    network, payload, other = told
    wired = set()
    for kind, data in left(network):
        if kind not in {"record", "entry"}:
            wired |= runs_of(data)
    for record in (*records(network, payload), *records(network, other)):
        for field in ("value", "unit", "window", "flag", "header_ref", "receipt_ref", "terminal_ref"):
            assert not runs_of(getattr(record, field)) & wired, field


@pytest.mark.parametrize("ending", [Phase.REJECTED, Phase.CANCELLED, Phase.EXPIRED])
def test_c7_records_without_a_value_are_linked_no_more(ending):
    network = Network()
    alice, bob = network.nodes["alice"], network.nodes["bob"]
    if ending is Phase.REJECTED:
        bob.decide = lambda _payload: Verdict(decision=Decision.REJECTED)
    transfer = alice.offer(network.world.payload())
    network.run(60)
    if ending is Phase.CANCELLED:
        alice.end(transfer, Move.CANCEL)
    network.run(200_000)
    one, two = (node.records(transfer)[0] for node in (alice, bob))
    assert one.kind is two.kind is ending
    assert shared(one, two) == set()
