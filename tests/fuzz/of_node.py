"""What a node reads besides messages: orders, lines, configuration, feeds, and its own database."""

import asyncio
import json

from carnet.crypto import tls
from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import open_box, seal_box
from carnet.envelope.values import Opening, Openings
from carnet.errors import DecodeError, PeerError, PolicyError, UsageError
from carnet.log.record import Source
from carnet.messages import Directory, OfferHeader, Role, TerminalStatement
from carnet.policy.pack import PolicyPack, pack_hash
from carnet.reporting.build import OpenedSums
from carnet.secret import Secret
from carnet.testing.world import identity_json
from carnet_node import recording, report_making, reportable, scalars
from carnet_node.commands import Commands, WrongInput, parse_order
from carnet_node.config import FILE_NAME, FeedConfig, load_config
from carnet_node.control import Control
from carnet_node.errors import ConfigError
from carnet_node.network import load_network, load_packs, open_quote
from carnet_node.party import StoredContents
from carnet_node.quote_feed import QuoteFeed
from carnet_node.tiles_http import entry_at
from carnet_node.witness import stale_answer, stale_size
from fuzz.of_json import parsed
from fuzz.of_objects import PUBLIC, SEED, payloads, signed
from fuzz.of_tools import scratch, written
from fuzz.seeds import first, vectors, world
from fuzz.table import target


def _orders():
    order = {
        "identity": identity_json(),
        "asset": "bip122:000000000019d6689c085ae165831e93/slip44:0",
        "amount": "1000000",
        "destinationAddress": "bc1q-not-an-address",
        "sourceAddress": "bc1q-another",
        "purpose": "rent",
    }
    return [json.dumps(order).encode()]


@target("node.order", family="node", grammar="json", seeds=_orders, refuses=(WrongInput,))
def read_order(data):
    order = parse_order(parsed(data))
    order.transfer.encode()
    order.identity.encode()


class _App:
    """A node that knows nothing: every command ends where it would begin to act."""

    def __getattr__(self, name):
        raise PolicyError("member.unknown")


LINES = [
    {"command": "send", "to": "bob", "payload": json.loads(_orders()[0]), "wait": 0},
    {"command": "show", "transfer": "00" * 16, "with_payload": True},
    {"command": "list", "role": "originator", "phase": "SETTLED", "limit": 5},
    {"command": "decide", "transfer": "00" * 16, "decision": "reject", "code": 50, "paths": ["/a"]},
    {"command": "broadcast", "transfer": "00" * 16, "txid": "ff"},
    {"command": "cancel", "transfer": "00" * 16},
    {"command": "status"},
    {"command": "reports", "limit": 5},
    {"command": "report", "serial": 1},
    {"command": "advance", "days": 1},
]


@target("node.line", family="node", grammar="json", seeds=lambda: [json.dumps(each).encode() for each in LINES])
def read_line(data):
    """A line on the node's control socket: always answered, and never with an internal error."""
    commands = Commands(_App())
    answer = asyncio.run(Control(scratch() / "socket", commands.handle)._answer(data))
    json.dumps(answer)
    assert "internal error" not in answer.get("error", ""), answer


@target("node.config", family="node", grammar="text", refuses=(ConfigError,), seeds=lambda: [CONFIG.encode()])
def read_config(data):
    load_config(written(data, FILE_NAME).parent)


CONFIG = """[server]
listen = "127.0.0.1:7000"
drain_s = 2.5
[directory]
authority = "00"
[decisions]
default = "accept"
reject = ["bc1q-bad"]
[observe]
level = "info"
[quotes]
url = "https://quotes.example/"
"""


@target("node.feed", family="node", grammar="json", seeds=lambda: [_feed()])
def read_feed(data):
    """An issuer's answer: good quotes are kept, and nothing that it says stops the node."""
    config = FeedConfig(url="https://quotes.example/")
    feed = QuoteFeed(config, folder=scratch() / "fetched", get=lambda _url, _timeout: data)
    feed._stamp.unlink(missing_ok=True)
    feed.refresh(trust=world().trust, now=world().now)


def _feed():
    return json.dumps({"quotes": [each.hex() for each in world().quotes]}).encode()


@target("node.quote", family="node", grammar="cbor", seeds=lambda: list(world().quotes))
def read_quote(data):
    open_quote(data, world().trust)


@target("node.stale", family="node", seeds=lambda: [stale_answer(0), stale_answer(13)])
def read_stale(data):
    size = stale_size(data)
    assert size is None or stale_answer(size) == data


# --- what the node is given, and what it keeps -----------------------------------------------------------------------


@target(
    "node.directory", family="node", grammar="cbor", refuses=(ConfigError,), seeds=vectors("directory", "directory")
)
def read_directory(data):
    _load_network(data, first("directory")["authority"])


@target(
    "node.directory.resigned",
    family="node",
    grammar="cbor",
    refuses=(ConfigError,),
    seeds=payloads("directory", "directory"),
)
def read_resigned_directory(data):
    network = _load_network(signed(Directory, data, SEED), PUBLIC)
    for member in network.directory.members:
        assert network.caller(tls.pin(member.tls_certificates[0])) == member.vasp


