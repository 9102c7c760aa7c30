"""Whom and what the node believes: the directory, the policy packs and the quotes, each verified when it is read."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.tls import pin
from carnet.errors import PeerError, PolicyError
from carnet.evidence import witnesses_of
from carnet.identity.directory import Trust, open_directory
from carnet.messages import Directory, KeyBundle, Member
from carnet.policy import PolicyPack, Quote, in_force, pack_hash
from carnet.policy.signed import open_pack
from carnet_node.errors import CommandError, ConfigError
from carnet_node.observe import logger

LOG = logger("network")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class SignedPack:
    """A policy pack as it was signed."""

    pack: PolicyPack
    hash: bytes
    signed: bytes


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A verified directory and the packs signed by its issuers; replaced as a whole when it is read anew."""

    trust: Trust
    signed: bytes
    packs: Mapping[bytes, SignedPack]
    unverified: bool = False
    by_pin: Mapping[bytes, Member] = field(repr=False)
    witness_by_pin: Mapping[bytes, str] = field(repr=False)

    @property
    def directory(self) -> Directory:
        """The verified directory."""
        return self.trust.directory

    def caller(self, certificate: bytes, *, witnesses: bool = False) -> str:
        """Return the member (or witness, if *witnesses*) whose TLS certificate has this pin; no name in it counts.

        Raises:
            PolicyError: ``member.unknown``.
        """
        if (member := self.by_pin.get(certificate)) is not None:
            return member.vasp
        if witnesses and (name := self.witness_by_pin.get(certificate)) is not None:
            return name
        raise PolicyError("member.unknown")

    def own_pack(self, vasp: str, *, now: int) -> SignedPack:
        """Return the newest pack in force in the jurisdiction of *vasp*.

        Raises:
            ConfigError: There is none.
        """
        jurisdiction = self.trust.member(vasp).jurisdiction
        found = self._judging(self.packs.values(), jurisdiction, now=now)
        if not found:
            unsure = any(one.pack.jurisdiction == jurisdiction for one in self.packs.values()) and not self.unverified
            told = "; one that is marked unverified counts with policy.unverified = true alone" if unsure else ""
            raise ConfigError(f"no policy pack for {jurisdiction} is in force: put one, signed, into paths.packs{told}")
        return max(found, key=lambda one: (one.pack.effective_from, one.pack.version))

    def pack_of(self, bundle: KeyBundle, *, now: int) -> SignedPack:
        """Return the newest pack of those that the counterparty's *bundle* names and that we know.

        Raises:
            CommandError: We know none of them.
        """
        jurisdiction = self.trust.member(bundle.vasp).jurisdiction
        known = [self.packs[each] for each in bundle.packs if each in self.packs]
        found = self._judging(known, jurisdiction, now=now)
        if not found:
            raise CommandError(f"no policy pack of {bundle.vasp} is among ours: put it, signed, into paths.packs")
        return max(found, key=lambda one: (one.pack.effective_from, one.pack.version))

    def _judging(self, packs: Iterable[SignedPack], jurisdiction: str, *, now: int) -> list[SignedPack]:
        found = []
        for one in packs:
            with suppress(PolicyError):
                in_force(one.pack, at=now, unverified=self.unverified)
                if one.pack.jurisdiction == jurisdiction:
                    found.append(one)
        return found


def load_network(
    file: Path,
    *,
    authority: bytes,
    packs: Path,
    now: int,
    newest: int,
    kept: Mapping[bytes, SignedPack],
    unverified: bool = False,
) -> Network:
    """Return the network of directory *file*; *newest* is the version last seen, *kept* the packs of earlier days.

    With *unverified*, packs whose issuer is not sure of their facts judge as well.

    Raises:
        ConfigError: The directory is missing, expired, rolled back, or not the authority's.
    """
    try:
        signed = file.read_bytes()
    except OSError as error:
        raise ConfigError(f"{file}: the directory (directory.file) cannot be read ({error.strerror})") from error
    try:
        directory = open_directory(signed, authority=authority, now=now, newest=newest)
        witnesses_of(directory)  # their names are such as notes can carry
    except PeerError as error:
        raise ConfigError(
            f"{file}: the directory (directory.file) is refused: {_SENTENCES.get(error.check, error)}"
        ) from error
    trust = Trust(directory=directory)
    return Network(
        trust=trust,
        signed=signed,
        packs={**kept, **load_packs(packs, trust)},
        unverified=unverified,
        by_pin={pin(der): member for member in directory.members for der in member.tls_certificates},
        witness_by_pin={pin(der): each.name for each in directory.witnesses for der in each.tls_certificates},
    )


