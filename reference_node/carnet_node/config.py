"""The node's configuration: TOML in, frozen dataclasses out, and one clear line for whatever is wrong in it."""

import re
import tomllib
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, Final, TypeVar, final, get_args, get_origin, get_type_hints

from carnet.crypto.group import TableSize
from carnet_node.errors import ConfigError

S = TypeVar("S")

FILE_NAME: Final = "carnet.toml"
MAX_PORT: Final = 65535


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ServerConfig:
    """Where the node listens, and how much at once."""

    listen: str
    max_concurrent: int = 512
    max_per_peer: int = 128
    drain_s: float = 5.0
    connection_age_s: int = 3600


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DirectoryConfig:
    """Which directory, and whose signature it must bear."""

    authority: str
    file: Path = Path("directory")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PathsConfig:
    """Where the node's own files are."""

    keystore: Path = Path("keystore")
    database: Path = Path("node.db")
    published: Path = Path("published")
    packs: Path = Path("packs")
    quotes: Path = Path("quotes")
    fetched: Path = Path("quotes-fetched")
    control: Path = Path("control.sock")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class OffersConfig:
    """How our own offers are made and sent."""

    validity_s: int = 3600
    deadline_s: float = 10.0
    retry_first_s: float = 0.5
    retry_most_s: float = 60.0
    poll_first_s: float = 1.0
    in_flight: int = 64


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsConfig:
    """The sandbox's scripted decisions, by destination address."""

    default: str = "accept"
    accept: tuple[str, ...] = ()
    reject: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    unknown_wallet: str = "accept"
    wallets: Path | None = None
    screening: Path | None = None


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ChainConfig:
    """The sandbox's chain: a file that its nodes share."""

    file: Path = Path("chain.jsonl")
    auto_broadcast: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class LogConfig:
    """How often the log grows, by how much at once, and whether its proofs are made here.

    With *covers*, each interval is filled up to a power of two, and to *cover_floor* even if nothing has ended.
    """

    interval_s: float = 1.0
    batch: int = 1024
    prove: bool = True
    covers: bool = True
    cover_floor: int = 0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ProofsConfig:
    """How many processes make proofs, and how: with which tables, or in constant time and without any."""

    workers: int = 1
    tables: str = "small"
    hardened: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class WitnessConfig:
    """Whether this node cosigns the logs of others, and under which name."""

    enabled: bool = False
    name: str = ""


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class HttpConfig:
    """Whether the published folder (and the witness, if the node is one) is served over HTTP, where, and to whom.

    *auditors* are SHA-256 of the tokens of those who may read more than everybody may, in hex.
    """

    enabled: bool = False
    listen: str = "127.0.0.1:7380"
    certificate: Path | None = None
    key: Path | None = None
    auditors: tuple[str, ...] = ()
    max_connections: int = 256
    request_s: float = 30.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyConfig:
    """Whether packs whose issuer is not sure of their facts may judge."""

    unverified: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class FeedConfig:
    """Where signed quotes are fetched from, if anywhere; how often, and how long an issuer may be silent."""

    url: str = ""
    refresh_s: int = 60
    stale_s: int = 900
    timeout_s: float = 5.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ReportsConfig:
    """How long an epoch's report waits for what counterparties have to show, and how often they are asked."""

    wait_s: float = 172_800.0
    retry_first_s: float = 2.0
    retry_most_s: float = 900.0


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxConfig:
    """What only a sandbox may do; *clock* lets a command move the node's clock."""

    clock: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class ObserveConfig:
    """How loud the node's log is; *stages* has `carnet_node.stages` measure where the time goes."""

    level: str = "info"
    stages: bool = False


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Config:
    """All of carnet.toml; *home* is the folder that relative paths start from."""

    home: Path
    server: ServerConfig
    directory: DirectoryConfig
    paths: PathsConfig = field(default_factory=PathsConfig)
    offers: OffersConfig = field(default_factory=OffersConfig)
    decisions: DecisionsConfig = field(default_factory=DecisionsConfig)
    chain: ChainConfig = field(default_factory=ChainConfig)
    log: LogConfig = field(default_factory=LogConfig)
    proofs: ProofsConfig = field(default_factory=ProofsConfig)
    witness: WitnessConfig = field(default_factory=WitnessConfig)
    http: HttpConfig = field(default_factory=HttpConfig)
    observe: ObserveConfig = field(default_factory=ObserveConfig)
    policy: PolicyConfig = field(default_factory=PolicyConfig)
    quotes: FeedConfig = field(default_factory=FeedConfig)
    reports: ReportsConfig = field(default_factory=ReportsConfig)
    sandbox: SandboxConfig = field(default_factory=SandboxConfig)


