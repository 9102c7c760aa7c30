"""Who belongs to a generated network: VASPs under shipped laws, a directory, witnesses; all from visible coins."""

from dataclasses import dataclass
from functools import cache
from typing import Final, final

from carnet.crypto import cose
from carnet.crypto.coins import visible_coins
from carnet.crypto.sign import generate_seed, public_key
from carnet.crypto.tls import make_certificate
from carnet.errors import UsageError
from carnet.identity.keystore import Keystore, new_keystore, rotate, sign_bundle
from carnet.log.checkpoint import Checkpoint
from carnet.log.witness import cosignature_line
from carnet.messages import Directory, Member, NamedKey, Supervisor, Unit, Witness
from carnet.params import EPOCH_S
from carnet.policy.pack import Leg, LegRule, PolicyPack, leg_rule, pack_hash
from carnet.policy.shipped import shipped_pack
from carnet.secret import Secret

FIRST_EPOCH: Final = 20_700
"""The day on which generated transfers begin, counted from 1970-01-01."""
NAMES: Final = ("alice", "bob", "charlie", "dora", "emil", "frida", "gustav", "hanna")
LAWS: Final = (
    "eu-tfr-2023",
    "us-bsa-2019",
    "sg-psn02-2020",
    "ca-pcmltfr-2021",
    "hk-amlo-2023",
    "ae-vara-2023",
    "fatf-2019",
    "au-amlctf-2026",
)
"""The packs of the VASPs in turn: those whose facts are sure."""
UNIT: Final = Unit(currency="USD", exponent=2)
RATES: Final = {"AED": 367, "AUD": 152, "CAD": 138, "CHF": 88, "EUR": 92, "GBP": 79, "HKD": 780, "SGD": 135, "USD": 100}
"""What a US dollar is worth in cents of each currency; no quote of any day."""
ENDPOINT: Final = "localhost:1"
TIME_BEFORE: Final = 3600
SUPERVISOR: Final = "supervision"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Society:
    """A network's members, and when it lives: *epochs* days of transfers, then *quiet* ones with reports alone.

    Equal fields, equal keys. *witnesses* cosign, and the directory asks for *quorum* of them. *laws* are those of the
    VASPs' countries; *used* are what they judge by, if they cheat.
    """

    seed: str
    laws: tuple[str, ...]
    epochs: int
    quiet: int = 0
    witnesses: int = 2
    quorum: int = 2
    used: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.laws) < 2 or self.epochs < 1 or self.quiet < 0 or not 0 <= self.quorum <= self.witnesses:
            raise UsageError("a network needs two VASPs, a day, and as many witnesses as it asks for")

    @property
    def network(self) -> str:
        """The network's name."""
        return "generated"

    @property
    def vasps(self) -> tuple[str, ...]:
        """The names of the VASPs."""
        return tuple(_name(number) for number in range(len(self.laws)))

    @property
    def last_epoch(self) -> int:
        """The last day of which there is a report."""
        return FIRST_EPOCH + self.epochs + self.quiet - 1

    @property
    def end(self) -> int:
        """When all is published: in the morning after the last day."""
        return reporting_time(self.last_epoch) + 600

    def pack(self, vasp: str) -> PolicyPack:
        """Return the law by which *vasp* judges."""
        return shipped_pack((self.used or self.laws)[self.vasps.index(vasp)])

    def jurisdiction(self, vasp: str) -> str:
        """Return where *vasp* is."""
        return shipped_pack(self.laws[self.vasps.index(vasp)]).jurisdiction

    def rule(self, vasp: str) -> LegRule:
        """Return the rule of that law for transfers between VASPs."""
        return leg_rule(self.pack(vasp), Leg.VASP)

    def signed_pack(self, vasp: str) -> bytes:
        """Return the law of *vasp*, signed by the network's issuer."""
        return cose.sign(self.pack(vasp), seed=self.key("pack issuer"))

    def key(self, whose: str) -> Secret[bytes]:
        """Return the seed of a key of the network itself: ``authority``, ``pack issuer``, ``witness 0``..."""
        return generate_seed(visible_coins(f"{self.seed}: the {whose}"))

    @property
    def authority(self) -> bytes:
        """The public key under which the directory is signed."""
        return public_key(self.key("authority"))

    def keys(self, vasp: str) -> Keystore:
        """Return the keys of *vasp* before its first day."""
        return _keys(self, vasp)

    def key_bundles(self, vasp: str) -> list[bytes]:
        """Return the signed key bundles of *vasp*, one a day, the oldest first."""
        return list(_key_bundles(self, vasp))

    def directory(self) -> bytes:
        """Return the signed directory."""
        return _directory(self)

    def cosignatures(self, checkpoint: Checkpoint, *, now: int, witnesses: int | None = None) -> list[bytes]:
        """Return the lines by which the first *witnesses*, or all, cosign *checkpoint*."""
        count = self.witnesses if witnesses is None else witnesses
        return [
            cosignature_line(checkpoint, witness=_witness(number), now=now, seed=self.key(f"witness {number}"))
            for number in range(count)
        ]


