"""Arbitrary valid IVMS101 payloads, for the tests of whoever reads or writes them (spec/ivms101.md#building).

Needs hypothesis (`pip install carnet[testing]`)::

    @given(payloads(Dialect.TRISA))
    def test_we_take_what_trisa_sends(payload): ...

What is generated is valid under the strict profile, by the 2020 issue and by that of 2023; unless *issue* asks for the
characters and lengths that only the latter allows.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from carnet.ivms101 import Dialect, Issue, to_json
from carnet.ivms101 import model as m
from carnet.ivms101.registers import COUNTRIES, known
from carnet.ivms101.rules import LEGAL_IDENTIFIERS

FEW: Final = 2
USUAL: Final = 12
"""As many of a kind, and as long a text, as are drawn one by one."""

ALPHABETS: Final = {
    Issue.V2020: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789' ",
    Issue.V2023: "".join(map(chr, range(0x20, 0x7F))),
}
ACCOUNTS: Final = {Issue.V2020: 100, Issue.V2023: 512}
LEI_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LEGAL: Final = tuple(each for each in m.NationalIdentifierType if each in LEGAL_IDENTIFIERS)

countries: Final = st.sampled_from(sorted(COUNTRIES))
authorities: Final = st.sampled_from(sorted(known().codes))
births: Final = st.dates(max_value=date(1999, 12, 31)).map(date.isoformat)
local_texts: Final = st.text(
    st.characters(codec="utf-8", exclude_characters="\n\r\u2028\u2029"), min_size=1, max_size=USUAL
).flatmap(lambda text: st.sampled_from([text, (text * 100)[:100]]))


@cache
def texts(most: int, issue: Issue = Issue.V2020) -> st.SearchStrategy[str]:
    """Texts of at most *most* characters that *issue* allows."""
    some = st.text(ALPHABETS[issue], min_size=1, max_size=min(most, USUAL))
    return some | some.map(lambda text: (text * most)[:most])


def leis() -> st.SearchStrategy[str]:
    """LEIs whose check digits are right."""
    return st.text(LEI_LETTERS, min_size=18, max_size=18).map(_checked)


def _checked(first: str) -> str:
    number = int("".join(str(int(each, 36)) for each in f"{first}00"))
    return f"{first}{98 - number % 97:02d}"


def _optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | strategy


def _few(strategy: st.SearchStrategy[Any], *, least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(strategy, min_size=least, max_size=FEW).map(tuple)


@cache
def addresses(issue: Issue = Issue.V2020) -> st.SearchStrategy[m.Address]:
    """Addresses: with lines, or with a street and a building, or both."""
    sizes = {"department": 50, "sub_department": 70, "floor": 70, "post_box": 16, "room": 70, "postcode": 16}
    sizes |= {"town_location_name": 35, "district_name": 35, "country_sub_division": 35}
    others = {name: _optional(texts(most, issue)) for name, most in sizes.items()}

    def build(lines: int, *, street: bool, name: bool) -> st.SearchStrategy[m.Address]:
        return st.builds(
            m.Address,
            address_type=st.sampled_from(m.AddressType),
            address_line=st.lists(texts(70, issue), min_size=lines, max_size=lines).map(tuple),
            street_name=texts(70, issue) if street else st.none(),
            building_number=texts(16, issue) if street and not name else st.none(),
            building_name=texts(35, issue) if street and name else st.none(),
            town_name=texts(35, issue),
            country=countries,
            **others,
        )

    shapes = (
        build(0, street=True, name=False),
        build(0, street=True, name=True),
        build(7, street=True, name=True),
        build(1, street=False, name=False),
    )
    return st.one_of(*shapes)


@cache
def _numbers(issue: Issue, *, legal: bool) -> st.SearchStrategy[m.NationalIdentification]:
    """National identifications, as those of legal persons must be or those of natural ones may be."""
    lei = st.builds(
        m.NationalIdentification,
        national_identifier=leis(),
        national_identifier_type=st.just(m.NationalIdentifierType.LEIX),
    )
    kinds = [each for each in (LEGAL if legal else m.NationalIdentifierType) if each.name != "LEIX"]
    other = st.builds(
        m.NationalIdentification,
        national_identifier=texts(35, issue),
        national_identifier_type=st.sampled_from(kinds),
        country_of_issue=st.none() if legal else _optional(countries),
        registration_authority=authorities if legal else _optional(authorities),
    )
    return lei | other


@cache
def _natural_names(issue: Issue) -> st.SearchStrategy[m.NaturalPersonName]:
    def names(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.builds(
            m.NaturalPersonNameId,
            primary_identifier=texts(100, issue),
            secondary_identifier=_optional(texts(100, issue)),
            natural_person_name_identifier_type=kind,
        )

    local = st.builds(
        m.LocalNaturalPersonNameId,
        primary_identifier=local_texts,
        secondary_identifier=_optional(local_texts),
        name_identifier_type=st.sampled_from(m.NaturalNameType),
    )
    return _names(m.NaturalPersonName, names, local, m.NaturalNameType)


@cache
def _legal_names(issue: Issue) -> st.SearchStrategy[m.LegalPersonName]:
    def names(kind: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        return st.builds(
            m.LegalPersonNameId, legal_person_name=texts(100, issue), legal_person_name_identifier_type=kind
        )

    local = st.builds(
        m.LocalLegalPersonNameId,
        legal_person_name=local_texts,
        legal_person_name_identifier_type=st.sampled_from(m.LegalNameType),
    )
    return _names(m.LegalPersonName, names, local, m.LegalNameType)


def _names(
    whole: Any, names: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]], local: Any, codes: Any
) -> st.SearchStrategy[Any]:
    """All names of a person: one is of type LEGL, anywhere among them."""
    legal = names(st.just(codes.LEGL))
    others = st.lists(names(st.sampled_from(codes)), max_size=FEW)
    mixed = st.tuples(legal, others).flatmap(lambda pair: st.permutations([pair[0], *pair[1]])).map(tuple)
    return st.builds(
        whole, name_identifier=mixed, local_name_identifier=_few(local), phonetic_name_identifier=_few(local)
    )


@cache
def natural_persons(issue: Issue = Issue.V2020) -> st.SearchStrategy[m.Person]:
    """Human beings."""
    person = st.builds(
        m.NaturalPerson,
        name=_natural_names(issue),
        geographic_address=_few(addresses(issue)),
        national_identification=_optional(_numbers(issue, legal=False)),
        customer_identification=_optional(texts(50, issue)),
        date_and_place_of_birth=_optional(
            st.builds(m.DateAndPlaceOfBirth, date_of_birth=births, place_of_birth=texts(70, issue))
        ),
        country_of_residence=_optional(countries),
    )
    return st.builds(m.Person, natural_person=person)


@cache
def legal_persons(issue: Issue = Issue.V2020) -> st.SearchStrategy[m.Person]:
    """Companies."""
    person = st.builds(
        m.LegalPerson,
        name=_legal_names(issue),
        geographic_address=_few(addresses(issue)),
        customer_identification=_optional(texts(50, issue)),
        national_identification=_optional(_numbers(issue, legal=True)),
        country_of_registration=_optional(countries),
    )
    return st.builds(m.Person, legal_person=person)


@cache
def persons(issue: Issue = Issue.V2020) -> st.SearchStrategy[m.Person]:
    """Human beings and companies."""
    return natural_persons(issue) | legal_persons(issue)


def _identified(person: m.Person) -> m.Person:
    """Return *person* so that it can be an originator (C1, C4)."""
    if person.natural_person is not None:
        return replace(person, natural_person=replace(person.natural_person, customer_identification="7"))
    if person.legal_person is not None:
        return replace(person, legal_person=replace(person.legal_person, customer_identification="7"))
    return person


def _side(each: Sequence[m.Person], accounts: tuple[str, ...]) -> tuple[m.Person, ...]:
    """Return the persons of a side; the accounts are the first one's, as all dialects can tell."""
    first, *others = each
    return (replace(first, account_number=accounts), *others)


