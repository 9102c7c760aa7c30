"""A fictional network: members with keys, a signed directory, two policy packs, quotes and persons.

Everything comes from visible coins, so that two runs see the same keys; nothing here is secret, nobody here exists.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, final

from carnet.crypto import cose
from carnet.crypto import sign as ed25519
from carnet.crypto.coins import Coins, visible_coins
from carnet.crypto.tls import make_certificate
from carnet.envelope.offer import SealedOffer, seal_offer
from carnet.envelope.payload import Payload, Transfer
from carnet.envelope.values import Openings, openings
from carnet.exchange.examination import Terms
from carnet.identity.directory import Trust, open_bundle, open_directory, sealing_key
from carnet.identity.keystore import Keystore, new_keystore, private_keys, sign_bundle
from carnet.ivms101.dialect import read
from carnet.ivms101.model import IdentityPayload
from carnet.messages import Directory, KeyBundle, Member, NamedKey, Unit, Witness
from carnet.policy.pack import Leg, PolicyPack, leg_rule, pack_hash
from carnet.policy.quote import Quote
from carnet.policy.shipped import shipped_pack
from carnet.policy.tier import Tier
from carnet.secret import Secret

NETWORK: Final = "carnet-test"
NOW: Final = 1_790_000_000  # 2026-09-21
BITCOIN: Final = "bip122:000000000019d6689c085ae165831e93/slip44:0"
ISSUER: Final = "quotes.example"
JURISDICTIONS: Final[Mapping[str, str]] = {"alice": "FATF", "bob": "EU", "charlie": "EU"}
SATOSHI: Final = 10**8


def load_pack(name: str) -> PolicyPack:
    """Return the pack of this library whose source is *name*, such as ``fatf-2019``."""
    return shipped_pack(name)


def identity_json(*, family: str = "Sample", given: str = "Robin") -> dict[str, Any]:
    """Return a complete IVMS101.2023 payload about fictional people."""

    def person(surname: str, name: str, **more: Any) -> dict[str, Any]:
        identifier = {
            "primaryIdentifier": surname,
            "secondaryIdentifier": name,
            "naturalPersonNameIdentifierType": "LEGL",
        }
        return {"naturalPerson": {"name": {"nameIdentifier": [identifier]}, **more}, "accountNumber": ["acc-1"]}

    address = {
        "addressType": "HOME",
        "streetName": "Invented Street",
        "buildingNumber": "1",
        "postcode": "00000",
        "townName": "Nowhere",
        "country": "DE",
    }
    born = {"dateOfBirth": "1990-01-02", "placeOfBirth": "Nowhere"}
    return {
        "originator": {
            "originatorPerson": [
                person(
                    family,
                    given,
                    geographicAddress=[address],
                    customerIdentification="c-1",
                    dateAndPlaceOfBirth=born,
                )
            ]
        },
        "beneficiary": {"beneficiaryPerson": [person("Example", "Kim")]},
    }


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Vasp:
    """One VASP of the world, with all its secrets."""

    keystore: Keystore
    bundle: KeyBundle
    signed_bundle: bytes
    member: Member
    pack: PolicyPack

    @property
    def name(self) -> str:
        """The id that the directory knows it by."""
        return self.member.vasp


@final
@dataclass(slots=True, kw_only=True)
class World:
    """A network of *vasps* under one *directory*; *evil* has keys and is not a member."""

    vasps: dict[str, Vasp]
    evil: Vasp
    authority: Secret[bytes]
    issuer: Secret[bytes]
    witness: Secret[bytes]
    signed_directory: bytes
    trust: Trust
    now: int
    coins: Coins
    counters: dict[str, int] = field(default_factory=dict)

    @property
    def packs(self) -> dict[bytes, PolicyPack]:
        """The packs in force, by hash."""
        return {pack_hash(vasp.pack): vasp.pack for vasp in self.vasps.values()}

    def terms(self, name: str) -> Terms:
        """Return what *name* brings to an examination."""
        vasp = self.vasps[name]
        keys = private_keys(vasp.keystore, now=self.now)
        return Terms(keys=keys, own_pack=pack_hash(vasp.pack), packs=self.packs)

    def quote(self, currency: str, *, cents_per_coin: int, asset: str = BITCOIN) -> bytes:
        """Return a signed quote: so many minor units for one bitcoin, valid for an hour."""
        quote = Quote(
            issuer=ISSUER,
            asset=asset,
            currency=currency,
            exponent=2,
            price=cents_per_coin,
            scale=SATOSHI,
            not_before=self.now - 60,
            not_after=self.now + 3600,
        )
        return cose.sign(quote, seed=self.issuer)

    @property
    def quotes(self) -> tuple[bytes, ...]:
        """The prices of the day: 90,000 euros, or 100,000 dollars, for one bitcoin."""
        return self.quote("EUR", cents_per_coin=9_000_000), self.quote("USD", cents_per_coin=10_000_000)

    def payload(
        self,
        *,
        originator: str = "alice",
        beneficiary: str = "bob",
        amount: int = 1_000_000,
        tier: Tier = Tier.FULL,
        identity: IdentityPayload | None = None,
        transfer_id: bytes | None = None,
        revision: int = 1,
    ) -> Payload:
        """Return a payload about *amount* satoshi, at 100,000 dollars and 90,000 euros a bitcoin."""
        return Payload(
            network=NETWORK,
            originator=originator,
            beneficiary=beneficiary,
            transfer_id=transfer_id or self.coins(16),
            revision=revision,
            seed=self.coins(32),
            tier=tier,
            identity=identity or read(identity_json()).identity,
            transfer=Transfer(asset=BITCOIN, amount=amount, destination_address="bc1q-not-an-address"),
            quotes=self.quotes,
        )

    def openings(self, payload: Payload) -> Openings:
        """Return what opens the commitments of an offer of *payload*."""
        quotes = {}
        for signed in payload.quotes:
            quote = cose.open_signed(Quote, signed, resolve=cose.only(ed25519.public_key(self.issuer)))
            quotes[quote.currency] = quote
        sides = [self.vasps[payload.originator], self.vasps[payload.beneficiary]]
        currencies = frozenset(leg_rule(side.pack, Leg.VASP).currency for side in sides)
        return openings(payload, quotes, currencies=currencies, unit=self.trust.directory.unit)

    def seal(self, payload: Payload, *, counter: int | None = None, lifetime: int = 3600) -> SealedOffer:
        """Return *payload* sealed by its originator to its beneficiary."""
        sender, receiver = self.vasps[payload.originator], self.vasps[payload.beneficiary]
        opened = self.openings(payload)
        number = counter if counter is not None else self.counters.get(sender.name, 0) + 1
        self.counters[sender.name] = number
        return seal_offer(
            payload,
            opened,
            sealing_key=sealing_key(receiver.bundle, now=self.now),
            packs=(pack_hash(sender.pack), pack_hash(receiver.pack)),
            window=opened.values[leg_rule(sender.pack, Leg.VASP).currency].commit(),
            counter=number,
            issued=self.now,
            expires=self.now + lifetime,
            identity=sender.keystore.identity,
        )


def make_vasp(name: str, *, pack: PolicyPack, jurisdiction: str, now: int, coins: Coins) -> Vasp:
    """Return a VASP with fresh keys; its TLS key comes from the operating system."""
    keystore = new_keystore(
        network=NETWORK,
        vasp=name,
        log_origin=f"{name}.example/carnet",
        tls=make_certificate(not_before=now - 86400, not_after=now + 365 * 86400),
        now=now - 60,
        coins=coins,
    )
    keystore, signed = sign_bundle(keystore, packs=(pack_hash(pack),), endpoint="127.0.0.1:0", now=now - 60)
    member = Member(
        vasp=name,
        name=name.capitalize(),
        jurisdiction=jurisdiction,
        identity_key=keystore.identity_public,
        log_origin=keystore.log_origin,
        endpoint="127.0.0.1:0",
        tls_certificates=(keystore.tls_certificate,),
    )
    bundle = open_bundle(signed, member=member, network=NETWORK, now=now)
    return Vasp(keystore=keystore, bundle=bundle, signed_bundle=signed, member=member, pack=pack)


def make_world(*, now: int = NOW, sentence: str = "a fictional network") -> World:
    """Return the network of alice (under the FATF pack), bob and charlie (under the EU's), and evil beside it."""
    coins = visible_coins(sentence)
    packs = {"FATF": load_pack("fatf-2019"), "EU": load_pack("eu-tfr-2023")}
    vasps = {
        name: make_vasp(name, pack=packs[jurisdiction], jurisdiction=jurisdiction, now=now, coins=coins)
        for name, jurisdiction in JURISDICTIONS.items()
    }
    evil = make_vasp("evil", pack=packs["EU"], jurisdiction="EU", now=now, coins=coins)
    authority, issuer, witness = (Secret(coins(32)) for _ in range(3))
    _, witness_certificate = make_certificate(not_before=now - 86400, not_after=now + 365 * 86400)
    directory = Directory(
        network=NETWORK,
        version=1,
        unit=Unit(currency="EUR", exponent=2),
        members=tuple(vasp.member for vasp in vasps.values()),
        quote_issuers=(NamedKey(name=ISSUER, key=ed25519.public_key(issuer)),),
        pack_issuers=(NamedKey(name="packs.example", key=ed25519.public_key(authority)),),
        witnesses=(
            Witness(
                name="witness.example",
                key=ed25519.public_key(witness),
                endpoint="127.0.0.1:0",
                tls_certificates=(witness_certificate,),
            ),
        ),
        quorum=1,
        issued=now - 60,
        expires=now + 30 * 86400,
    )
    signed = cose.sign(directory, seed=authority)
    trust = Trust(directory=open_directory(signed, authority=ed25519.public_key(authority), now=now))
    return World(
        vasps=vasps,
        evil=evil,
        authority=authority,
        issuer=issuer,
        witness=witness,
        signed_directory=signed,
        trust=trust,
        now=now,
        coins=coins,
    )
