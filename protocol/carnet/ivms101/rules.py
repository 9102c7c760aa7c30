"""What the standard demands beyond types and lengths (spec/ivms101.md#rules).

A judge walks a payload that was taken apart and notes every breach; it raises for no data, and what it notes holds none
of it. The strict profile is the text of the issue; the lenient one lets pass what most systems send.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum, unique
from typing import Any, Final, final

from carnet.ivms101 import model as m
from carnet.ivms101 import spelling as s
from carnet.ivms101.problem import Problem, problem
from carnet.ivms101.registers import COUNTRIES, LENIENT_COUNTRIES, Authorities
from carnet.ivms101.tree import BAD, Node
from carnet.schema import Text

LEI: Final = re.compile(r"[0-9A-Z]{18}[0-9]{2}")
AUTHORITY: Final = re.compile(r"RA[0-9]{6}")
DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
LATIN_2020: Final = re.compile(r"[a-zA-Z0-9' ]+")
LATIN_2023: Final = re.compile(r"[ -~]+")
PRINTABLE: Final = re.compile(r"[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
ONE_LINE: Final = re.compile(r"[^\n\r\u2028\u2029]+")
ACCOUNT_2020: Final = 100
FEBRUARY: Final = 2
DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
LEGAL_IDENTIFIERS: Final = frozenset(
    {
        m.NationalIdentifierType.RAID,
        m.NationalIdentifierType.MISC,
        m.NationalIdentifierType.LEIX,
        m.NationalIdentifierType.TXID,
        BAD,
        None,
    }
)
LENIENT_HINT: Final = "the lenient profile lets it pass"


@unique
class Profile(StrEnum):
    """How literally the standard is taken: *strict* is its text, *lenient* what interoperates."""

    STRICT = "strict"
    LENIENT = "lenient"


@final
class Judge:
    """The terms of one judgement, and what it found."""

    __slots__ = ("authorities", "countries", "issue", "labels", "latin", "problems", "strict", "today", "warnings")

    def __init__(
        self,
        *,
        issue: s.Issue,
        dialect: s.Dialect,
        profile: Profile,
        today: str | None,
        authorities: Authorities,
    ) -> None:
        self.issue = issue
        self.labels = s.LABELS[dialect]
        self.strict = profile is Profile.STRICT
        self.today = today
        self.authorities = authorities.codes
        self.countries = COUNTRIES if self.strict else LENIENT_COUNTRIES
        strict_latin = LATIN_2020 if issue is s.Issue.V2020 else LATIN_2023
        self.latin = strict_latin if self.strict else PRINTABLE
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []

    def wrong(self, rule: str, path: str, message: str, *, hint: str = "") -> None:
        """Note a breach."""
        self.problems.append(problem(rule, path, message, hint=hint))

    def place(self, node: Node, name: str) -> str:
        """Return where field *name* of *node* is, or would be."""
        key = node.keys.get(name)
        if key is None:
            key = self.labels[node.kind][name]
        return f"{node.path}/{key}" if key else node.path

    def visit(self, node: Node) -> None:
        """Note every breach in *node* and below it, in the order of the payload."""
        values = node.values
        for name in REQUIRED[node.kind]:
            if values.get(name) is None:
                self.wrong("REQ", self.place(node, name), "required and absent")
        checks = TEXTS[node.kind]
        for name, value in values.items():
            kind = type(value)
            if kind is Node:
                self.visit(value)
            elif name in checks:
                if value is not BAD:
                    checks[name](self, node, name, value)
            elif kind is str:
                if self.latin.fullmatch(value) is None:
                    self._not_latin(value, self.place(node, name))
            elif kind is list:
                self._visit_all(value)
        if (rule := RULES.get(node.kind)) is not None:
            rule(self, node)

    def _visit_all(self, items: list[Any]) -> None:
        for each in items:
            if type(each) is Node:
                self.visit(each)

    def latin_texts(self, node: Node, name: str, value: list[Any]) -> None:
        """Check a list of elements in Latin script."""
        for at, each in enumerate(value):
            if each is None or each is BAD:
                continue
            if self.latin.fullmatch(each) is None:
                self._not_latin(each, f"{self.place(node, name)}/{at}")
            elif name == s.ACCOUNT and len(each) > ACCOUNT_2020 and self.issue is s.Issue.V2020:
                self.wrong("TEXT", f"{self.place(node, name)}/{at}", "not text(1..100)")

    def _not_latin(self, value: str, path: str) -> None:
        message = "holds a character that the element does not allow"
        if self.strict and PRINTABLE.fullmatch(value) is not None:
            native = "" if value.isascii() else "; a name in its own script belongs into localNameIdentifier"
            self.wrong("TEXT", path, message, hint=f"write it in Latin letters and figures{native}; {LENIENT_HINT}")
        else:
            self.wrong("TEXT", path, message)

    def local_text(self, node: Node, name: str, value: str) -> None:
        """Check an element that may be in any script."""
        if ONE_LINE.fullmatch(value) is None:
            self.wrong("TEXT", self.place(node, name), "holds a line break")

    def country(self, node: Node, name: str, value: str) -> None:
        """(C3) A country is one of ISO 3166-1."""
        if value not in self.countries:
            hint = f"XK is no code of ISO 3166-1; {LENIENT_HINT}" if value in LENIENT_COUNTRIES else ""
            self.wrong("C3", self.place(node, name), "no country of ISO 3166-1, and not XX", hint=hint)

    def date(self, node: Node, name: str, value: str) -> None:
        """(DATE, C2) A birth is a day, and past."""
        if not is_date(value):
            self.wrong("DATE", self.place(node, name), "not a day of the calendar as YYYY-MM-DD")
        elif self.today is not None and value >= self.today:
            self.wrong("C2", self.place(node, name), "not before today")

    def authority(self, node: Node, name: str, value: str) -> None:
        """(C10) A registration authority is on GLEIF's list."""
        if AUTHORITY.fullmatch(value) is None:
            self.wrong("C10", self.place(node, name), "not RA and six digits")
        elif value not in self.authorities:
            self.wrong("C10", self.place(node, name), "not on the list of registration authorities")