@cache
def identities(issue: Issue = Issue.V2020) -> st.SearchStrategy[m.IdentityPayload]:
    """Payloads in the library's own form."""
    accounts = st.lists(texts(ACCOUNTS[issue], issue), max_size=FEW, unique=True).map(tuple)
    originators = st.lists(persons(issue).map(_identified), min_size=1, max_size=FEW)
    some = st.lists(persons(issue), min_size=1, max_size=FEW)
    hops = st.lists(legal_persons(issue), max_size=FEW).flatmap(lambda each: st.permutations(list(enumerate(each))))
    vasp = _optional(legal_persons(issue))
    return st.builds(
        _identity,
        st.builds(_side, originators, accounts),
        st.builds(_side, some, accounts),
        vasp,
        vasp,
        hops,
        _few(st.sampled_from(m.TransliterationMethod)),
    )


def _identity(  # noqa: PLR0917 - as `builds` draws them
    originators: tuple[m.Person, ...],
    beneficiaries: tuple[m.Person, ...],
    originating: m.Person | None,
    receiving: m.Person | None,
    hops: Sequence[tuple[int, m.Person]],
    methods: tuple[m.TransliterationMethod, ...],
) -> m.IdentityPayload:
    path = tuple(m.IntermediaryVasp(intermediary_vasp=each, sequence=at) for at, each in hops)
    return m.IdentityPayload(
        originator=m.Originator(originator_person=originators),
        beneficiary=m.Beneficiary(beneficiary_person=beneficiaries),
        originating_vasp=None if originating is None else m.OriginatingVasp(originating_vasp=originating),
        beneficiary_vasp=None if receiving is None else m.BeneficiaryVasp(beneficiary_vasp=receiving),
        transfer_path=m.TransferPath(transfer_path=path) if path else None,
        payload_metadata=m.PayloadMetadata(transliteration_method=methods),
    )


def payloads(dialect: Dialect = Dialect.SPEC_2023, issue: Issue = Issue.V2020) -> st.SearchStrategy[dict[str, Any]]:
    """Payloads as parsed JSON of *dialect*."""
    return identities(issue).map(lambda identity: to_json(identity, dialect))
