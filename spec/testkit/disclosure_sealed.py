"""A sealed response: HPKE draws its own randomness, so nobody can make it again.

It is frozen in spec/vectors/frozen/disclosure.json, and checked by opening: this made it, and refuses to write over it.
"""

import json
import sys
from dataclasses import replace
from pathlib import Path

from disclosed import NOW, stage, warrant
from kit import entry

from carnet.crypto import hpke
from carnet.crypto.coins import visible_coins
from carnet.disclosure.messages import (
    SealedResponse,
)
from carnet.secret import Secret

FROZEN = Path(__file__).parent.parent / "vectors" / "frozen" / "disclosure.json"


def frozen_vectors():
    """Return the sealed vectors: one that opens, and one fault each in those that do not."""
    opened = stage().open(warrant())
    sealed = stage().respond(opened).sealed
    seed = visible_coins("the sealing key of the testing network's supervisor")(32)
    other = stage().open(warrant(issued=NOW - 120))
    assert hpke.PrivateKey(Secret(seed)).public == warrant().recipient
    message = SealedResponse.decode(sealed, limit=1 << 20)
    whole = {"request": stage().sign(warrant()), "sealed": sealed, "seed": seed}
    flipped = message.ciphertext[:-1] + bytes([message.ciphertext[-1] ^ 1])
    renamed = replace(message, request_hash=other.hash).encode()
    return [
        entry("opens", "A response as it travels.", whole | {"expect": "ok"}),
        entry(
            "another_request",
            "The same response in answer to another request.",
            whole | {"request": stage().sign(other.request), "expect": "disclosure.request"},
        ),
        entry(
            "another_request_named",
            "It says that it answers another request, to which it was not sealed.",
            whole | {"request": stage().sign(other.request), "sealed": renamed, "expect": "disclosure.seal"},
        ),
        entry("another_key", "Another key does not open it.", whole | {"seed": bytes(32), "expect": "disclosure.seal"}),
        entry(
            "changed",
            "A bit of the ciphertext is another.",
            whole | {"sealed": replace(message, ciphertext=flipped).encode(), "expect": "disclosure.seal"},
        ),
    ]


if __name__ == "__main__":
    if FROZEN.exists():
        sys.exit(f"{FROZEN.name} is frozen")
    whole_file = {"suite": "disclosure_sealed", "version": 1, "vectors": frozen_vectors()}
    FROZEN.write_text(json.dumps(whole_file, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