def reporting_time(epoch: int) -> int:
    """Return when the report of *epoch* is issued: an hour after the day."""
    return (epoch + 1) * EPOCH_S + 3600


def supervisor_of(jurisdiction: str) -> str:
    """Return the name of who supervises *jurisdiction*; its key is that of the ``supervisor of`` it."""
    return f"{SUPERVISOR}.{jurisdiction.lower()}.example"


def start_of(epoch: int) -> int:
    """Return when *epoch* begins."""
    return epoch * EPOCH_S


def choose_laws(count: int) -> tuple[str, ...]:
    """Return the laws of *count* VASPs."""
    return tuple(LAWS[number % len(LAWS)] for number in range(count))


def _name(number: int) -> str:
    return NAMES[number] if number < len(NAMES) else f"vasp{number}"


def _witness(number: int) -> str:
    return f"witness{number}.example/carnet"


@cache
def _keys(society: Society, vasp: str) -> Keystore:
    return new_keystore(
        network=society.network,
        vasp=vasp,
        log_origin=f"{vasp}.example/log",
        tls=_certificate(society, vasp),
        now=start_of(FIRST_EPOCH) - TIME_BEFORE,
        coins=visible_coins(f"{society.seed}: the keys of {vasp}"),
    )


def _certificate(society: Society, name: str) -> tuple[Secret[bytes], bytes]:
    begin = start_of(FIRST_EPOCH) - TIME_BEFORE
    coins = visible_coins(f"{society.seed}: the certificate of {name}")
    return make_certificate(not_before=begin, not_after=begin + 3650 * EPOCH_S, coins=coins)


@cache
def _key_bundles(society: Society, vasp: str) -> tuple[bytes, ...]:
    keys, made = society.keys(vasp), []
    packs = (pack_hash(society.pack(vasp)),)
    for epoch in range(FIRST_EPOCH, society.last_epoch + 2):
        now = start_of(epoch) - TIME_BEFORE
        keys = rotate(keys, now=now, coins=visible_coins(f"{society.seed}: the sealing key of {vasp} on day {epoch}"))
        keys, signed = sign_bundle(keys, packs=packs, endpoint=ENDPOINT, now=now)
        made.append(signed)
    return tuple(made)


@cache
def _directory(society: Society) -> bytes:
    begin = start_of(FIRST_EPOCH) - TIME_BEFORE
    directory = Directory(
        network=society.network,
        version=1,
        unit=UNIT,
        members=tuple(
            Member(
                vasp=vasp,
                name=vasp.capitalize(),
                jurisdiction=society.jurisdiction(vasp),
                identity_key=society.keys(vasp).identity_public,
                log_origin=society.keys(vasp).log_origin,
                endpoint=ENDPOINT,
                tls_certificates=(society.keys(vasp).tls_certificate,),
            )
            for vasp in society.vasps
        ),
        quote_issuers=(),
        pack_issuers=(NamedKey(name="packs.example", key=public_key(society.key("pack issuer"))),),
        witnesses=tuple(
            Witness(
                name=_witness(number),
                key=public_key(society.key(f"witness {number}")),
                endpoint=ENDPOINT,
                tls_certificates=(_certificate(society, f"witness {number}")[1],),
            )
            for number in range(society.witnesses)
        ),
        quorum=society.quorum,
        issued=begin,
        expires=society.end + 3650 * EPOCH_S,
        supervisors=tuple(
            Supervisor(
                name=supervisor_of(jurisdiction),
                jurisdiction=jurisdiction,
                key=public_key(society.key(f"supervisor of {jurisdiction}")),
            )
            for jurisdiction in sorted({society.jurisdiction(vasp) for vasp in society.vasps})
        ),
    )
    return cose.sign(directory, seed=society.key("authority"))
