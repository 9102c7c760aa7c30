"""Files of evidence in memory, for tests of them."""

import io

from carnet.evidence import UnreadableError, within
from carnet.evidence_file import EvidenceFile, EvidenceHeader, EvidenceReader
from carnet.evidence_writer import log_evidence, selection_evidence


def reader(folder):
    def read(path, limit):
        if path not in folder:
            raise UnreadableError(path, "No such file or directory")
        return within(folder[path], limit)

    return read


def packed(folder):
    """Return the file of evidence of a whole *folder*."""
    return b"".join(log_evidence(reader(folder)))


def selected(indices, folder):
    """Return the file of evidence of the records with these *indices* in *folder*."""
    return b"".join(selection_evidence(reader(folder), indices))


def opened(data):
    return EvidenceReader(io.BytesIO(data))


def folder_of(data):
    """Return the folder that file of evidence *data* holds."""
    evidence = opened(data)
    return {place.path: evidence(place.path, place.size) for place in evidence.places()}


def joined(header, folder):
    """Return the file of evidence with this *header* and the files of *folder*, right or wrong."""
    assert isinstance(header, EvidenceHeader)
    return header.encode() + b"".join(EvidenceFile(path=path, data=data).encode() for path, data in folder.items())
