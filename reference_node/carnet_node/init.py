"""A fresh node's folder: keys, a commented configuration, and the card by which an authority admits it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final, final

from carnet.crypto.coins import Coins
from carnet.crypto.lockbox import Cost, Lock
from carnet.crypto.tls import make_certificate
from carnet.identity.keystore import Keystore, lock_keystore, new_keystore
from carnet.messages import Member, Witness
from carnet.secret import Secret
from carnet_node.config import FILE_NAME
from carnet_node.errors import ConfigError
from carnet_node.files import PRIVATE, replace_file

CERTIFICATE_S: Final = 2 * 365 * 86400
CARD: Final = "member.cbor"
WITNESS_CARD: Final = "witness.cbor"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class NewNode:
    """Who a new node is; *witness* is the name under which it cosigns, if it does."""

    network: str
    vasp: str
    name: str
    jurisdiction: str
    endpoint: str
    listen: str
    log_origin: str
    authority: str = ""
    witness: str = ""
    settings: str = ""
    """More lines for carnet.toml."""


def create_node(home: Path, new: NewNode, *, passphrase: Secret[bytes], cost: Cost, now: int, coins: Coins) -> Keystore:
    """Make folder *home* for *new*, with member.cbor (and witness.cbor) in it; no file is ever overwritten.

    Raises:
        ConfigError: There is a node already, or the passphrase is empty.
    """
    if not passphrase.reveal():
        raise ConfigError("an empty passphrase protects nothing")
    for name in (FILE_NAME, "keystore"):
        if (home / name).exists():
            raise ConfigError(f"{home / name}: exists already; a node's keys are made once")
    tls = make_certificate(not_before=now - 3600, not_after=now + CERTIFICATE_S)
    keystore = new_keystore(
        network=new.network, vasp=new.vasp, log_origin=new.log_origin, tls=tls, now=now, coins=coins
    )
    member = Member(
        vasp=new.vasp,
        name=new.name,
        jurisdiction=new.jurisdiction,
        identity_key=keystore.identity_public,
        log_origin=keystore.log_origin,
        endpoint=new.endpoint,
        tls_certificates=(keystore.tls_certificate,),
    )
    for folder in (home, home / "published", home / "packs", home / "quotes"):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700 if folder == home else 0o755)
    lock = Lock.new(passphrase, coins=coins, cost=cost)
    replace_file(home / "keystore", lock_keystore(keystore, lock=lock, coins=coins), mode=PRIVATE)
    replace_file(home / CARD, member.encode())
    if new.witness:
        card = Witness(
            name=new.witness,
            key=keystore.witness_public,
            endpoint=new.endpoint,
            tls_certificates=(keystore.tls_certificate,),
        )
        replace_file(home / WITNESS_CARD, card.encode())
    replace_file(home / FILE_NAME, _toml(new).encode())
    return keystore


def _toml(new: NewNode) -> str:
    witness = f'enabled = true\nname = "{new.witness}"' if new.witness else '# enabled = true\n# name = ""'
    return _TEMPLATE.format(listen=new.listen, authority=new.authority, witness=witness, settings=new.settings)


_TEMPLATE: Final = """\
# One Carnet node. Paths start from this folder; what is commented out is the default. An unknown key is an error.

[server]
listen = "{listen}"          # where counterparties reach us, over mutual TLS 1.3
# max_concurrent = 512       # calls at once, of all peers
# max_per_peer = 128         # calls at once, of one peer
# drain_s = 5.0              # how long a stop waits for calls under way
# connection_age_s = 3600    # a connection is made anew after this

[directory]
authority = "{authority}"    # the public key, in hex, that signs the directory
# file = "directory"         # the signed directory

# [paths]
# keystore = "keystore"
# database = "node.db"
# published = "published"    # what auditors read
# packs = "packs"            # signed policy packs: ours and our counterparties'
# quotes = "quotes"          # signed quotes; the newest in force is used
# fetched = "quotes-fetched" # those that the node fetches itself, see [quotes]
# control = "control.sock"   # where commands reach the running node

# [policy]
# unverified = false         # may packs judge whose issuer is not sure of their facts?

# [quotes]
# url = ""                   # where an issuer serves signed quotes, if it does: http or https
# refresh_s = 60             # how old what was fetched may be before it is fetched anew
# stale_s = 900              # how long the issuer may be silent before its quotes are thrown away
# timeout_s = 5.0

# [offers]
# validity_s = 3600          # how long an offer of ours may be answered
# deadline_s = 10.0          # how long one call may take
# retry_first_s = 0.5        # the first pause before another attempt; it doubles
# retry_most_s = 60.0
# poll_first_s = 1.0         # the same for asking about a pending offer
# in_flight = 64             # effects at once

# Decisions by script, by destination address: a sandbox in place of people and lists.
# [decisions]
# default = "accept"         # or "reject", or "pending"
# accept = []
# reject = []
# pending = []
# wallets = "wallets.txt"    # our addresses, one a line, with the customer's pseudonym after it
# unknown_wallet = "accept"  # or "reject": what becomes of addresses that are not there
# screening = "list.txt"     # addresses that are refused without a reason

# The sandbox's chain: a file. Nodes that settle with each other name the same one: what one broadcasts, the other sees.
# [chain]
# file = "chain.jsonl"       # "../chain.jsonl", say, for nodes whose folders lie side by side
# auto_broadcast = false     # send the value as soon as an offer is accepted

# [log]
# interval_s = 1.0           # how often the log grows
# batch = 1024               # by how many records at most
# covers = true              # fill each interval up to a power of two with records of no transfer
# cover_floor = 8            # and to this many even if nothing has ended; nothing is added then without it
# prove = true               # make the proofs here

# [proofs]
# workers = 1                # how many processes make them
# tables = "small"           # none, small (13 MiB for each process), or big (117 MiB, and a third faster)
# hardened = false           # constant-time products only: for a machine that is shared with others; twice as slow

# [reports]
# wait_s = 172800            # how long an epoch's report waits for counterparties to show their records
# retry_first_s = 2.0        # the first pause before they are asked again; it doubles
# retry_most_s = 900.0

# [sandbox]
# clock = false              # may `carnet-node sandbox advance` move this node's clock? never outside a sandbox

[witness]
{witness}

# What is published, over HTTP: for auditors, and for logs that ask this node as a witness.
# [http]
# enabled = false
# listen = "127.0.0.1:7380"  # without a certificate, a loopback address alone: behind a proxy that has one
# certificate = "http.crt"   # PEM, with its chain
# key = "http.key"
# auditors = []              # SHA-256 of the tokens of entitled auditors; `carnet-node auditor-token` makes them
# max_connections = 256
# request_s = 30.0           # how long a request and its answer may take

# [observe]
# level = "info"             # of the JSON lines on stderr
# stages = false             # measure where the time goes, and show it in the status: for benchmarks
{settings}"""