def day_of(now: int) -> str:
    """Return the day in UTC of *now*, in seconds since the epoch, as YYYY-MM-DD.

    >>> day_of(951_782_400)
    '2000-02-29'
    """
    era, of_era = divmod(now // 86400 + 719_468, 146_097)
    year = (of_era - of_era // 1460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    shifted = (5 * of_year + 2) // 153  # months from March
    day, month = of_year - (153 * shifted + 2) // 5 + 1, shifted + 3 if shifted < 10 else shifted - 9
    return f"{year + era * 400 + (month <= FEBRUARY):04d}-{month:02d}-{day:02d}"


def is_date(text: str) -> bool:
    """Tell whether *text* is a day of the Gregorian calendar as YYYY-MM-DD."""
    found = DATE.fullmatch(text)
    if found is None:
        return False
    year, month, day = int(found[1]), int(found[2]), int(found[3])
    leap = month == FEBRUARY and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 1 <= month <= 12 and 1 <= day <= DAYS[month - 1] + leap


def has_check_digits(lei: str) -> bool:
    """Tell whether the check digits of *lei* are those of ISO 17442.

    >>> has_check_digits("506700T7Z685VUOZL877"), has_check_digits("3M5E1GQKGL17HI8CPN20")
    (True, False)
    """
    return int("".join(str(int(character, 36)) for character in lei)) % 97 == 1


def _payload(judge: Judge, node: Node) -> None:
    for side, name in (("originator", "originator_person"), ("beneficiary", "beneficiary_person")):
        if not node.has(side):
            kind = m.Originator if side == "originator" else m.Beneficiary
            judge.wrong("REQ", f"{judge.place(node, side)}/{judge.labels[kind][name]}", "required and absent")
    versioned = judge.labels[m.Originator]["originator_person"] == "originatorPerson"
    if judge.strict and judge.issue is s.Issue.V2023 and versioned:
        metadata = node.nodes("payload_metadata")
        if not (metadata and metadata[0].has("payload_version")):
            path = f"{judge.place(node, 'payload_metadata')}/payloadVersion"
            judge.wrong("REQ", path, "required and absent", hint=f"add 101.2023; {LENIENT_HINT}")


def _originator(judge: Judge, node: Node) -> None:
    for person in node.nodes("originator_person"):
        for natural in person.nodes("natural_person"):
            _identified_natural(judge, natural)
        for legal in person.nodes("legal_person"):
            _identified_legal(judge, legal)


def _identified_natural(judge: Judge, node: Node) -> None:
    """(C1) An originator that is a natural person can be told apart from a namesake."""
    others = ("customer_identification", "national_identification", "date_and_place_of_birth")
    if not any(map(node.has, others)) and not any(
        each.has("address_type") for each in node.nodes("geographic_address")
    ):
        message = "needs an address, a customer or national identification, or date and place of birth"
        judge.wrong("C1", node.path, message)


def _identified_legal(judge: Judge, node: Node) -> None:
    """(C4) An originator that is a legal person can be told apart from a namesake."""
    geographic = (m.AddressType.GEOG, BAD)
    if not (node.has("customer_identification") or node.has("national_identification")) and not any(
        each.get("address_type") in geographic for each in node.nodes("geographic_address")
    ):
        message = "needs an address of type GEOG, or a customer or national identification"
        judge.wrong("C4", node.path, message)


def _person(judge: Judge, node: Node) -> None:
    if node.has("natural_person") == node.has("legal_person"):
        judge.wrong("CHOICE", node.path, "a person is either natural or legal")


def _natural_names(judge: Judge, node: Node) -> None:
    """(C6) One of the names is that in the person's papers."""
    name = "natural_person_name_identifier_type"
    _legal_name_among(judge, node, name, "C6", m.NaturalNameType.LEGL)


def _legal_names(judge: Judge, node: Node) -> None:
    """(C5) One of the names is the registered one."""
    _legal_name_among(judge, node, "legal_person_name_identifier_type", "C5", m.LegalNameType.LEGL)


def _legal_name_among(judge: Judge, node: Node, name: str, rule: str, code: Any) -> None:
    names = node.values.get("name_identifier")
    if type(names) is not list or any(
        each is BAD or (each is not None and each.get(name) in (code, BAD)) for each in names
    ):
        return
    judge.wrong(rule, judge.place(node, "name_identifier"), "no name of type LEGL")


def _address(judge: Judge, node: Node) -> None:
    """(C8) An address has lines, or a street and a building."""
    building = node.has("building_name") or node.has("building_number")
    if not node.has("address_line") and not (building and node.has("street_name")):
        judge.wrong("C8", node.path, "needs an address line, or a street and a building")


def _legal_person(judge: Judge, node: Node) -> None:
    """(C7, C9, C11) A legal person's number is from a register, or is an LEI."""
    for number in node.nodes("national_identification"):
        kind = number.get("national_identifier_type")
        if kind not in LEGAL_IDENTIFIERS:
            path = judge.place(number, "national_identifier_type")
            judge.wrong("C7", path, "a legal person's is RAID, MISC, LEIX or TXID")
        if number.has("country_of_issue"):
            judge.wrong("C9", judge.place(number, "country_of_issue"), "not for a legal person")
        is_lei = kind is m.NationalIdentifierType.LEIX
        if kind is not None and kind is not BAD and number.has("registration_authority") == is_lei:
            message = "required unless the identifier is an LEI, and then forbidden"
            judge.wrong("C9", judge.place(number, "registration_authority"), message)
        identifier = number.get("national_identifier")
        if is_lei and type(identifier) is str:
            _lei(judge, identifier, judge.place(number, "national_identifier"))


def _lei(judge: Judge, lei: str, path: str) -> None:
    if LEI.fullmatch(lei) is None:
        judge.wrong("C11", path, "not 18 digits or upper-case letters and two digits")
    elif not has_check_digits(lei):
        judge.warnings.append(problem("LEI", path, "its check digits are not those of ISO 17442"))


def _transfer_path(judge: Judge, node: Node) -> None:
    """(C12) The providers between are numbered from 0, without gap or repetition."""
    numbers = [hop.get("sequence") for hop in node.nodes("transfer_path")]
    if all(type(number) is int for number in numbers) and sorted(numbers) != list(range(len(numbers))):
        judge.wrong("C12", judge.place(node, "transfer_path"), "the sequence is not 0, 1, 2 and so on")


Check = Callable[[Judge, Node, str, Any], None]

RULES: Final[Mapping[s.Kind, Callable[[Judge, Node], None]]] = {
    m.IdentityPayload: _payload,
    m.Originator: _originator,
    m.Person: _person,
    m.NaturalPersonName: _natural_names,
    m.LegalPersonName: _legal_names,
    m.LegalPerson: _legal_person,
    m.Address: _address,
    m.TransferPath: _transfer_path,
}

_REQUIRED: Final[Mapping[s.Kind, tuple[str, ...]]] = {
    m.Originator: ("originator_person",),
    m.Beneficiary: ("beneficiary_person",),
    m.NaturalPerson: ("name",),
    m.LegalPerson: ("name",),
    m.NaturalPersonName: ("name_identifier",),
    m.LegalPersonName: ("name_identifier",),
    m.NaturalPersonNameId: ("primary_identifier", "natural_person_name_identifier_type"),
    m.LocalNaturalPersonNameId: ("primary_identifier", "name_identifier_type"),
    m.LegalPersonNameId: ("legal_person_name", "legal_person_name_identifier_type"),
    m.LocalLegalPersonNameId: ("legal_person_name", "legal_person_name_identifier_type"),
    m.Address: ("address_type", "town_name", "country"),
    m.NationalIdentification: ("national_identifier", "national_identifier_type"),
    m.DateAndPlaceOfBirth: ("date_of_birth", "place_of_birth"),
    m.IntermediaryVasp: ("intermediary_vasp", "sequence"),
}
REQUIRED: Final = {kind: _REQUIRED.get(kind, ()) for kind in s.KINDS}
"""What the standard requires of each component."""


def _texts(kind: s.Kind) -> dict[str, Check]:
    """Return how to check the texts of *kind*, but for those that are plain text in Latin script."""
    special: dict[int, Check] = {2: Judge.country, 10: Judge.date, 8: Judge.authority}
    found: dict[str, Check] = {}
    for field in kind.FIELDS:
        item = getattr(field.codec, "item", field.codec)
        if not isinstance(item, Text):
            continue
        if item is not field.codec:
            found[field.name] = Judge.latin_texts
        elif item.most == item.least:
            found[field.name] = special[item.most]
        elif kind in {m.LocalNaturalPersonNameId, m.LocalLegalPersonNameId}:
            found[field.name] = Judge.local_text
    if kind in s.SIDES:
        found[s.ACCOUNT] = Judge.latin_texts
    return found


TEXTS: Final = {kind: _texts(kind) for kind in s.KINDS}
