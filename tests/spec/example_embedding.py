from hashlib import sha256

import carnet
from carnet.testing.world import BITCOIN, identity_json, make_world

world = make_world()  # a fictional network: VASPs with keys, a signed directory, two laws, prices
alice, bob, trust, now = world.vasps["alice"], world.vasps["bob"], world.trust, world.now
packs, coins = (alice.pack, bob.pack), carnet.system_coins

# Alice reads IVMS101 in any dialect, and seals what the laws of both ask for to Bob alone.
identity = carnet.read_ivms101(identity_json()).identity
transfer = carnet.Transfer(asset=BITCOIN, amount=1_000_000, destination_address="bc1q-invented")
terms = {"packs": packs, "quotes": world.quotes, "trust": trust, "counter": 1, "now": now, "lifetime": 3600}
offer = carnet.prepare(identity, transfer, keystore=alice.keystore, bundle=bob.bundle, coins=coins, **terms)

# Bob checks who signed it, opens it, and examines it under both laws; his receipt says what he decides.
opened = carnet.open_header(offer.sealed.message, trust=trust)
found = carnet.examine(opened, trust=trust, terms=world.terms("bob"), now=now)
assert found.refusal is None
assert found.payload == offer.payload
about = {"header": opened.header, "header_hash": opened.header_hash}
verdict = carnet.Verdict(decision=carnet.Decision.ACCEPTED, checks=found.checks)
event = carnet.beneficiary.Offered(**about, verdict=verdict, counter=1)
receipt = carnet.beneficiary.advance(None, event, now=now).effects[0].receipt

# It settles. Alice logs commitments only, and a proof that the tier was right, which anybody can verify.
seed = carnet.Secret(offer.payload.seed)
ending = carnet.terminal_statement(
    **about, ending=carnet.Phase.SETTLED, time=now, salted_txid=carnet.salted_txid(seed, "a transaction")
)
receipt_hash = sha256(receipt.encode()).digest()
role = carnet.Role.ORIGINATOR
source = carnet.Source(**about, receipt_hash=receipt_hash, statement=ending, seed=seed, role=role, pack=alice.pack)
record = carnet.derive_record(source)
proof = carnet.prove_record(record, source, offer.openings, window=None, coins=coins)
carnet.proof_item(record, alice.pack, proof).verify()
