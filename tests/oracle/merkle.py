"""RFC 6962, section 2.1, word for word: MTH, PATH, PROOF and SUBPROOF, over lists of entries."""

from hashlib import sha256


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(entries):
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\0" + entries[0]).digest()
    k = split(len(entries))
    return sha256(b"\1" + root(entries[:k]) + root(entries[k:])).digest()


def path(m, entries):
    if len(entries) == 1:
        return []
    k = split(len(entries))
    if m < k:
        return [*path(m, entries[:k]), root(entries[k:])]
    return [*path(m - k, entries[k:]), root(entries[:k])]


def proof(m, entries):
    return subproof(m, entries, known=True)


def subproof(m, entries, *, known):
    if m == len(entries):
        return [] if known else [root(entries)]
    k = split(len(entries))
    if m <= k:
        return [*subproof(m, entries[:k], known=known), root(entries[k:])]
    return [*subproof(m - k, entries[k:], known=False), root(entries[:k])]