_SENTENCES: Final = {
    "directory.expired": "it has expired; ask the authority for a newer one",
    "directory.rollback": "it is older than one that this node has seen",
    "evidence.name": "it names a witness with letters beyond ASCII, which no checkpoint can carry",
    "signature": "it is not signed by directory.authority",
    "signature.kid": "it is not signed by directory.authority",
}


def load_packs(folder: Path, trust: Trust) -> dict[bytes, SignedPack]:
    """Return the packs in *folder* that a pack issuer of *trust* has signed; others are left out, loudly.

    Raises:
        ConfigError: The folder is there, and cannot be read.
    """
    try:
        files = sorted(folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise ConfigError(f"{folder}: the packs (paths.packs) cannot be read ({error.strerror})") from error
    found = {}
    for file in files:
        try:
            signed = file.read_bytes()
            pack = open_pack(signed, trust=trust)
        except PeerError as error:
            LOG.warning("pack.refused", file=file.name, check=error.check)
            continue
        except OSError as error:
            LOG.warning("pack.refused", file=file.name, reason=error.strerror)
            continue
        one = SignedPack(pack=pack, hash=pack_hash(pack), signed=signed)
        found[one.hash] = one
    return found


class Quotes:
    """The signed quotes in *folder*, and those *fetched* into another, read again when a folder changes."""

    def __init__(self, folder: Path, *, fetched: Path | None = None) -> None:
        self._folder: Final = folder
        self._fetched: Final = fetched
        self._seen: tuple[int, int, int] | None = None
        self._quotes: list[tuple[Quote, bytes]] = []

    def for_asset(self, asset: str, currencies: frozenset[str], *, trust: Trust, now: int) -> tuple[bytes, ...]:
        """Return the newest quote in force for each of *currencies*.

        Raises:
            CommandError: There is none for one of them.
        """
        self._refresh(trust)
        chosen = []
        for currency in sorted(currencies):
            found = [
                (quote.not_before, signed)
                for quote, signed in self._quotes
                if (quote.asset, quote.currency) == (asset, currency) and quote.not_before <= now <= quote.not_after
            ]
            if not found:
                raise CommandError(
                    f"no quote in force prices {asset} in {currency}: put one, signed, into paths.quotes"
                )
            chosen.append(max(found)[1])
        return tuple(chosen)

    def _refresh(self, trust: Trust) -> None:
        try:
            stamp = self._folder.stat().st_mtime_ns
            ours = sorted(self._folder.iterdir())
        except OSError as error:
            raise CommandError(
                f"{self._folder}: the quotes (paths.quotes) cannot be read ({error.strerror})"
            ) from error
        fetched = self._fetched if self._fetched is not None and self._fetched.is_dir() else None
        seen = (stamp, fetched.stat().st_mtime_ns if fetched is not None else 0, trust.directory.version)
        if self._seen == seen:
            return
        found = []
        for file in [*ours, *(sorted(fetched.glob("*")) if fetched is not None else ())]:
            try:
                signed = file.read_bytes()
                found.append((open_quote(signed, trust), signed))
            except PeerError as error:
                LOG.warning("quote.refused", file=file.name, check=error.check)
            except FileNotFoundError:
                continue  # the feed took it away just now
            except OSError as error:
                LOG.warning("quote.refused", file=file.name, reason=error.strerror)
        self._quotes, self._seen = found, seen


def open_quote(signed: bytes, trust: Trust) -> Quote:
    """Return quote *signed*, if the issuer that it names signed it."""
    return cose.open_signed(Quote, signed, resolve=lambda claim, kid: _issuer(trust, claim, kid))


def _issuer(trust: Trust, claim: Quote, kid: bytes) -> bytes:
    return cose.only(trust.quote_issuer(claim.issuer))(claim, kid)
