"""An engine whose generators are not independent: what the design's nothing-up-my-sleeve generators exclude.

It is the library's engine, but some encodings decode to another point: H to h*G, say. Everything else (the provers,
the verifiers, their tables) is the library's own and does not notice.
"""

import hashlib

from carnet.crypto.group import N, group
from carnet.crypto.group.generators import value_generator, vector_generator


def log_of(name):
    """Return a logarithm that this file invents and everybody here knows."""
    return 1 + int.from_bytes(hashlib.sha512(name).digest(), "big") % (N - 1)


class Trapdoor:
    """An engine for which the points that are encoded as the keys of *logs* are multiples of G."""

    def __init__(self, logs):
        self.inner = group()
        self.points = {data: self.inner.mul(log, self.inner.generator) for data, log in logs.items()}

    def __getattr__(self, name):
        return getattr(self.inner, name)

    def decode(self, data):
        return self.points.get(data) or self.inner.decode(data)


def value_log():
    """An engine with a known log_G(H), and that log."""
    log = log_of(b"H")
    return Trapdoor({value_generator(): log}), log


def all_logs(length):
    """An engine with all logs known up to *length*, and those of H, the Gs and the Hs."""
    families = [[log_of(family + b"%d" % at) for at in range(length)] for family in (b"G", b"H")]
    logs = {value_generator(): log_of(b"H")}
    for family, known in zip((b"G", b"H"), families, strict=True):
        logs |= {vector_generator(family, at): log for at, log in enumerate(known)}
    return Trapdoor(logs), log_of(b"H"), *families
