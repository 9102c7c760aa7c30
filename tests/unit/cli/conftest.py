"""A small network made by the commands themselves: alice, bob, an authority, an issuer, two packs, two prices."""

import json
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from carnet.cli.app import app
from carnet.crypto.lockbox import Cost
from carnet.testing.world import BITCOIN, identity_json

CANARY = "CANARYSURNAME"
PASSPHRASE = "correct horse"
NETWORK = "carnet-test"


@dataclass(frozen=True)
class Outcome:
    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def carnet(*arguments: object) -> Outcome:
    """Run the command; nothing may escape as a traceback."""
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def done(*arguments: object) -> Any:
    outcome = carnet(*arguments, "--json")
    assert outcome.status == 0, outcome.err
    return outcome.json


@contextmanager
def cheap_and_known():
    """Let passphrases be known and cost nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("carnet.cli.terminal.INTERACTIVE", Cost(1, 8192))
        patch.setenv("CARNET_PASSPHRASE", PASSPHRASE)
        yield


@pytest.fixture(autouse=True)
def _passphrase():
    with cheap_and_known():
        yield


@dataclass(frozen=True)
class CliNetwork:
    home: Path
    authority: str
    issuer: str

    @property
    def trust(self) -> list[str]:
        return ["--directory", str(self.home / "directory"), "--authority", self.authority]

    @property
    def packs(self) -> list[str]:
        return ["--pack", str(self.home / "fatf.pack"), "--pack", str(self.home / "eu.pack")]

    def payload(self, path: Path, *, amount: object = "1000000", **changes: Any) -> Path:
        data = {
            "identity": identity_json(family=CANARY),
            "asset": BITCOIN,
            "amount": amount,
            "destinationAddress": "bc1q-invented",
        }
        path.write_text(json.dumps(data | changes))
        return path

    def seal(self, payload: Path, out: Path, *more: object, to: str = "bob") -> Outcome:
        quotes = ["--quote", self.home / "EUR.quote", "--quote", self.home / "USD.quote"]
        keystore = ["--keystore", self.home / "alice" / "keystore", "--bundle", self.home / f"{to}.bundle"]
        return carnet("seal", payload, *keystore, *self.trust, *self.packs, *quotes, "--out", out, "--json", *more)

    def open(self, offer: Path, *more: object, by: str = "bob") -> Outcome:
        return carnet("open", offer, "--keystore", self.home / by / "keystore", *self.trust, *self.packs, *more)


def new_keys(home: Path, vasp: str, jurisdiction: str) -> Any:
    named = ["--vasp", vasp, "--network", NETWORK, "--log-origin", f"{vasp}.example/carnet"]
    where = ["--endpoint", "127.0.0.1:7000", "--jurisdiction", jurisdiction, "--out", home / vasp, "--fast-kdf"]
    return done("keys", "new", *named, *where)


@pytest.fixture(scope="session")
def network(tmp_path_factory) -> CliNetwork:
    with cheap_and_known():
        return make_network(tmp_path_factory.mktemp("network"))


def make_network(home: Path) -> CliNetwork:
    authority = done("directory", "init", "--out", home / "authority", "--fast-kdf")["authority"]
    issuer = done("issuer", "new", "--name", "issuer.example", "--out", home / "issuer", "--fast-kdf")["issuer"]
    for name, source in (("fatf", "fatf-2019"), ("eu", "eu-tfr-2023")):
        done("policy", "sign", source, "--issuer", home / "issuer", "--out", home / f"{name}.pack")
    for vasp, jurisdiction, pack in (("alice", "FATF", "fatf"), ("bob", "EU", "eu"), ("carol", "FATF", "fatf")):
        new_keys(home, vasp, jurisdiction)
        bundle = ["--pack", home / f"{pack}.pack", "--out", home / f"{vasp}.bundle"]
        done("keys", "bundle", home / vasp / "keystore", "--endpoint", "127.0.0.1:7000", *bundle)
    made = CliNetwork(home, authority, issuer)
    sign_directory(made, home / "directory", version=2)
    for currency, price in (("EUR", 9_000_000), ("USD", 10_000_000)):
        priced = ["--asset", BITCOIN, "--currency", currency, "--exponent", 2, "--price", price, "--scale", 10**8]
        done(
            "quote", "issue", "--issuer", home / "issuer", *priced, "--valid", 3600, "--out", home / f"{currency}.quote"
        )
    return made


def sign_directory(network: CliNetwork, out: Path, *, version: int = 2, more: tuple[object, ...] = ()) -> Outcome:
    members = [each for vasp in ("alice", "bob", "carol") for each in ("--member", network.home / vasp / "member.cbor")]
    issuers = ["--quote-issuer", network.issuer, "--pack-issuer", network.issuer]
    terms = ["--network", NETWORK, "--version", version, "--unit", "EUR/2", "--quorum", 1, "--days", 30, "--out", out]
    authority = ["--authority", network.home / "authority", "--witness", network.home / "bob" / "witness.cbor"]
    return carnet("directory", "sign", *authority, *terms, *members, *issuers, "--json", *more)
