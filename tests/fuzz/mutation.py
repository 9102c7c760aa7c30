"""Changes that keep the grammar, so that what is deep inside a decoder is reached, and not its first refusal alone.

CBOR and JSON are read, changed at one place of the tree, and written again; what is a string of CBOR within CBOR is
opened too. Every third change is the fuzzer's own, of bytes.
"""

import json

import cbor2

EDGES = [0, 1, -1, 23, 24, 255, 256, 65535, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1, 2**64, 10**30]
TEXTS = ["", " ", "a", "\0", "\ud800", "é", "e\u0301", "\u202e", "Ω", "😀", "2026-02-30", "00000", "A" * 141, "/", "*"]
MAX_NODES = 2000


def mutated(data, grammar, rng, change_bytes):
    """Return *data* with one change; *change_bytes* is the fuzzer's own way."""
    if grammar not in {"cbor", "json"} or rng.random() < 0.34:
        return change_bytes(data)
    read, write = (_read_cbor, _write_cbor) if grammar == "cbor" else (json.loads, _write_json)
    try:
        tree = read(data)
        for _ in range(rng.choice((1, 1, 1, 2, 4))):
            tree = _changed(tree, grammar, rng, change_bytes)
        return write(tree)
    except (ValueError, RecursionError, TypeError, OverflowError, cbor2.CBORError):
        return change_bytes(data)


def _read_cbor(data):
    return cbor2.loads(data, max_depth=40)


def _write_cbor(tree):
    return cbor2.dumps(tree, canonical=True)


def _write_json(tree):
    return json.dumps(tree, ensure_ascii=True).encode()


def _places(tree):
    """Return (container, key) of every node below *tree*."""
    found, rest = [], [tree]
    while rest and len(found) < MAX_NODES:
        node = rest.pop()
        if isinstance(node, dict):
            found += [(node, key) for key in node]
            rest += node.values()
        elif isinstance(node, list):
            found += [(node, at) for at in range(len(node))]
            rest += node
    return found


def _changed(tree, grammar, rng, change_bytes):
    whole = [tree]  # so that the root has a place too
    places = _places(whole)
    container, key = rng.choice(places)
    node = container[key]
    match rng.randrange(8):
        case 0 | 1 | 2:
            container[key] = _other(node, grammar, rng, change_bytes)
        case 3:  # what stands elsewhere
            there, other = rng.choice(places)
            container[key] = there[other] if there is not container else node
        case 4 if isinstance(container, list) and container is not whole:
            container.insert(key, node)
        case 5 if container is not whole:
            del container[key]
        case 6 if isinstance(container, dict):  # another name for it
            del container[key]
            container[rng.randrange(40) if grammar == "cbor" else rng.choice(TEXTS)] = node
        case _:
            container[key] = _any(grammar, rng)
    return whole[0]


def _other(node, grammar, rng, change_bytes):
    """Return a value of the kind of *node*."""
    match node:
        case bool():
            return not node
        case int():
            return rng.choice([node + 1, node - 1, node ^ (1 << rng.randrange(64)), *EDGES])
        case bytes() if grammar == "cbor":
            if len(node) > 8 and rng.random() < 0.5:
                try:  # signed objects hold their payloads so
                    return _write_cbor(_changed(_read_cbor(node), grammar, rng, change_bytes))
                except (ValueError, TypeError, OverflowError, RecursionError, cbor2.CBORError):
                    pass
            return _other_bytes(node, rng)
        case str():
            at = rng.randrange(len(node) + 1)
            return rng.choice([node[:at] + rng.choice(TEXTS) + node[at:], node[:at], node * 2, node.swapcase()])
        case float():
            return rng.choice([0.0, -node, 1e308, 1.5])
        case _:
            return _any(grammar, rng)


def _other_bytes(node, rng):
    changed = bytearray(node or b"\0")
    changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return rng.choice([bytes(changed), bytes(changed), node[:-1], node + b"\0", bytes(len(node)), b"\xff" * len(node)])


def _any(grammar, rng):
    plain = [None, True, False, rng.choice(EDGES), rng.choice(TEXTS), [], {}, [[]], rng.choice(TEXTS[1:]) * 40]
    if grammar == "cbor":
        return rng.choice([*plain, b"", bytes(32), bytes(33), {1: 1}, -1, [b""] * 9])
    return rng.choice([*plain, 1.5, {"a": None}, [{}], [[[]]], "x" * 300])
