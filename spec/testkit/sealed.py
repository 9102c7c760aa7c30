"""Sealed vectors, made once: HPKE draws its randomness inside the cryptographic library, so nobody can make them again.

They are frozen in spec/vectors/frozen/sealed.json, and checked by opening. ``python spec/testkit/sealed.py`` refuses to
write over them: whoever wants more adds a file.
"""

import json
import sys
from pathlib import Path

from kit import entry

from carnet.crypto import hpke
from carnet.crypto.coins import visible_coins
from carnet.secret import Secret

FROZEN = Path(__file__).parent.parent / "vectors" / "frozen" / "sealed.json"


def sealed_vectors():
    """Return the vectors: three that open, and one fault each in those that do not."""
    seed, other = (visible_coins(sentence)(32) for sentence in ("a frozen sealing key", "another frozen sealing key"))
    public, info = hpke.PrivateKey(Secret(seed)).public, b"a context of its own"
    plaintext = b"what was sealed once"
    enc, ciphertext = hpke.seal(public=public, plaintext=plaintext, info=info)
    empty_enc, empty = hpke.seal(public=public, plaintext=b"", info=b"")
    whole = {"seed": seed, "enc": enc, "ciphertext": ciphertext, "info": info}
    flipped_kem, flipped_curve = bytearray(enc), bytearray(enc)
    flipped_kem[0] ^= 1
    flipped_curve[-32] ^= 1
    opened = {"expect": "ok", "plaintext": plaintext}
    refused = {"expect": "hpke.open"}
    return [
        entry("opens", "It opens with its key and its info.", whole | opened),
        entry(
            "nothing_opens",
            "No bytes can be sealed, under no info.",
            {"seed": seed, "enc": empty_enc, "ciphertext": empty, "info": b"", "expect": "ok", "plaintext": b""},
        ),
        entry("another_key", "Another key does not open it.", whole | {"seed": other} | refused),
        entry("another_info", "Another info does not open it.", whole | {"info": info + b"."} | refused),
        entry("info_cut", "A part of its info does not open it.", whole | {"info": info[:-1]} | refused),
        entry("kem_changed", "A bit of the ML-KEM part is another.", whole | {"enc": bytes(flipped_kem)} | refused),
        entry("curve_changed", "A bit of the X25519 part is another.", whole | {"enc": bytes(flipped_curve)} | refused),
        entry("tag_cut", "The last byte of the tag is missing.", whole | {"ciphertext": ciphertext[:-1]} | refused),
        entry("tag_only", "The tag of another plaintext.", whole | {"ciphertext": ciphertext[-16:]} | refused),
        entry("enc_of_another", "The encapsulation of another message.", whole | {"enc": empty_enc} | refused),
    ]


if __name__ == "__main__":
    if FROZEN.exists():
        sys.exit(f"{FROZEN.name} is frozen")
    FROZEN.parent.mkdir(exist_ok=True)
    frozen = {"suite": "sealed", "version": 1, "vectors": sealed_vectors()}
    FROZEN.write_text(json.dumps(frozen, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
