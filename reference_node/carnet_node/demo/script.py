"""What is sent in the demo: real personas, two laws on both sides, values around each limit."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, final

from carnet.envelope.payload import Transfer
from carnet.ivms101 import IdentityPayload, to_json
from carnet.policy import Tier
from carnet_node.demo.cast import Persona, identity, personas
from carnet_node.demo.network import BITCOIN, ETHER, PRICES

JURISDICTIONS: Final = {"alice": "FATF", "bob": "EU", "charlie": "FATF"}
"""Whose law binds whom: between two providers, the stricter of both packs decides."""

SYMBOLS: Final = {BITCOIN: ("BTC", 10**8), ETHER: ("ETH", 10**18)}


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """One transfer: who sends what to whom, and which tier and phase it must come to."""

    name: str
    sender: str
    receiver: str
    asset: str
    amount: str
    about: str
    tier: Tier
    phase: str = "SETTLED"

    @property
    def originator(self) -> Persona:
        """Who sends."""
        return personas()[self.sender]

    @property
    def beneficiary(self) -> Persona:
        """Who receives."""
        return personas()[self.receiver]

    @property
    def units(self) -> int:
        """The amount in atomic units."""
        units = Fraction(self.amount) * SYMBOLS[self.asset][1]
        if units.denominator != 1:
            raise ValueError(f"{self.amount} is no whole number of atomic units")
        return units.numerator

    @property
    def worth(self) -> str:
        """What the amount is worth in the currency of the originator's law, rounded up to a cent."""
        currency = "USD" if JURISDICTIONS[self.originator.vasp] == "FATF" else "EUR"
        scale, prices = PRICES[self.asset]
        cents = -(-self.units * prices[currency] // scale)
        return f"{cents // 100:,}.{cents % 100:02} {currency}"

    @property
    def moved(self) -> str:
        """The amount, as people write it."""
        return f"{self.amount} {SYMBOLS[self.asset][0]}"

    @property
    def transfer(self) -> Transfer:
        """What moves, as the payload says it."""
        return Transfer(
            asset=self.asset,
            amount=self.units,
            source_address=self.originator.wallets[self.asset],
            destination_address=self.beneficiary.wallets[self.asset],
        )

    def identity(self, *, repaired: bool = False) -> IdentityPayload:
        """Return all that the sender's provider knows; its node sends what the tier needs."""
        return identity(sender=self.originator, receiver=self.beneficiary, asset=self.asset, repaired=repaired)


def _scene(
    name: str, parties: str, amount: str, about: str, *, tier: Tier = Tier.FULL, phase: str = "SETTLED"
) -> Scene:
    sender, _, receiver = parties.partition(" -> ")
    number, _, symbol = amount.partition(" ")
    asset = next(asset for asset, (known, _) in SYMBOLS.items() if known == symbol)
    return Scene(
        name=name,
        sender=sender,
        receiver=receiver,
        asset=asset,
        amount=number,
        about=about,
        tier=tier,
        phase=phase,
    )


SCENES: Final = (
    _scene("below", "jane -> clark", "0.0099999 BTC", "a cent below the FATF limit", tier=Tier.BASIC),
    _scene("at", "annika -> joao", "0.25 ETH", "exactly at it"),
    _scene("above", "musterhafen -> contoh", "2.5 BTC", "far above it"),
    _scene("least", "mary -> haruka", "0.00000001 BTC", "the EU has no limit: one satoshi"),
    _scene("shown", "jane -> robert", "0.75 BTC", "shown in act 3"),
    _scene("most", "modelo -> exemple", "1200 ETH", "far above it"),
    _scene("back", "george -> sarah", "0.0001 BTC", "out of the EU: the stricter law wins"),
    _scene("far", "mihon -> michael", "30 BTC", "out of the EU, far above"),
    _scene("repaired", "lacune -> fred", "0.02 BTC", "fields are missing: REPAIR, revision 2"),
    _scene("rejected", "sarah -> larry", "0.3 BTC", "bob's screening says no", phase="REJECTED"),
    _scene("killed", "alice -> george", "0.5 ETH", "bob dies of kill -9, and is asked again", phase="ACCEPTED"),
)
"""In the order of the demo. The last stays open, so that act 4 has something to attack."""

BY_NAME: Final = {scene.name: scene for scene in SCENES}


TELLING: Final = {
    "primaryIdentifier": "family name",
    "secondaryIdentifier": "given name",
    "legalPersonName": "name",
    "streetName": "street",
    "nationalIdentifier": "document number",
    "dateOfBirth": "date of birth",
    "customerIdentification": "customer number",
    "accountNumber": "account",
}
"""What of a person tells who it is."""


def secrets_of(scene: Scene) -> dict[str, bytes]:
    """Return what nobody but the two ends may read of *scene*: who both persons are, and where the value goes."""
    told = to_json(scene.identity())
    persons = {role: told[role][f"{role}Person"][0] for role in ("originator", "beneficiary")}
    return {f"{role}'s {what}": value.encode() for role, person in persons.items() for what, value in _telling(person)}


def _telling(part: Any) -> Iterator[tuple[str, str]]:
    """Yield (what, value) for whatever below *part* tells who a person is."""
    match part:
        case dict():
            for label, value in part.items():
                if label in TELLING:
                    yield TELLING[label], value[0] if isinstance(value, list) else value
                else:
                    yield from _telling(value)
        case list():
            for each in part:
                yield from _telling(each)
        case _:
            return
