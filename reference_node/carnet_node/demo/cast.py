"""The persons and providers of the demo, and the payloads they send each other."""

import json
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any, final

from carnet.ivms101 import IdentityPayload, LegalPerson, NaturalPerson, Person, read_part
from carnet.ivms101.model import Beneficiary, BeneficiaryVasp, OriginatingVasp, Originator

PERSONAS = files("carnet_node.demo") / "personas"


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Persona:
    """One of the cast: whose customer, what the customer's provider knows, and an address per asset."""

    id: str
    vasp: str
    country: str
    person: Person
    after_repair: Person | None
    wallets: dict[str, str]

    def holding(self, asset: str, *, repaired: bool = False) -> Person:
        """Return the person with the account that holds *asset*, completed if *repaired*."""
        person = self.after_repair if repaired and self.after_repair is not None else self.person
        return replace(person, account_number=(self.wallets[asset],))

    def as_payee(self, asset: str) -> Person:
        """Return what the sender knows of the person: name and account."""
        natural, legal = self.person.natural_person, self.person.legal_person
        return Person(
            natural_person=None if natural is None else NaturalPerson(name=natural.name),
            legal_person=None if legal is None else LegalPerson(name=legal.name),
            account_number=(self.wallets[asset],),
        )


def _load(name: str) -> Any:
    return json.loads((PERSONAS / name).read_text(encoding="utf-8"))


@cache
def personas() -> dict[str, Persona]:
    """Return the cast by its names."""
    found = {}
    for entry in _load("personas.json")["personas"]:
        data = _load(entry["file"])
        found[entry["id"]] = Persona(
            id=entry["id"],
            vasp=data["vasp"],
            country=entry["country"],
            person=read_part(Person, data["person"]),
            after_repair=read_part(Person, data["after_repair"]) if "after_repair" in data else None,
            wallets={wallet["asset"]: wallet["address"] for wallet in data["wallets"]},
        )
    return found


@cache
def vasps() -> dict[str, Person]:
    """Return the providers, as legal persons, by their names."""
    return {name: read_part(Person, _load(file)["person"]) for name, file in _load("personas.json")["vasps"].items()}


def identity(*, sender: Persona, receiver: Persona, asset: str, repaired: bool = False) -> IdentityPayload:
    """Return what the sender's provider can tell about a transfer of *asset*, before any policy trims it."""
    return IdentityPayload(
        originator=Originator(originator_person=(sender.holding(asset, repaired=repaired),)),
        beneficiary=Beneficiary(beneficiary_person=(receiver.as_payee(asset),)),
        originating_vasp=OriginatingVasp(originating_vasp=vasps()[sender.vasp]),
        beneficiary_vasp=BeneficiaryVasp(beneficiary_vasp=vasps()[receiver.vasp]),
    )
