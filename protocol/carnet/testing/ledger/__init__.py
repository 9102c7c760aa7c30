"""Networks that publish: invented transfers, with real signatures, proofs, trees and cosignatures.

`carnet.testing.ledger.small` makes two VASPs with a few transfers in memory, for tests.
"""

from carnet.testing.ledger.small import (
    ENDINGS,
    ISSUER,
    NETWORK,
    START,
    WITNESS,
    Ledger,
    Network,
    authority_seed,
    issuer_seed,
    log_key_of,
    network,
    witness_seed,
)

__all__ = [
    "ENDINGS",
    "ISSUER",
    "NETWORK",
    "START",
    "WITNESS",
    "Ledger",
    "Network",
    "authority_seed",
    "issuer_seed",
    "log_key_of",
    "network",
    "witness_seed",
]
