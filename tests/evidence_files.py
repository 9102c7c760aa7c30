"""Files of evidence in memory, for tests of them."""

import io

from audit_folders import files, reader
from carnet.evidence_file import EvidenceFile, EvidenceHeader, EvidenceReader
from carnet.evidence_writer import log_evidence, selection_evidence


def packed(folder=None):
    """Return the file of evidence of a whole *folder*."""
    return b"".join(log_evidence(reader(files() if folder is None else folder)))


def selected(indices, folder=None):
    """Return the file of evidence of the records with these *indices* in *folder*."""
    return b"".join(selection_evidence(reader(files() if folder is None else folder), indices))


def opened(data):
    return EvidenceReader(io.BytesIO(data))


def folder_of(data):
    """Return the folder that file of evidence *data* holds."""
    evidence = opened(data)
    return {place.path: evidence(place.path, place.size) for place in evidence.places()}


def parts(data):
    """Return the header and the files of *data*."""
    evidence = opened(data)
    return evidence.header, [EvidenceFile(path=path, data=held) for path, held in folder_of(data).items()]


def joined(header, listed):
    """Return the file of evidence with this *header* and these files, right or wrong."""
    assert isinstance(header, EvidenceHeader)
    return header.encode() + b"".join(each.encode() for each in listed)
