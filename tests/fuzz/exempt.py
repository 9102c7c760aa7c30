"""Functions that are called like a decoder and have no target, each with its reason."""

COMMAND = "a command around functions that have targets"
FILE = "reads a file, and has a target's function open it"
PROTOCOL = "a declaration, without code"
STORE = "reads what this node itself has stored, by queries"

OWN_STATE = "reads the auditor's own state, whose digest has been checked"

EXEMPT = {
    "carnet.audit.log.Place.from_json": OWN_STATE,
    "carnet.audit.report.Counts.load": OWN_STATE,
    "carnet.audit.report.Findings.from_json": OWN_STATE,
    "carnet.audit.state.Keep.load": PROTOCOL,
    "carnet.cli.claims.Field.decode": PROTOCOL,
    "carnet.cli.directory.load_trust": FILE,
    "carnet.cli.directory.verify": COMMAND,
    "carnet.cli.keys.open_keystore": FILE,
    "carnet.cli.policy.compile_source": COMMAND,
    "carnet.cli.policy.verify_pack": COMMAND,
    "carnet.cli.quote.open_issuer": FILE,
    "carnet.cli.terminal.ask_passphrase": "takes any line",
    "carnet.cli.transfer.open_offer": COMMAND,
    "carnet.cli.verify.verify": COMMAND,
    "carnet.codec.Codec.load": PROTOCOL,
    "carnet.crypto.group.Group.decode": PROTOCOL,
    "carnet.evidence.read_page": FILE,
    "carnet.evidence_file.Seekable.read": PROTOCOL,
    "carnet.log.merkle.Frontier.load": STORE,
    "carnet.reporting.build.open_sums": STORE,
    "carnet.zk.statement.Part.read": PROTOCOL,
    "carnet_node.control.ask": "asks the node itself, over a socket of the same owner",
    "carnet_node.disclosures.Disclosures.open_due": "opens what this node itself has stored",
    "carnet_node.http_witness.HttpWitness.ask": "asks over HTTP; `pick_line`, which reads the answer, has a target",
    "carnet_node.membership.read_network": FILE,
    "carnet_node.publish.Folder.read": FILE,
    "carnet_node.stores.database.Database.look": STORE,
    "carnet_node.stores.database.Database.read": STORE,
    "carnet_node.stores.log_store.load_head": STORE,
    "carnet_node.stores.log_store.load_witness_head": STORE,
    "carnet_node.stores.unit.Store.read": STORE,
    "carnet_node.stores.window_store.load_chain": STORE,
    "carnet_node.stores.window_store.load_slot": STORE,
}
