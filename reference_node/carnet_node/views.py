"""What commands show of a transfer, as JSON: ids, states and hashes; personal data only when it is asked for."""

import hashlib
from typing import Any, Final

from sqlalchemy import desc, select

from carnet.crypto import cose
from carnet.errors import Code
from carnet.exchange.states import TransferState
from carnet.ivms101 import to_json
from carnet.messages import Check, Decision, OfferHeader, Phase, Receipt, Reply, Role, uncarry
from carnet_node.party import Party, stored_header
from carnet_node.stores import tables as t
from carnet_node.stores.unit import Unit

Json = dict[str, Any]
MOST: Final = 1000


def summary(state: TransferState) -> Json:
    """Return one line's worth of *state*."""
    return {
        "transfer_id": state.transfer_id.hex(),
        "role": state.role.name.lower(),
        "counterparty": state.counterparty,
        "phase": state.phase.name,
        "outcome": None if state.outcome is None else state.outcome.name,
        "revision": state.revision,
        "code": state.code,
        "code_name": _code(state.code),
        "paths": list(state.paths),
        "expires": state.expires,
        "ended": state.ended,
    }


def listing(party: Party, *, role: Role | None, phase: Phase | None, limit: int) -> list[Json]:
    """Return the newest transfers, newest first."""
    query = select(t.transfers.c.state).order_by(desc(t.transfers.c.created), desc(t.transfers.c.updated))
    if role is not None:
        query = query.where(t.transfers.c.role == int(role))
    if phase is not None:
        query = query.where(t.transfers.c.phase == int(phase))
    rows = party.store.database.look(lambda connection: connection.execute(query.limit(min(limit, MOST))).all())
    return [summary(TransferState.decode(row.state)) for row in rows]


def detail(party: Party, transfer_id: bytes, *, payload: bool, wire: bool) -> Json | None:
    """Return all that is known of a transfer; its personal data if *payload*, its messages in hex if *wire*."""
    return party.store.read(lambda unit: _detail(party, unit, transfer_id, payload=payload, wire=wire))


def _detail(party: Party, unit: Unit, transfer_id: bytes, *, payload: bool, wire: bool) -> Json | None:
    found = unit.state(Role.ORIGINATOR, transfer_id) or unit.state(Role.BENEFICIARY, transfer_id)
    if found is None:
        return None
    state = found[0]
    shown = summary(state)
    shown["offers"] = [_offer(unit, state, revision, wire=wire) for revision in range(1, state.revision + 1)]
    if state.header_hash is not None:
        shown["header"] = _header(stored_header(unit, state))
    shown["statements"] = _statements(unit, state, wire=wire)
    shown["outbox"] = _outbox(unit, transfer_id)
    shown["record"] = _record(unit, state)
    if payload:
        shown["payload"] = _payload(party, unit, state)
    return shown


def _offer(unit: Unit, state: TransferState, revision: int, *, wire: bool) -> Json:
    row = unit.offer(state.role, state.transfer_id, revision)
    if row is None:
        return {"revision": revision}
    query = select(t.receipts.c.serial, t.receipts.c.message, t.receipts.c.time).where(
        t.receipts.c.role == int(state.role),
        t.receipts.c.transfer_id == state.transfer_id,
        t.receipts.c.revision == revision,
    )
    replies = unit.connection.execute(query.order_by(t.receipts.c.serial)).all()
    shown: Json = {"revision": revision, "header_hash": row.header_hash.hex(), "size": len(row.message)}
    shown["sha256"] = hashlib.sha256(row.message).hexdigest()
    shown["replies"] = [_reply(bytes(each.message), wire=wire) for each in replies]
    if wire:
        shown["message"] = row.message.hex()
    return shown


def _reply(data: bytes, *, wire: bool) -> Json:
    signed = uncarry(Reply, data).receipt
    receipt = Receipt.decode(cose.payload_of(signed))
    shown = {
        "serial": receipt.serial,
        "decision": Decision(receipt.decision).name,
        "code": receipt.code,
        "code_name": _code(receipt.code),
        "checks": [check.name for check in Check if receipt.checks & check],
        "paths": list(receipt.paths),
        "until": receipt.until,
        "time": receipt.time,
        "receipt_hash": cose.payload_hash(signed).hex(),
        "size": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    if wire:
        shown["message"] = data.hex()
    return shown


def _header(header: OfferHeader) -> Json:
    return {
        "originator": header.originator,
        "beneficiary": header.beneficiary,
        "issued": header.issued,
        "expires": header.expires,
        "counter": header.counter,
        "originator_pack": header.originator_pack.hex(),
        "beneficiary_pack": header.beneficiary_pack.hex(),
        "flag": header.flag.hex(),
        "values": {value.currency: value.point.hex() for value in header.values},
        "unit": header.unit.hex(),
        "payload_root": header.payload_root.hex(),
        "ct_hash": header.ct_hash.hex(),
    }


def _statements(unit: Unit, state: TransferState, *, wire: bool) -> list[Json]:
    query = select(t.statements).where(
        t.statements.c.role == int(state.role), t.statements.c.transfer_id == state.transfer_id
    )
    shown = []
    for row in unit.connection.execute(query.order_by(t.statements.c.time)):
        each: Json = {"state": Phase(row.state).name, "time": row.time}
        for side in ("ours", "theirs"):
            data = getattr(row, side)
            each[side] = None if data is None else hashlib.sha256(data).hexdigest()
            if wire and data is not None:
                each[f"{side}_message"] = data.hex()
        shown.append(each)
    return shown


def _outbox(unit: Unit, transfer_id: bytes) -> list[Json]:
    rows = unit.connection.execute(select(t.outbox).where(t.outbox.c.transfer_id == transfer_id))
    return [
        {"effect": row.kind, "attempts": row.attempts, "not_before": row.not_before, "problem": row.problem}
        for row in rows
    ]


def _record(unit: Unit, state: TransferState) -> Json | None:
    query = select(t.records).where(t.records.c.role == int(state.role), t.records.c.transfer_id == state.transfer_id)
    row = unit.connection.execute(query).first()
    if row is None:
        return None
    return {
        "record": row.record.hex(),
        "entry": hashlib.sha256(row.record).hexdigest(),
        "state": row.state,
        "log_index": row.log_index,
        "proof_size": None if row.proof is None else len(row.proof),
    }


def _payload(party: Party, unit: Unit, state: TransferState) -> Json | None:
    contents = party.contents(unit, state.role, state.transfer_id, state.revision)
    if contents is None or contents.payload is None:
        return None
    payload = contents.payload
    return {
        "tier": payload.tier.name,
        "identity": to_json(payload.identity),
        "asset": payload.transfer.asset,
        "amount": str(payload.transfer.amount),
        "destinationAddress": payload.transfer.destination_address,
        "sourceAddress": payload.transfer.source_address,
        "purpose": payload.transfer.purpose,
        "originatorCustomer": payload.transfer.originator_customer,
        "beneficiaryCustomer": payload.transfer.beneficiary_customer,
        "values": {}
        if contents.openings is None
        else {value.currency: value.value for value in contents.openings.values},
    }


def _code(code: int | None) -> str | None:
    return Code(code).name if code is not None and code in Code.__members__.values() else None
