"""Names in Latin letters, by ICU, with the code of the method (spec/normalisation.md#transliteration).

The standard's elements hold Latin letters, and names come in all scripts. ICU is an extra (`pip install carnet[icu]`):
without it everything else works.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, final

from carnet.errors import UsageError
from carnet.ivms101.model import TransliterationMethod as Method

RULES: Final[Mapping[Method, str]] = {
    Method.ARAB: "Arabic-Latin",
    Method.ARAN: "Persian-Latin/BGN",
    Method.ARMN: "Armenian-Latin",
    Method.CYRL: "Cyrillic-Latin",
    Method.DEVA: "Devanagari-Latin",
    Method.GEOR: "Georgian-Latin",
    Method.GREK: "Greek-Latin/UNGEGN",
    Method.HANI: "Han-Latin/Names",
    Method.HEBR: "Hebrew-Latin",
    Method.KANA: "Hiragana-Latin; Katakana-Latin",
    Method.KORE: "Hangul-Latin",
    Method.THAI: "Thai-Latin",
    Method.OTHR: "Any-Latin",
}
"""ICU's rules for each method of the standard."""

TO_ASCII: Final = "Any-Latin; Latin-ASCII"

SCRIPTS: Final[tuple[tuple[int, int, Method], ...]] = (
    (0x0370, 0x03FF, Method.GREK),
    (0x0400, 0x052F, Method.CYRL),
    (0x0530, 0x058F, Method.ARMN),
    (0x0590, 0x05FF, Method.HEBR),
    (0x0600, 0x06FF, Method.ARAB),
    (0x0750, 0x077F, Method.ARAB),
    (0x0900, 0x097F, Method.DEVA),
    (0x0E00, 0x0E7F, Method.THAI),
    (0x10A0, 0x10FF, Method.GEOR),
    (0x1100, 0x11FF, Method.KORE),
    (0x1C90, 0x1CBF, Method.GEOR),
    (0x1F00, 0x1FFF, Method.GREK),
    (0x3040, 0x30FF, Method.KANA),
    (0x3130, 0x318F, Method.KORE),
    (0x3400, 0x9FFF, Method.HANI),
    (0xAC00, 0xD7AF, Method.KORE),
    (0xF900, 0xFAFF, Method.HANI),
    (0x20000, 0x3134F, Method.HANI),
)
"""The blocks of the scripts that have a method of their own."""

PERSIAN: Final = frozenset("\u067e\u0686\u0698\u06a9\u06af\u06cc")
"""Letters that Persian has and Arabic has not."""

CASELESS: Final = frozenset(Method) - {Method.CYRL, Method.GREK, Method.ARMN, Method.OTHR}
LATIN_END: Final = 0x024F
NOT_LATIN: Final = re.compile(r"[^ -~]+")
SPACES: Final = re.compile(r" {2,}")


@final
@dataclass(frozen=True, slots=True, kw_only=True)
class Transliteration:
    """A *text* in Latin letters, the *method* that payloadMetadata tells, if any was needed, and ICU's version."""

    text: str
    method: Method | None
    engine: str


def method_of(text: str) -> Method | None:
    """Return the method for the script of *text*: of the first letter that is not Latin, with kana before Han.

    >>> method_of("Jane Doe") is None, method_of("Иван").name, method_of("山田 はな").name
    (True, 'CYRL', 'KANA')
    """
    found = [_script(ord(each)) for each in text if ord(each) > LATIN_END and each.isalpha()]
    if not found:
        return None
    if Method.KANA in found and found[0] is Method.HANI:
        return Method.KANA
    if found[0] is Method.ARAB and not PERSIAN.isdisjoint(text):
        return Method.ARAN
    return found[0]


def _script(code: int) -> Method:
    return next((method for first, last, method in SCRIPTS if first <= code <= last), Method.OTHR)


def transliterate(text: str, *, method: Method | None = None) -> Transliteration:
    """Return *text* in the characters that names of the 2023 issue may hold (spec/normalisation.md#transliteration).

    Without a *method*, it is that of the text's script. Keep the original as a local name beside it.

    Raises:
        UsageError: ICU is not installed.
    """
    chosen = method or method_of(text)
    rules = f"{RULES[chosen]}; {TO_ASCII}" if chosen is not None else TO_ASCII
    latin = str(_engine(rules).transliterate(text))
    if chosen in CASELESS:
        latin = " ".join(word[:1].upper() + word[1:] for word in latin.split(" "))
    latin = SPACES.sub(" ", NOT_LATIN.sub("", latin)).strip()
    return Transliteration(text=latin, method=chosen, engine=f"ICU {_icu().ICU_VERSION}")


@cache
def _icu() -> Any:
    try:
        return importlib.import_module("icu")
    except ImportError:
        raise UsageError("transliteration needs ICU: pip install 'carnet[icu]'") from None


@cache
def _engine(rules: str) -> Any:
    return _icu().Transliterator.createInstance(rules)
