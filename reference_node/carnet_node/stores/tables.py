"""The tables of the node's database.

Personal data of transfers stand in `payloads` and `records.source` alone, and amounts and sums in `reportables.box`,
`reports.sums` and `windows.box` besides: all of it sealed. Times are seconds since the epoch unless a name says
otherwise.
"""

from typing import Final

from sqlalchemy import (
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)

SCHEMA_VERSION: Final = 2
"""What `PRAGMA user_version` must say."""

METADATA: Final = MetaData()

MAX_INTEGER: Final = 2**63 - 1
"""The largest integer that a column holds; a peer's dates may be beyond it."""


def _integer(name: str, *, null: bool = False) -> Column[int]:
    return Column(name, Integer, nullable=null)


def _bytes(name: str, *, null: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, nullable=null)


def _text(name: str, *, null: bool = False) -> Column[str]:
    return Column(name, Text, nullable=null)


transfers: Final = Table(
    "transfers",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _integer("version"),  # counts the replacements of the state
    _integer("phase"),
    _text("counterparty"),
    _bytes("state"),  # carnet.exchange.states.TransferState
    _integer("next_tick", null=True),  # when time alone may move it
    _integer("created"),
    _integer("updated"),
    PrimaryKeyConstraint("role", "transfer_id"),
    Index("transfers_tick", "next_tick"),
    Index("transfers_phase", "phase"),
    Index("transfers_created", "created"),
)
offers: Final = Table(
    "offers",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _integer("revision"),
    _bytes("header_hash"),
    _bytes("message"),  # as it travelled
    _integer("time"),
    PrimaryKeyConstraint("role", "transfer_id", "revision"),
)
receipts: Final = Table(
    "receipts",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _integer("revision"),
    _integer("serial"),
    _bytes("message"),  # as it travelled
    _integer("time"),
    PrimaryKeyConstraint("role", "transfer_id", "revision", "serial"),
)
statements: Final = Table(  # of a transfer's ending, as they travelled
    "statements",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _integer("state"),
    _bytes("ours", null=True),
    _bytes("theirs", null=True),
    _integer("time"),
    PrimaryKeyConstraint("role", "transfer_id", "state"),
)
transfer_keys: Final = Table(  # one random key per transfer, wrapped by the keystore's storage key
    "transfer_keys",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _bytes("wrapped"),
    PrimaryKeyConstraint("role", "transfer_id"),
)
payloads: Final = Table(  # sealed under the transfer's key
    "payloads",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _integer("revision"),
    _bytes("box"),
    PrimaryKeyConstraint("role", "transfer_id", "revision"),
)
outbox: Final = Table(
    "outbox",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _text("kind"),
    _bytes("transfer_id"),
    _integer("revision"),
    Column("not_before", Float, nullable=False),
    _integer("attempts"),
    _text("problem", null=True),  # what stopped the last attempt
    sqlite_autoincrement=True,
)
channels: Final = Table(  # role: which end of the channel's transfers we are
    "channels",
    METADATA,
    _integer("role"),
    _text("counterparty"),
    _integer("sent"),  # our last counter
    _bytes("window"),  # carnet.exchange.counters.CounterWindow of theirs
    PrimaryKeyConstraint("role", "counterparty"),
)
bundles: Final = Table(
    "bundles",
    METADATA,
    _text("vasp"),
    _integer("serial"),
    _bytes("signed"),
    _integer("expires"),
    PrimaryKeyConstraint("vasp", "serial"),
)
directories: Final = Table(  # the newest version seen: rollback is refused also after a restart
    "directories",
    METADATA,
    Column("network", Text, primary_key=True),
    _integer("version"),
    _bytes("signed"),
)
packs: Final = Table(  # every policy pack ever loaded: records are judged by the pack of their time
    "packs",
    METADATA,
    Column("hash", LargeBinary, primary_key=True),
    _bytes("signed"),
)
deposits: Final = Table(  # which transfer a deposit has settled
    "deposits",
    METADATA,
    Column("key", LargeBinary, primary_key=True),
    _bytes("transfer_id"),
)
evidence: Final = Table(  # two contents for what can have only one
    "evidence",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _text("kind"),
    _text("peer"),
    _integer("role"),
    _bytes("transfer_id"),
    _integer("revision"),
    _bytes("first"),
    _bytes("second"),
    _integer("time"),
    UniqueConstraint("kind", "transfer_id", "revision", "second"),
)
records: Final = Table(
    "records",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _integer("role"),
    _bytes("transfer_id"),
    _bytes("record"),  # carnet.log.record.Record
    _bytes("source", null=True),  # what the prover needs, or what opens a cover; sealed under the storage key
    _text("state"),  # QUEUED, LOGGED or PROVED
    _integer("log_index", null=True),
    _bytes("proof", null=True),
    _integer("queued"),
    UniqueConstraint("role", "transfer_id"),
    Index("records_state", "state"),
    Index("records_index", "log_index"),
    sqlite_autoincrement=True,
)
entries: Final = Table(  # the entries of our transfers' records, by which other members ask for them
    "entries",
    METADATA,
    Column("entry", LargeBinary, primary_key=True),
    _integer("record"),
)
reportables: Final = Table(  # what the next report needs of a transfer that both ends have signed; erased with it
    "reportables",
    METADATA,
    _integer("role"),
    _bytes("transfer_id"),
    _text("counterparty"),
    _integer("epoch"),  # of the record
    _bytes("box"),  # carnet_node.reportable.StoredReportable, sealed under the storage key
    _bytes("proof", null=True),  # that the other end's record is in its log: a tlog-proof
    _integer("attempts"),
    Column("next_try", Float, nullable=False),
    PrimaryKeyConstraint("role", "transfer_id"),
    Index("reportables_unshown", "next_try", sqlite_where=text("proof IS NULL")),
)
reports: Final = Table(  # one for each epoch, from the first one on
    "reports",
    METADATA,
    Column("serial", Integer, primary_key=True),
    _integer("epoch"),
    _text("state"),  # as carnet_node.stores.report_store has it
    Column("start", Integer, nullable=False),
    Column("end", Integer, nullable=False),
    _bytes("root"),
    _integer("fixed"),  # when the range was
    _bytes("signed", null=True),
    _bytes("windows", null=True),  # what lies beside it as windows/<serial>
    _bytes("sums", null=True),  # what opens its rows, sealed under the storage key
    _integer("issued", null=True),
)
disclosures: Final = Table(  # what authorities and auditors asked for, and what became of it
    "disclosures",
    METADATA,
    Column("request_hash", LargeBinary, primary_key=True),
    _bytes("request"),  # as it was signed
    _integer("received"),
    _text("state"),  # RECEIVED, APPROVED, REJECTED or RESPONDED
    _text("declined"),  # the numbers of records that are not shown, joined by spaces
    _bytes("response", null=True),  # as it travels, sealed
    _bytes("opened", null=True),  # carnet.disclosure.messages.OpenedNotice
    _integer("open_at", null=True),  # when that is to be published; null once it is
    Index("disclosures_open", "open_at"),
)
disclosure_trail: Final = Table(  # who did what about a disclosure, and when; rows are added and never changed
    "disclosure_trail",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _bytes("request_hash"),
    _integer("time"),
    _text("act"),
    _text("officer", null=True),
    _text("reason", null=True),
    sqlite_autoincrement=True,
)
windows: Final = Table(  # the transfers that a customer's window sums count, in the order of their offers
    "windows",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    _bytes("customer"),  # a keyed hash
    _bytes("chain"),
    _integer("slot"),
    Column("start", Integer, nullable=False),
    _integer("reach"),  # how many epochs the pack's window reaches back
    _integer("role"),
    _bytes("transfer_id"),
    _integer("revision"),
    _integer("standing"),  # carnet.reporting.customer.Standing
    _integer("epoch", null=True),  # of the record
    _integer("shown", null=True),  # the serial of the first report whose page shows the slot
    _integer("reported", null=True),  # the serial of the report whose page shows the record
    _bytes("box"),  # carnet_node.windows.StoredSlot, sealed under the storage key
    _bytes("proof", null=True),  # as a phantom
    UniqueConstraint("chain", "slot"),
    UniqueConstraint("role", "transfer_id", "revision"),
    Index("windows_customer", "customer"),
    sqlite_autoincrement=True,
)
unshown: Final = Table(  # entries whose proofs are made, and perhaps not in the published folder yet
    "unshown",
    METADATA,
    Column("log_index", Integer, primary_key=True, autoincrement=False),
)
head: Final = Table(  # of our own log: one row, changed by compare-and-swap on its size
    "head",
    METADATA,
    Column("id", Integer, primary_key=True),
    _integer("size"),
    _bytes("root"),
    _bytes("frontier"),
    _bytes("checkpoint"),  # the note that we signed
    _bytes("published", null=True),  # the newest note with its cosignatures
)
witness_heads: Final = Table(  # what we have cosigned, by log
    "witness_heads",
    METADATA,
    Column("origin", Text, primary_key=True),
    _integer("size"),
    _bytes("root"),
    _integer("time"),
)
