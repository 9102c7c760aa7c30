"""Suite `worked_exchange`: one whole exchange, whose bytes spec/overview.md shows."""

import json
from pathlib import Path

from kit import vector
from transfer import CHAIN_ID, HERE, NOW

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.envelope.payload import Payload
from carnet.exchange import beneficiary, originator
from carnet.exchange.beneficiary import Verdict
from carnet.exchange.closing import salted_txid
from carnet.log.record import derive_record
from carnet.messages import Decision, OfferHeader
from carnet.secret import Secret
from carnet.testing.ledger.offered import sources_of
from carnet.testing.world import load_pack


@vector("worked_exchange")
def from_offer_to_record():
    """The frozen offer `opens`, accepted, paid and settled, and both records of it."""
    frozen = json.loads((Path(__file__).parent.parent / "vectors/frozen/offer.json").read_text(encoding="utf-8"))
    given = {
        key: bytes.fromhex(value)
        for key, value in frozen["vectors"][0].items()
        if isinstance(value, str)
        and key in {"signed_header", "enc", "ciphertext", "payload", "sealing_seed", "directory"}
    }
    header = OfferHeader.decode(cose.payload_of(given["signed_header"]))
    header_hash = cose.payload_hash(given["signed_header"])
    payload = Payload.decode(given["payload"])
    seed = Secret(payload.seed)
    verdict = Verdict(decision=Decision.ACCEPTED, checks=31)
    event = beneficiary.Offered(header=header, header_hash=header_hash, verdict=verdict, counter=1)
    step = beneficiary.advance(None, event, now=NOW + 1)
    answer = step.effects[0].receipt
    ours = originator.draft(transfer_id=header.transfer_id, beneficiary="bob")
    for moved_by in (originator.Offered(header=header, header_hash=header_hash), originator.Answered(receipt=answer)):
        ours = originator.advance(ours, moved_by, now=NOW + 2).state
    salted = salted_txid(seed, CHAIN_ID)
    paid = originator.advance(ours, originator.Broadcast(salted_txid=salted, **HERE), now=NOW + 5)
    statement = paid.effects[0].statement
    coins = visible_coins("the frozen offers")
    draws = [Secret(coins(32)) for _ in range(5)]
    alice, bob = draws[0], draws[4]  # as offers.py draws them
    signed_receipt = cose.sign(answer, seed=bob)
    sources = sources_of(
        header,
        statement,
        receipt_hash=cose.payload_hash(signed_receipt),
        seed=seed,
        packs=(load_pack("fatf-2019"), load_pack("eu-tfr-2023")),
    )
    records = {}
    for name, record in zip(("originator", "beneficiary"), map(derive_record, sources), strict=True):
        records |= {f"{name}_record": record.encode(), f"{name}_entry": record.entry()}
    return given | {
        "header": header.encode(),
        "header_hash": header_hash,
        "receipt": answer.encode(),
        "signed_receipt": signed_receipt,
        "txid_text": CHAIN_ID,
        "salted_txid": salted,
        "statement": statement.encode(),
        "signed_by_originator": cose.sign(statement, seed=alice),
        "signed_by_beneficiary": cose.sign(statement, seed=bob),
        **records,
        "expect": "ok",
    }
