"""`carnet-node quickstart`: one node from nothing, in a network of its own, and what to try with it.

The sandbox's authority and issuers are played by the same person: their keys lie beside the node, in the form that
`carnet directory sign` and `carnet quote issue` take. The next start goes on with what is there.
"""

import asyncio
import os
import secrets
import signal
import socket
import sys
import time
from pathlib import Path
from typing import Final

from carnet.crypto import cose
from carnet.crypto.coins import system_coins
from carnet.crypto.lockbox import INTERACTIVE, Lock
from carnet.crypto.sign import public_key
from carnet.errors import CarnetError
from carnet.identity.signing_key import AUTHORITY, ISSUER, SigningKey, lock_signing_key, unlock_signing_key
from carnet.messages import Directory
from carnet.params import MAX_DIRECTORY
from carnet.secret import Secret
from carnet_node.config import FILE_NAME, load_config
from carnet_node.demo.network import DAY_S, HOST, Founder, free_ports, read_member, sign_directory, write_law
from carnet_node.errors import ConfigError
from carnet_node.files import PRIVATE, replace_file
from carnet_node.init import NewNode, create_node

NETWORK: Final = "carnet-sandbox"
VASP: Final = "sandbox-vasp"
PORT: Final = 7300
RENEW_S: Final = 7 * DAY_S
PURPOSES: Final = {"authority": AUTHORITY, "quotes": ISSUER, "packs": ISSUER}

NEXT: Final = """
{vasp} is ready at {endpoint}, alone in its network. In another terminal, try:

  {carnet_node} status --node {home}
  {carnet} directory show {home}/directory
  {carnet} inspect {home}/published/bundle
  {carnet_node} demo --keep kept                (three VASPs, and what they exchange)
  {carnet_audit} verify kept/alice/published kept/bob/published

{home}/carnet.toml says what can be set. Ctrl-C stops the node; the next start goes on from here.
"""


def quickstart(home: Path) -> None:
    """Make a node and its sandbox in *home*, if there is none yet, and serve until a signal.

    Raises:
        NodeError: It cannot be made or started.
    """
    now = int(time.time())
    passphrase = _passphrase(home)
    if not (home / FILE_NAME).exists():
        _make(home, passphrase, now=now)
    try:
        founder = _founder(home, passphrase)
        _renew(home, founder, now=now)
    except (OSError, CarnetError) as error:
        raise ConfigError(f"{home}/sandbox: cannot be used ({error}); move {home} away to start anew") from error
    _serve(home, passphrase)


def _sandbox(home: Path) -> Path:
    return home / "sandbox"


def _passphrase(home: Path) -> Secret[bytes]:
    """Return the sandbox's passphrase, made at the first start: nobody is asked to invent one for a toy."""
    file = _sandbox(home) / "passphrase"
    if file.exists():
        return Secret(file.read_bytes().strip())
    if (home / FILE_NAME).exists():
        raise ConfigError(f"{home}: holds a node that quickstart has not made; start it with `carnet-node run {home}`")
    for folder in (home, file.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    passphrase = secrets.token_urlsafe(24)
    replace_file(file, f"{passphrase}\n".encode(), mode=PRIVATE)
    return Secret(passphrase.encode())


def _make(home: Path, passphrase: Secret[bytes], *, now: int) -> None:
    """Make the sandbox's keys, then the node: its carnet.toml comes last, and says that all is there."""
    founder = Founder.new()
    lock = Lock.new(passphrase, coins=system_coins, cost=INTERACTIVE)
    for name, purpose in PURPOSES.items():
        key = SigningKey(name=f"{name}.example", seed=getattr(founder, name).reveal())
        locked = lock_signing_key(key, purpose=purpose, lock=lock, coins=system_coins)
        replace_file(_sandbox(home) / name, locked, mode=PRIVATE)
    replace_file(_sandbox(home) / "authority.hex", f"{founder.authority_hex}\n".encode())
    (home / "keystore").unlink(missing_ok=True)  # of an attempt that was interrupted
    address = f"{HOST}:{_port()}"
    new = NewNode(
        network=NETWORK,
        vasp=VASP,
        name="A sandbox",
        jurisdiction="FATF",
        endpoint=address,
        listen=address,
        log_origin=f"{VASP}.example/carnet",
        authority=founder.authority_hex,
    )
    create_node(home, new, passphrase=passphrase, cost=INTERACTIVE, now=now, coins=system_coins)


def _port() -> int:
    """Return the usual port, or a free one if somebody listens there."""
    with socket.socket() as probe:
        return free_ports(1)[0] if probe.connect_ex((HOST, PORT)) == 0 else PORT


def _founder(home: Path, passphrase: Secret[bytes]) -> Founder:
    seeds = {}
    for name, purpose in PURPOSES.items():
        locked = (_sandbox(home) / name).read_bytes()
        seeds[name] = unlock_signing_key(locked, purpose=purpose, passphrase=passphrase).secret
    return Founder(**seeds)


def _renew(home: Path, founder: Founder, *, now: int) -> None:
    """Sign packs and quotes for today, and the directory if it is new or soon over."""
    write_law(home, founder, now=now)
    file, version = home / "directory", 0
    if file.exists():
        signed = file.read_bytes()
        public = public_key(founder.authority)
        known = cose.open_signed_by(Directory, signed, public=public, limit=MAX_DIRECTORY)
        if known.expires > now + RENEW_S:
            return
        version = known.version
    members = (read_member(home),)
    signed = sign_directory(founder, members=members, witnesses=(), now=now, network=NETWORK, version=version + 1)
    replace_file(file, signed)


def _serve(home: Path, passphrase: Secret[bytes]) -> None:
    from carnet_node.serve import serve  # noqa: PLC0415 - gRPC takes its time

    def ready(result: dict[str, object]) -> None:
        programs = Path(os.path.relpath(sys.executable)).parent
        commands = {name.replace("-", "_"): programs / name for name in ("carnet", "carnet-node", "carnet-audit")}
        sys.stdout.write(NEXT.format(vasp=result["vasp"], endpoint=result["endpoint"], home=home, **commands))
        sys.stdout.flush()

    signals = (signal.SIGTERM, signal.SIGINT)
    asyncio.run(serve(load_config(home), passphrase=passphrase.reveal(), ready=ready, signals=signals))
