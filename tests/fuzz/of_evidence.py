"""Files of evidence: whoever hands one over may have written anything into it; and covers, as the node keeps them."""

import io
from functools import cache

from carnet.crypto.coins import visible_coins
from carnet.crypto.lockbox import open_box, seal_box
from carnet.errors import PeerError, UsageError
from carnet.evidence import MAX_NOTE, UnreadableError
from carnet.evidence_file import EvidenceFile, EvidenceReader, begins_evidence
from carnet.log.cover import make_cover
from carnet.messages import Role
from carnet.secret import Secret
from carnet.testing.ledger import Network
from carnet_node.covers import _CONTEXT, open_cover, seal_cover
from fuzz.seeds import vectors
from fuzz.table import target

STORAGE = Secret(bytes(range(32)))


@target("evidence_file", family="log", seeds=vectors("evidence_file", "data"))
def read_evidence(data):
    begun = begins_evidence(data)
    evidence = EvidenceReader(io.BytesIO(data))
    assert begun
    places = list(evidence.places())
    held = [EvidenceFile(path=place.path, data=evidence(place.path, place.size)) for place in places]
    assert evidence.header.encode() + b"".join(each.encode() for each in held) == data
    assert [place.path for place in places] == sorted({place.path for place in places})
    for path in ("directory", "selected/0/record", "../checkpoint"):
        try:
            assert EvidenceFile(path=path, data=evidence(path, MAX_NOTE)) in held
        except UnreadableError:
            assert path not in {place.path for place in places}


@cache
def _cover():
    pack = Network().ledgers["alice"].pack
    return make_cover(pack, role=Role.ORIGINATOR, epoch=1, coins=visible_coins("a cover"))


def _stored():
    sealed = seal_cover(_cover(), storage_key=STORAGE, coins=visible_coins("nonces"))
    return open_box(STORAGE, sealed, context=_CONTEXT + _cover().record.entry())


@target("node.cover", family="node", grammar="cbor", refuses=(PeerError, UsageError), seeds=lambda: [_stored()])
def read_cover(data):
    """What opens a cover, as the database keeps it."""
    record = _cover().record
    box = seal_box(STORAGE, data, context=_CONTEXT + record.entry(), coins=visible_coins("nonces"))
    assert open_cover(record.encode(), box, storage_key=STORAGE).record == record
