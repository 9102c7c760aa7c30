"""Carnet: a privacy-preserving travel-rule protocol.

These are the names that whoever embeds the protocol needs. Each is loaded when first used, so that importing the
package takes no time and builds no tables. Everything is a function of its arguments: bytes, time and randomness go in.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from carnet.crypto.coins import Coins, system_coins
    from carnet.crypto.lockbox import Lock
    from carnet.crypto.tls import make_certificate
    from carnet.disclosure.messages import DisclosureRequest
    from carnet.disclosure.request import open_request as open_disclosure_request
    from carnet.disclosure.request import sign_request as sign_disclosure_request
    from carnet.disclosure.respond import respond as respond_to_disclosure
    from carnet.disclosure.verify import verify_response as verify_disclosure
    from carnet.envelope.offer import OpenedHeader, SealedOffer, check_parties, check_validity, open_header
    from carnet.envelope.payload import Payload, Transfer
    from carnet.errors import (
        CarnetError,
        Code,
        DecodeError,
        EquivocationError,
        OrderError,
        PeerError,
        PolicyError,
        UsageError,
        VerifyError,
    )
    from carnet.exchange import beneficiary, originator
    from carnet.exchange.beneficiary import Verdict
    from carnet.exchange.closing import open_closing, open_txid, salted_txid, seal_closing, terminal_statement
    from carnet.exchange.examination import Examination, Terms, examine
    from carnet.exchange.preparation import Prepared, prepare
    from carnet.exchange.reply import open_reply, seal_reply
    from carnet.identity.directory import Trust, open_bundle, open_directory
    from carnet.identity.keystore import (
        Keystore,
        lock_keystore,
        new_keystore,
        private_keys,
        rotate,
        sign_bundle,
        unlock_keystore,
    )
    from carnet.ivms101.dialect import Dialect, Reading
    from carnet.ivms101.dialect import read as read_ivms101
    from carnet.ivms101.dialect import to_json as write_ivms101
    from carnet.ivms101.model import IdentityPayload
    from carnet.log.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
    from carnet.log.merkle import verify_consistency, verify_inclusion
    from carnet.log.record import Record, Source, derive_record, proof_item, prove_record
    from carnet.log.tlog_proof import make_tlog_proof, open_tlog_proof
    from carnet.log.witness import WitnessPolicy
    from carnet.messages import (
        Check,
        Decision,
        Directory,
        KeyBundle,
        Member,
        OfferHeader,
        Phase,
        Receipt,
        Role,
        TerminalStatement,
    )
    from carnet.policy.pack import Leg, LegRule, PolicyPack, leg_rule, pack_hash
    from carnet.policy.quote import Quote
    from carnet.policy.signed import open_pack
    from carnet.policy.source import compile_pack
    from carnet.policy.tier import Tier
    from carnet.secret import Secret

SPEC_VERSION: Final = "0.1"
"""The version of the specification that this library implements."""

__all__ = [
    "SPEC_VERSION",
    "CarnetError",
    "Check",
    "Checkpoint",
    "Code",
    "Coins",
    "Decision",
    "DecodeError",
    "Dialect",
    "Directory",
    "DisclosureRequest",
    "EquivocationError",
    "Examination",
    "IdentityPayload",
    "KeyBundle",
    "Keystore",
    "Leg",
    "LegRule",
    "Lock",
    "Member",
    "OfferHeader",
    "OpenedHeader",
    "OrderError",
    "Payload",
    "PeerError",
    "Phase",
    "PolicyError",
    "PolicyPack",
    "Prepared",
    "Quote",
    "Reading",
    "Receipt",
    "Record",
    "Role",
    "SealedOffer",
    "Secret",
    "Source",
    "TerminalStatement",
    "Terms",
    "Tier",
    "Transfer",
    "Trust",
    "UsageError",
    "Verdict",
    "VerifyError",
    "WitnessPolicy",
    "beneficiary",
    "check_parties",
    "check_validity",
    "compile_pack",
    "derive_record",
    "examine",
    "leg_rule",
    "lock_keystore",
    "make_certificate",
    "make_tlog_proof",
    "new_keystore",
    "open_bundle",
    "open_checkpoint",
    "open_closing",
    "open_directory",
    "open_disclosure_request",
    "open_header",
    "open_pack",
    "open_reply",
    "open_tlog_proof",
    "open_txid",
    "originator",
    "pack_hash",
    "prepare",
    "private_keys",
    "proof_item",
    "prove_record",
    "read_ivms101",
    "respond_to_disclosure",
    "rotate",
    "salted_txid",
    "seal_closing",
    "seal_reply",
    "sign_bundle",
    "sign_checkpoint",
    "sign_disclosure_request",
    "system_coins",
    "terminal_statement",
    "unlock_keystore",
    "verify_consistency",
    "verify_disclosure",
    "verify_inclusion",
    "write_ivms101",
]

_HOMES: Final = {
    "carnet.errors": (
        "CarnetError Code DecodeError EquivocationError OrderError PeerError PolicyError UsageError VerifyError"
    ),
    "carnet.secret": "Secret",
    "carnet.crypto.coins": "Coins system_coins",
    "carnet.crypto.lockbox": "Lock",
    "carnet.crypto.tls": "make_certificate",
    "carnet.messages": "Check Decision Directory KeyBundle Member OfferHeader Phase Receipt Role TerminalStatement",
    "carnet.identity.keystore": "Keystore lock_keystore new_keystore private_keys rotate sign_bundle unlock_keystore",
    "carnet.identity.directory": "Trust open_bundle open_directory",
    "carnet.ivms101.dialect": "Dialect Reading read:read_ivms101 to_json:write_ivms101",
    "carnet.ivms101.model": "IdentityPayload",
    "carnet.policy.pack": "Leg LegRule PolicyPack leg_rule pack_hash",
    "carnet.policy.source": "compile_pack",
    "carnet.policy.signed": "open_pack",
    "carnet.policy.quote": "Quote",
    "carnet.policy.tier": "Tier",
    "carnet.envelope.payload": "Payload Transfer",
    "carnet.envelope.offer": "OpenedHeader SealedOffer check_parties check_validity open_header",
    "carnet.exchange.preparation": "Prepared prepare",
    "carnet.exchange.examination": "Examination Terms examine",
    "carnet.exchange.beneficiary": "Verdict",
    "carnet.exchange.reply": "open_reply seal_reply",
    "carnet.exchange.closing": "open_closing open_txid salted_txid seal_closing terminal_statement",
    "carnet.log.record": "Record Source derive_record proof_item prove_record",
    "carnet.log.checkpoint": "Checkpoint open_checkpoint sign_checkpoint",
    "carnet.log.merkle": "verify_consistency verify_inclusion",
    "carnet.log.tlog_proof": "make_tlog_proof open_tlog_proof",
    "carnet.log.witness": "WitnessPolicy",
    "carnet.disclosure.messages": "DisclosureRequest",
    "carnet.disclosure.request": "open_request:open_disclosure_request sign_request:sign_disclosure_request",
    "carnet.disclosure.respond": "respond:respond_to_disclosure",
    "carnet.disclosure.verify": "verify_response:verify_disclosure",
    "carnet.exchange": "beneficiary originator",
}
"""Where each name is from; ``name:other`` is known here by its other name."""

_FROM: Final = {
    name.partition(":")[2] or name: (home, name.partition(":")[0])
    for home, names in _HOMES.items()
    for name in names.split()
}


def __getattr__(name: str) -> Any:
    """Load public *name* from its home."""
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, original = _FROM[name]
    if home == "carnet.exchange":
        found: Any = import_module(f"{home}.{original}")
    else:
        found = getattr(import_module(home), original)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """Return the public names, loaded or not."""
    return sorted({*globals(), *__all__})
