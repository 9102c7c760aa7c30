"""Records: determined by what was signed, re-randomised per role, and with a proof that fits their ending."""

from dataclasses import replace

import pytest

from carnet.crypto.coins import visible_coins
from carnet.errors import DecodeError, PeerError, UsageError
from carnet.exchange.beneficiary import statement
from carnet.exchange.states import TransferState
from carnet.log.record import Source, derive_record, may_judge, proof_item, prove_record
from carnet.messages import BROADCAST_ENDINGS, TERMINAL, Phase, Role
from carnet.params import EPOCH_S
from carnet.policy.pack import pack_hash
from carnet.secret import Secret
from carnet.testing.world import make_world
from carnet.zk.tier import TierClaim
from carnet.zk.zero import ZeroClaim
from exchange_samples import TXID

COINS = visible_coins("the records' tests")


@pytest.fixture(scope="module")
def transfer():
    """Return a world, a payload, and the offer of it."""
    world = make_world()
    payload = world.payload(amount=20_000)
    return world, payload, world.seal(payload)


def source(transfer, kind, *, role=Role.ORIGINATOR, **changes):
    world, payload, sealed = transfer
    state = TransferState(
        role=Role.BENEFICIARY,
        phase=Phase.PENDING,
        transfer_id=payload.transfer_id,
        counterparty="alice",
        revision=1,
        header_hash=sealed.header_hash,
        salted_txid=TXID if kind is Phase.SETTLED else None,
    )
    made = Source(
        header=sealed.header,
        header_hash=sealed.header_hash,
        receipt_hash=bytes(32),
        statement=statement(state, sealed.header, kind, time=world.now + 7),
        seed=Secret(payload.seed),
        role=role,
        pack=world.vasps["alice" if role is Role.ORIGINATOR else "bob"].pack,
    )
    return replace(made, **changes)


@pytest.mark.parametrize("kind", sorted(TERMINAL))
@pytest.mark.parametrize("role", Role)
def test_every_ending_has_a_record_whose_proof_verifies(transfer, kind, role):
    world, payload, _ = transfer
    made = source(transfer, kind, role=role)
    record = derive_record(made)
    assert (record.kind, record.role, record.epoch) == (kind, role, (world.now + 7) // EPOCH_S)
    assert record.pack == pack_hash(made.pack)
    openings = world.openings(payload) if kind in BROADCAST_ENDINGS else None
    proof = prove_record(record, made, openings, window=None, coins=COINS)
    item = proof_item(record, made.pack, proof)
    assert isinstance(item.claim, TierClaim if kind in BROADCAST_ENDINGS else ZeroClaim)
    item.verify()


def test_a_record_is_a_function_of_its_source(transfer):
    made = source(transfer, Phase.SETTLED)
    assert derive_record(made) == derive_record(made)
    for change in ({"seed": Secret(bytes(32))}, {"role": Role.BENEFICIARY}, {"receipt_hash": None}):
        assert derive_record(replace(made, **change)).entry() != derive_record(made).entry()


def test_a_window_of_ones_own_is_what_is_recorded_and_proven(transfer):
    world, payload, _ = transfer
    openings = world.openings(payload)
    wide = replace(openings.values["USD"], blinding=77)
    pack = world.vasps["alice"].pack
    linking = replace(pack, legs=tuple(replace(rule, linked_window_s=86400) for rule in pack.legs))
    made = source(transfer, Phase.SETTLED, pack=linking, window=wide.commit())
    record = derive_record(made)
    assert record.window not in {record.value, derive_record(source(transfer, Phase.SETTLED)).window}
    proof = prove_record(record, made, openings, window=wide, coins=COINS)
    proof_item(record, made.pack, proof).verify()


@pytest.mark.parametrize("kind", sorted(TERMINAL))
def test_where_no_transfers_are_linked_the_window_is_the_value_byte_for_byte(transfer, kind):
    """Re-randomised apart, nobody could see that the window proven to be small is the value that moved."""
    record = derive_record(source(transfer, kind))
    assert record.window == record.value
    with pytest.raises(UsageError, match="links no transfers"):
        source(transfer, kind, window=record.value)


@pytest.mark.parametrize("kind", [Phase.SETTLED, Phase.CANCELLED])
def test_an_originator_that_seals_two_offers_under_one_seed_makes_no_two_records_alike(transfer, kind):
    """Two beneficiaries whose records shared a point would be found guilty together (`sources.shared`)."""
    one = source(transfer, kind, role=Role.BENEFICIARY)
    other = replace(one, header=replace(one.header, beneficiary="carol"), header_hash=bytes(31) + b"\1")
    first, second = derive_record(one), derive_record(other)
    names = ("value", "unit", "window", "flag", "header_ref", "receipt_ref", "terminal_ref")
    assert not {getattr(first, name) for name in names} & {getattr(second, name) for name in names}


def test_a_pack_judges_the_transfers_that_were_offered_while_it_was_in_force(transfer):
    pack = replace(source(transfer, Phase.SETTLED).pack, effective_from=100 * EPOCH_S, effective_until=200 * EPOCH_S)
    judged = [epoch for epoch in range(300) if may_judge(pack, epoch=epoch)]
    assert judged == list(range(91, 209))  # seven days of validity, one of grace, and the clocks' minutes


def test_a_proof_belongs_to_one_record(transfer):
    world, payload, _ = transfer
    made = source(transfer, Phase.SETTLED)
    proof = prove_record(derive_record(made), made, world.openings(payload), window=None, coins=COINS)
    other = derive_record(replace(made, receipt_hash=None))
    with pytest.raises(PeerError, match=r"tier\.proof"):
        proof_item(other, made.pack, proof).verify()


def test_a_refused_header_that_lacks_our_currency_still_has_its_record(transfer):
    """A member could else make the beneficiary fail by an offer that it rejects."""
    made = source(transfer, Phase.REJECTED, role=Role.BENEFICIARY)
    header = replace(made.header, values=made.header.values[1:])
    record = derive_record(replace(made, header=header, seed=Secret(bytes(range(32)))))
    assert record.kind is Phase.REJECTED


def test_only_endings_are_recorded(transfer):
    made = source(transfer, Phase.SETTLED)
    accepted = replace(made, statement=replace(made.statement, state=Phase.ACCEPTED))
    with pytest.raises(UsageError, match="no ending"):
        derive_record(accepted)
    record = replace(derive_record(made), kind=Phase.ACCEPTED)
    with pytest.raises(DecodeError, match=r"record\.kind"):
        proof_item(record, made.pack, b"")


def test_what_was_broadcast_is_proven_with_its_openings(transfer):
    made = source(transfer, Phase.SETTLED)
    with pytest.raises(UsageError, match="has been opened"):
        prove_record(derive_record(made), made, None, window=None, coins=COINS)
