"""Disclosures: what an authority's request, a VASP's response, and an opened notice may hold."""

from functools import cache

from carnet.crypto import cose, hpke
from carnet.crypto.coins import visible_coins
from carnet.disclosure.keys import SupervisorKey, lock_supervisor_key, unlock_supervisor_key
from carnet.disclosure.messages import DisclosureRequest, DisclosureResponse
from carnet.disclosure.notice import open_notice
from carnet.disclosure.paths import answers, check_path, read_value
from carnet.disclosure.request import check_recipient, open_request
from carnet.disclosure.verify import open_sealed, verify_response, verify_signed
from carnet.errors import PeerError
from carnet.log.notice import Notice
from carnet.policy.pack import pack_hash
from carnet.testing import disclosures, ledger
from carnet.wire import decode
from fuzz.of_objects import PASSPHRASE, _lock, payloads, signed
from fuzz.seeds import first, vectors
from fuzz.table import target


@cache
def stage():
    return disclosures.make_stage()


@cache
def opened():
    """The request that most of the vectors' responses answer."""
    return open_request(first("disclosure", "a_name_and_an_amount")["request"], trust=stage().trust)


def pack_of(named):
    found = [book.pack for book in stage().network.ledgers.values() if pack_hash(book.pack) == named]
    if not found:
        raise NoSuchPackError
    return found[0]


class NoSuchPackError(PeerError):
    """What a source answers that has not the pack."""

    def __init__(self):
        super().__init__("pack.hash")


@target("disclosure.request", family="signed", grammar="cbor", seeds=vectors("disclosure_request", "request"))
def read_request(data):
    found = open_request(data, trust=stage().trust)
    check_recipient(found.request, vasp="alice", now=disclosures.NOW)


@target(
    "disclosure.request.resigned",
    family="signed",
    grammar="cbor",
    seeds=payloads("disclosure_request", "request"),
)
def read_resigned_request(data):
    """A request that the supervisor has signed, whatever it says."""
    found = open_request(
        signed(DisclosureRequest, data, disclosures.supervisor_seed(disclosures.EU)), trust=stage().trust
    )
    assert found.request.encode() == data


@target("disclosure.response", family="sealed", grammar="cbor", seeds=vectors("disclosure", "response"))
def read_response(data):
    verify_signed(data, opened(), trust=stage().trust, packs=pack_of, now=disclosures.NOW)


@target("disclosure.response.resigned", family="sealed", grammar="cbor", seeds=payloads("disclosure", "response"))
def read_resigned_response(data):
    """A response that a dishonest VASP has signed, whatever it says."""
    whole = signed(DisclosureResponse, data[:60_000], stage().network.ledgers["alice"].keys.identity)
    found = verify_signed(whole, opened(), trust=stage().trust, packs=pack_of, now=disclosures.NOW)
    for record in found.records:
        for path, value in record.transfer.leaves.items() if record.transfer else ():
            read_value(path, value)


@target("disclosure.sealed", family="sealed", grammar="cbor", seeds=lambda: [stage().respond(opened()).sealed])
def read_sealed(data):
    key = stage().key
    open_sealed(data, opened(), key=key)
    verify_response(data, opened(), key=key, trust=stage().trust, packs=pack_of, now=disclosures.NOW)
    assert isinstance(key, hpke.PrivateKey)


@target("disclosure.notice", family="signed", grammar="cbor", seeds=vectors("disclosure_notice", "opened"))
def read_opened_notice(data):
    notice = Notice.decode(first("disclosure_notice")["notice"])
    open_notice(data, notice, network=ledger.NETWORK, vasp="alice", now=disclosures.NOW)


@target(
    "disclosure.path",
    family="signed",
    seeds=lambda: [b"/transfer/amount", b"/identity/originator/originatorPerson/*/naturalPerson/name", b"", b"/seed"],
)
def read_path(data):
    path = check_path(data.decode("latin-1"))
    found = answers({}, [path])
    assert found
    assert "/seed" not in found


@target("disclosure.leaf", family="signed", grammar="cbor", seeds=lambda: list(_leaves()))
def read_leaf(data):
    match decode(data):
        case [str(path), value]:
            check_path(path)
            read_value(path, value)
            answers({path: value}, [path])


def _leaves():
    for case in vectors("disclosure", "response")():
        response = DisclosureResponse.decode(cose.payload_of(case, limit=1 << 20), limit=1 << 20)
        for answer in response.answers[:1]:
            yield from (leaf.content for leaf in (answer.shown.leaves if answer.shown else ())[:2])


@target("supervisor-key", family="sealed", grammar="cbor", seeds=lambda: [disclosures.supervisor_key().encode()])
def read_supervisor_key(data):
    closed = _lock().close(data[:50_000], purpose=b"carnet/supervisor/v1", coins=visible_coins("nonces"))
    key = unlock_supervisor_key(closed, passphrase=PASSPHRASE)
    assert isinstance(key, SupervisorKey)
    assert key.encode() == data
    assert len(lock_supervisor_key(key, lock=_lock(), coins=visible_coins("nonces"))) == len(closed)
    assert key.card.name == key.name
