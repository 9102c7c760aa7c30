"""What is wrong with a payload, told without telling any of it (spec/ivms101.md#problems)."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final, final


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A breach of *rule* (spec/ivms101.md#rules) at *path*, a JSON Pointer into the data as they were given."""

    rule: str
    path: str
    message: str
    hint: str = ""

    def as_json(self) -> dict[str, str]:
        """Return the problem as the commands print it."""
        return asdict(self)


HINTS: Final[Mapping[str, str]] = {
    "C1": "give the originator an address, a customer or national identification, or date and place of birth",
    "C2": "check the year and the order of day and month",
    "C3": "use the two-letter code of ISO 3166-1, such as GB, or XX where the country is unknown",
    "C4": "give the originator an address of type GEOG, or a customer or national identification",
    "C5": "mark the registered name as LEGL",
    "C6": "mark the name in the person's papers as LEGL",
    "C7": "use RAID with a registration authority, TXID, MISC or LEIX",
    "C8": "give streetName with buildingNumber or buildingName, or the address as addressLine",
    "C9": "leave countryOfIssue out; give registrationAuthority unless the identifier is an LEI",
    "C10": "look the register up in GLEIF's list; RA888888 stands for one that is not on it yet, RA999999 for none",
    "C11": "an LEI is 18 digits or capital letters and two check digits",
    "C12": "number the providers 0, 1, 2 in the order in which they pass the transfer on",
    "CHOICE": "give naturalPerson or legalPerson, one of them",
    "DATE": "write the date as YYYY-MM-DD",
    "ENUM": "use one of the standard's codes",
    "LEI": "compare the LEI with the one that its issuer gave",
    "LOST": "keep the original beside the converted payload",
    "MULT": "leave some out",
    "NAME": "spell it as the rest of the payload is spelt, or convert the payload",
    "REQ": "add it",
    "SIZE": "send less",
    "TEXT": "shorten it, or write it in the characters that the element allows",
    "TWICE": "keep one of the two",
    "TYPE": "check the JSON type",
    "UNKNOWN": "remove it: dropping it in silence would lose it",
}
"""What whoever made the payload can do about a problem."""


def problem(rule: str, path: str, message: str, *, hint: str = "") -> Problem:
    """Return a problem with the hint that belongs to *rule*, unless another is given."""
    return Problem(rule=rule, path=path, message=message, hint=hint or HINTS[rule])
