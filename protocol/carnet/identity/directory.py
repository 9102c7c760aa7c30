"""Directories and bundles: whom to believe, and for how long (spec/exchange.md#trust).

Unverified bytes go in, verified objects come out. A directory older than one already seen is a rollback, one past
its time a freeze: both are refused.
"""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import final

from carnet.crypto import cose
from carnet.crypto.tls import pin, subject
from carnet.errors import PolicyError, VerifyError
from carnet.messages import Directory, KeyBundle, Member, SealingKey
from carnet.params import CLOCK_SKEW_S, MAX_DIRECTORY
from carnet.schema import Message


def open_directory(data: bytes, *, authority: bytes, now: int, newest: int = 0) -> Directory:
    """Return the directory *data*, signed by *authority* and valid at *now*; *newest* is the last version seen.

    Raises:
        DecodeError: Not a signed directory, or ``certificate.form``.
        VerifyError: Signed by somebody else, or it lists a name, log, certificate, subject or witness key twice.
        PolicyError: ``directory.rollback``, ``directory.expired`` or ``directory.early``.
    """
    directory = cose.open_signed_by(Directory, data, public=authority, limit=MAX_DIRECTORY)
    if directory.version < newest:
        raise PolicyError("directory.rollback", f"version {directory.version}, seen {newest}")
    if now >= directory.expires:
        raise PolicyError("directory.expired", f"at {directory.expires}")
    if now + CLOCK_SKEW_S < directory.issued:
        raise PolicyError("directory.early", f"issued {directory.issued}")
    if any(len(set(listed)) != len(listed) for listed in _unique(directory)):
        raise VerifyError("directory.duplicate")
    return directory


def _unique(directory: Directory) -> tuple[Sequence[Hashable], ...]:
    """Return the lists in which *directory* must not say a thing twice: a witness listed twice would count twice.

    Who copies the subject of another's certificate shuts it out, where a TLS library finds the copy first.
    """
    members, witnesses = directory.members, directory.witnesses
    certificates = [der for member in members for der in member.tls_certificates]
    trusted = {*certificates, *(der for witness in witnesses for der in witness.tls_certificates)}
    return (
        [member.vasp for member in members],
        [member.log_origin for member in members],
        certificates,
        [subject(der) for der in trusted],  # a member that is a witness too may show one certificate
        [issuer.name for issuer in directory.quote_issuers],
        [witness.name for witness in witnesses],
        [witness.key for witness in witnesses],
    )


def open_bundle(data: bytes, *, member: Member, network: str, now: int, newest: int = 0) -> KeyBundle:
    """Return the key bundle *data* of *member*, valid at *now*; *newest* is the last serial seen.

    Raises:
        DecodeError: Not a signed bundle.
        VerifyError: Not signed with the identity key that the directory names, or a key's id is not its own.
        PolicyError: Of another network or VASP, rolled back, or expired; ``bundle.log``: of another log than the
            directory's, so that no VASP can begin its history anew.
    """
    bundle = cose.open_signed_by(KeyBundle, data, public=member.identity_key)
    if bundle.network != network or bundle.vasp != member.vasp:
        raise PolicyError("bundle.subject")
    if bundle.log_origin != member.log_origin:
        raise PolicyError("bundle.log")
    if bundle.serial < newest:
        raise PolicyError("bundle.rollback", f"serial {bundle.serial}, seen {newest}")
    if now >= bundle.expires:
        raise PolicyError("bundle.expired", f"at {bundle.expires}")
    if now + CLOCK_SKEW_S < bundle.issued:
        raise PolicyError("bundle.early", f"issued {bundle.issued}")
    if any(key.kid != cose.kid(key.public) for key in bundle.sealing_keys):
        raise VerifyError("bundle.kid")
    return bundle


def sealing_key(bundle: KeyBundle, *, now: int) -> SealingKey:
    """Return the newest sealing key of *bundle* that is in force at *now*.

    Raises:
        PolicyError: ``bundle.sealing``: there is none.
    """
    in_force = [key for key in bundle.sealing_keys if key.not_before <= now + CLOCK_SKEW_S and now < key.not_after]
    if not in_force:
        raise PolicyError("bundle.sealing")
    return max(in_force, key=lambda key: key.not_before)


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """A verified directory, with the look-ups that nodes and auditors need."""

    directory: Directory

    def member(self, vasp: str) -> Member:
        """Return the member called *vasp*.

        Raises:
            PolicyError: ``member.unknown``.
        """
        for member in self.directory.members:
            if member.vasp == vasp:
                return member
        raise PolicyError("member.unknown")

    def member_by_pin(self, certificate_pin: bytes) -> Member:
        """Return the member whose TLS certificate has *certificate_pin*; no name in it counts.

        Raises:
            PolicyError: ``member.unknown``.
        """
        for member in self.directory.members:
            if any(pin(der) == certificate_pin for der in member.tls_certificates):
                return member
        raise PolicyError("member.unknown")

    def identity_of(self, vasp: str, kid: bytes) -> bytes:
        """Return the identity key *kid* of *vasp*: a kid means something only within the VASP that an object names.

        Raises:
            PolicyError: ``member.unknown``.
            VerifyError: ``signature.kid``.
        """
        key = self.member(vasp).identity_key
        return cose.only(key)(Message(), kid)

    def quote_issuer(self, name: str) -> bytes:
        """Return the key of the quote issuer *name*.

        Raises:
            PolicyError: ``quote.issuer``: the directory names no such issuer.
        """
        for issuer in self.directory.quote_issuers:
            if issuer.name == name:
                return issuer.key
        raise PolicyError("quote.issuer")
