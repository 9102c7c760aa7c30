"""The suite: every size, label and limit that the specification fixes, in one place (spec/crypto.md#suite).

There is no negotiation: the suite is changed as a whole, under a new number.
"""

from typing import Final

SUITE: Final = 1
"""Ed25519, COSE_Sign1, HPKE MLKEM768-X25519 / HKDF-SHA256 / ChaCha20-Poly1305, SHA-256, Bulletproofs on secp256k1."""

# --- sizes in bytes -------------------------------------------------------------------------------------------------
HASH_SIZE: Final = 32
TRANSFER_ID_SIZE: Final = 16
KID_SIZE: Final = 8
SEED_SIZE: Final = 32
POINT_SIZE: Final = 33
SIGNATURE_SIZE: Final = 64
SEALING_PUBLIC_SIZE: Final = 1216  # ML-KEM-768 encapsulation key (1184) and X25519 public key (32)
ENC_SIZE: Final = 1120  # ML-KEM-768 ciphertext (1088) and X25519 public key (32)
AEAD_TAG_SIZE: Final = 16

# --- the sizes that the wire shows ----------------------------------------------------------------------------------
PLAINTEXT_FLOOR: Final = 4096  # a sealed payload is padded to max(this, Padme(length))
OFFER_FLOOR: Final = 8192  # a whole offer message likewise
REPLY_SIZE: Final = 4096  # every reply, whatever the decision
CLOSING_SIZE: Final = 2048  # every settlement, cancellation and their answers
MAX_OFFER: Final = 65536
MAX_OBJECT: Final = 65536  # any other object that a peer may send
MAX_DIRECTORY: Final = 16 * 1024 * 1024
MAX_DEPTH: Final = 16

# --- limits of the exchange -----------------------------------------------------------------------------------------
MAX_REVISIONS: Final = 3
COUNTER_WINDOW: Final = 1024
MAX_PATHS: Final = 16
CLOCK_SKEW_S: Final = 300  # how far a peer's clock may be ahead
MAX_VALIDITY_S: Final = 7 * 86400  # an offer that lives longer is refused
SETTLE_GRACE_S: Final = 86400  # how long after expiry a broadcast transfer may still be settled

# --- keys and epochs ------------------------------------------------------------------------------------------------
EPOCH_S: Final = 86400  # the fixed grid on which records are reported
SEALING_ROTATION_S: Final = 86400
SEALING_LIFETIME_S: Final = 3 * 86400  # then the private part is destroyed

# --- labels ---------------------------------------------------------------------------------------------------------
LABEL_PREFIX: Final = "carnet/v1/"
OFFER_INFO: Final = b"carnet/offer/v1"
KID_LABEL: Final = b"carnet/kid/v1"
TYPE_PREFIX: Final = "application/carnet."
TYPE_SUFFIX: Final = "+cbor"

# --- the payload tree -----------------------------------------------------------------------------------------------
TREE_SIZES: Final = (128, 256, 512)
