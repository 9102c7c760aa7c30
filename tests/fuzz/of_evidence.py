"""Files of evidence: whoever hands one over may have written anything into it."""

import io

from carnet.evidence import MAX_NOTE, UnreadableError
from carnet.evidence_file import EvidenceFile, EvidenceReader, begins_evidence
from fuzz.seeds import vectors
from fuzz.table import target


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