def _load_network(data, authority):
    packs = scratch() / "no-packs"
    return load_network(
        written(data), authority=authority, packs=packs, now=first("directory")["now"], newest=0, kept={}
    )


@target("node.packs", family="node", grammar="cbor", seeds=lambda: [_signed_pack()])
def read_packs(data):
    """A folder of packs: what is not a pack of an issuer is left out."""
    folder = written(data, "packs/one").parent
    assert len(load_packs(folder, world().trust)) == (data == _signed_pack())


def _signed_pack():
    there = world()
    return signed(PolicyPack, there.vasps["alice"].pack.encode(), there.authority)


STORAGE = Secret(b"\5" * 32)


@target(
    "node.source", family="node", grammar="cbor", refuses=(PeerError, UsageError, KeyError), seeds=lambda: [_source()]
)
def read_source(data):
    """What a record will be made from, as the database keeps it; a pack that is gone is a KeyError."""
    case = first("record")
    pack = PolicyPack.decode(case["pack"])
    transfer_id = OfferHeader.decode(case["header"]).transfer_id
    context = recording._CONTEXT + bytes([Role.ORIGINATOR]) + transfer_id
    box = seal_box(STORAGE, data, context=context, coins=visible_coins("nonces"))
    recording.open_source(
        box, role=Role.ORIGINATOR, transfer_id=transfer_id, storage_key=STORAGE, packs={pack_hash(pack): pack}
    )


def _source():
    case = first("record")
    header, one = OfferHeader.decode(case["header"]), Opening(value=1, blinding=1)
    source = Source(
        header=header,
        header_hash=case["header_hash"],
        receipt_hash=case["receipt_hash"],
        statement=TerminalStatement.decode(case["statement"]),
        seed=Secret(case["seed"]),
        role=Role(case["role"]),
        pack=PolicyPack.decode(case["pack"]),
    )
    openings = Openings(values={"EUR": one}, unit=one, flag=one)
    box = recording.seal_source(source, openings, storage_key=STORAGE, coins=visible_coins("nonces"))
    return open_box(STORAGE, box, context=recording._context(source.role, header))


@target(
    "node.reportable", family="node", grammar="cbor", refuses=(PeerError, UsageError), seeds=lambda: [_reportable()]
)
def read_reportable(data):
    """What a report will be made from, as the database keeps it."""
    box = seal_box(STORAGE, data, context=_in_the_database(), coins=visible_coins("nonces"))
    reportable.open_reportable(box, role=Role.ORIGINATOR, transfer_id=b"\2" * 16, storage_key=STORAGE)


def _in_the_database():
    return reportable._context(Role.ORIGINATOR, b"\2" * 16)


def _reportable():
    one = OpenedSums(unit=Opening(value=5, blinding=1), flag=Opening(value=1, blinding=2), unit_mask=3, flag_mask=4)
    box = reportable.seal_reportable(
        reportable.Reportable(own=one, peer=one, entry=b"\3" * 32),
        role=Role.ORIGINATOR,
        transfer_id=b"\2" * 16,
        storage_key=STORAGE,
        coins=visible_coins("nonces"),
    )
    return open_box(STORAGE, box, context=_in_the_database())


@target("node.rows", family="node", grammar="cbor", seeds=lambda: [_rows()])
def read_rows(data):
    """What is kept of a report's openings."""
    box = seal_box(STORAGE, data, context=report_making._context(1), coins=visible_coins("nonces"))
    assert report_making.open_rows(box, serial=1, storage_key=STORAGE).encode() == data


def _rows():
    one = scalars.StoredOpening(value=5, blinding=bytes(32))
    row = report_making.StoredRow(
        counterparty="bob", role=Role.ORIGINATOR, epoch=1, count=1, unit=one, flag=one, peer_unit=one, peer_flag=None
    )
    return report_making.StoredRows(rows=(row,)).encode()


@target("node.contents", family="node", grammar="cbor", seeds=lambda: [_contents()])
def read_contents(data):
    assert StoredContents.decode(data).encode() == data


def _contents():
    payload = world().payload(transfer_id=b"\2" * 16)
    openings = recording.store_openings(world().openings(payload))
    return StoredContents(seed=payload.seed, payload=payload, openings=openings).encode()


@target(
    "node.http_path",
    family="node",
    grammar="note",
    seeds=lambda: [*vectors("tiles_path", "path_text")(), b"checkpoint", b"reports/3", b"packs/" + b"ab" * 32],
)
def read_http_path(data):
    """What is asked for over HTTP: a path of the folder's grammar, written as it is, or nothing."""
    text = data.decode("latin-1")
    entry = entry_at(text)
    if entry is None:
        raise DecodeError("http.path")
    assert entry.path == text
    assert ".." not in text
    assert not text.startswith("/")
    assert text.isascii()
    assert entry.entitled == text.startswith(("records/", "proofs/", "report", "windows/", "disclosures/"))