_TOKEN_HASH: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CHOICES: Final = {
    "proofs.tables": tuple(size.name.lower() for size in TableSize),
    "decisions.default": ("accept", "reject", "pending"),
    "decisions.unknown_wallet": ("accept", "reject"),
    "observe.level": ("debug", "info", "warning", "error"),
}

_FROM_ZERO: Final = frozenset({"log.cover_floor"})
"""The whole numbers that may be 0."""


def load_config(home: Path) -> Config:
    """Return the configuration in folder *home*.

    Raises:
        ConfigError: It is missing, is no TOML, or a key is unknown, missing or of the wrong kind.
    """
    file = home / FILE_NAME
    try:
        data = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{file}: cannot be read ({error.strerror}); `carnet-node init` makes one") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{file}: not UTF-8, at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: {error}") from error
    sections = {each.name: hint for each, hint in _fields(Config) if each.name != "home"}
    for key in data:
        if key not in sections:
            raise ConfigError(f"{file}: unknown key {key}")
    made = {}
    for name, kind in sections.items():
        table = data.get(name, {})
        if not isinstance(table, dict):
            raise ConfigError(f"{file}: {name} must be a table")
        made[name] = _section(kind, table, name=name, file=file, home=home)
    config = Config(home=home, **made)
    if not is_address(config.server.listen):
        raise ConfigError(f"{file}: server.listen must be host:port, with a port of at most {MAX_PORT}")
    _check_http(config.http, file=file)
    return config


def _check_http(http: HttpConfig, *, file: Path) -> None:
    if not is_address(http.listen):
        raise ConfigError(f"{file}: http.listen must be host:port, with a port of at most {MAX_PORT}")
    if (http.certificate is None) != (http.key is None):
        raise ConfigError(f"{file}: http.certificate and http.key come together")
    if any(_TOKEN_HASH.fullmatch(each) is None for each in http.auditors):
        raise ConfigError(f"{file}: http.auditors must be SHA-256 of tokens, in 64 small hex digits each")
    host = http.listen.rpartition(":")[0]
    if http.enabled and http.certificate is None and not (host in {"localhost", "[::1]"} or host.startswith("127.")):
        raise ConfigError(f"{file}: http.listen: without http.certificate, on a loopback address alone")


def is_address(text: str) -> bool:
    """Return whether *text* is host:port; a port that is too high would be listened on modulo 65536."""
    host, _, port = text.rpartition(":")
    return bool(host) and port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= MAX_PORT


def _fields(kind: type[Any]) -> list[tuple[Any, Any]]:
    hints = get_type_hints(kind)
    return [(each, hints[each.name]) for each in fields(kind)]


def _section(kind: type[S], table: dict[str, Any], *, name: str, file: Path, home: Path) -> S:
    known = {each.name: (each, hint) for each, hint in _fields(kind)}
    for key in table:
        if key not in known:
            raise ConfigError(f"{file}: unknown key {name}.{key}")
    values = {}
    for key, (each, hint) in known.items():
        if key in table:
            values[key] = _value(hint, table[key], key=f"{name}.{key}", file=file)
        elif each.default is MISSING:
            raise ConfigError(f"{file}: {name}.{key} is missing")
        else:
            values[key] = each.default
        if isinstance(values[key], Path):
            values[key] = home / values[key]
    return kind(**values)


def _value(hint: Any, value: Any, *, key: str, file: Path) -> Any:
    if (choices := _CHOICES.get(key)) is not None and value not in choices:
        raise ConfigError(f"{file}: {key} must be one of {', '.join(choices)}")
    kind = (
        next((arg for arg in get_args(hint) if arg is not type(None)), hint) if get_origin(hint) is not tuple else hint
    )
    if kind is Path and isinstance(value, str) and value:
        return Path(value)
    if kind is float and type(value) in {int, float} and value > 0:
        return float(value)
    if kind is int and type(value) is int and value >= (0 if key in _FROM_ZERO else 1):
        return value
    if kind in {str, bool} and type(value) is kind:
        return value
    if get_origin(kind) is tuple and isinstance(value, list) and all(type(one) is str for one in value):
        return tuple(value)
    wanted = "a whole number" if key in _FROM_ZERO else _WORDS.get(kind, "a list of strings")
    raise ConfigError(f"{file}: {key} must be {wanted}")


_WORDS: Final = {
    Path: "a path",
    float: "a number above 0",
    int: "a whole number above 0",
    str: "a string",
    bool: "true or false",
}
