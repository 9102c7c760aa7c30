"""spec/log.md#derivation and the masks of spec/audit.md#channels, over cbor2, hmac and py_ecc: not over the library."""

import hmac
from hashlib import sha256

import cbor2
from py_ecc.secp256k1 import secp256k1 as curve

BROADCAST = {9, 13, 14, 15}  # SETTLED, MISMATCH, UNCONFIRMED, UNANNOUNCED
EPOCH = 86400


def hkdf(seed, info, length):
    key = hmac.digest(bytes(32), seed, "sha256")
    out = block = b""
    while len(out) < length:
        block = hmac.digest(key, block + info + bytes([len(out) // 32 + 1]), "sha256")
        out += block
    return out[:length]


def encode(value):
    return cbor2.dumps(value, canonical=True)


def unpack(point):
    x = int.from_bytes(point[1:], "big")
    y = pow(x**3 + 7, (curve.P + 1) // 4, curve.P)
    assert y * y % curve.P == (x**3 + 7) % curve.P
    return x, y if y % 2 == point[0] % 2 else curve.P - y


def pack_point(point):
    x, y = point
    return bytes([2 + y % 2]) + x.to_bytes(32, "big")


def blinding(seed, role, name, header_hash):
    wide = hkdf(seed, encode(["carnet/v1/record-blinding", role, name, header_hash]), 64)
    return int.from_bytes(wide, "big") % curve.N


def masks(*, seed, role, header_hash):
    return {name: blinding(seed, role, f"row-{name}", header_hash) for name in ("unit", "flag")}


def total(points, *, by):
    whole = curve.multiply(curve.G, by % curve.N)
    for point in points:
        whole = curve.add(whole, unpack(point))
    return pack_point(whole)


def derive(*, header, header_hash, receipt_hash, statement, seed, role, pack, window):
    fields, ending, law = cbor2.loads(header), cbor2.loads(statement), cbor2.loads(pack)
    state, time = ending[8], ending[9]
    rule = next(leg for leg in law[8] if leg[1] == 1)
    values = {each[1]: each[2] for each in fields[14]}
    value, unit, flag = values.get(rule[2]), fields[15], fields[13]

    def shifted(name, point):
        by = curve.multiply(curve.G, blinding(seed, role, name, header_hash))
        return pack_point(by if point is None else curve.add(unpack(point), by))

    def reference(name, target):
        return sha256(hkdf(seed, encode(["carnet/v1/record-reference", role, name, header_hash]), 32) + target).digest()

    moved = state in BROADCAST
    return encode(
        {
            1: state,
            2: role,
            3: time // EPOCH,
            4: sha256(pack).digest(),
            5: 1,
            6: shifted("value", value if moved else None),
            7: shifted("unit", unit if moved else None),
            8: shifted("window" if rule[5] else "value", (window or value) if moved else None),
            9: shifted("flag", flag),
            10: reference("header", header_hash),
            11: reference("receipt", receipt_hash or b""),
            12: reference("terminal", sha256(statement).digest()),
        }
    )
