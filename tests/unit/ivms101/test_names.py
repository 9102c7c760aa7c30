import re
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carnet.errors import UsageError
from carnet.ivms101 import transliteration
from carnet.ivms101.model import TransliterationMethod as Method
from carnet.ivms101.normalisation import LETTERS, normalise, tokens
from carnet.ivms101.transliteration import RULES, SCRIPTS, method_of, transliterate

PAGE = (Path(__file__).parents[3] / "spec" / "normalisation.md").read_text(encoding="utf-8")
names = st.text(st.characters(codec="utf-8"), max_size=20)


@given(names)
def test_normalising_twice_is_normalising_once(name):
    assert normalise(normalise(name)) == normalise(name)


@given(names, st.sampled_from(["NFC", "NFD", "NFKC", "NFKD"]))
def test_the_form_of_the_input_does_not_matter(name, form):
    assert normalise(unicodedata.normalize(form, name)) == normalise(name)


@given(st.lists(st.text("abcdefghij", min_size=1, max_size=5), min_size=1, max_size=4).flatmap(st.permutations))
def test_the_order_of_words_does_not_matter_for_tokens(words):
    assert tokens(" ".join(words)) == tokens(", ".join(sorted(words)).upper())


def test_the_tables_of_the_page_are_those_of_the_code():
    letters = {
        int(code, 16): text for code, text in re.findall(r"^\| U\+([0-9A-F]{4}) \| (\w+) \|$", PAGE, re.MULTILINE)
    }
    assert letters == LETTERS
    rows = re.findall(r"^\| (\w{4}) \| ([^|]+) \| ([^|]+) \|$", PAGE, re.MULTILINE)
    assert {Method[name.upper()]: rules for name, _, rules in rows} == RULES
    blocks = {
        (int(first, 16), int(last, 16), Method[name.upper()])
        for name, told, _ in rows
        for first, last in re.findall(r"([0-9A-F]{4,5})-([0-9A-F]{4,5})", told)
    }
    assert blocks == set(SCRIPTS)


@pytest.mark.parametrize(
    ("name", "latin", "method"),
    [
        ("Jane Doe", "Jane Doe", None),
        ("Jos\u00e9 M\u00fcller-\u0141uk", "Jose Muller-Luk", None),
        ("\u5434 \u4fe1\u5229", "Wu Xin Li", Method.HANI),
        ("\u0418\u0432\u0430\u043d", "Ivan", Method.CYRL),
        ("\u3084\u307e\u3060 \u306f\u306a", "Yamada Hana", Method.KANA),
        ("\u0938\u0940\u0924\u093e", "Sita", Method.DEVA),
        ("\u10dc\u10d8\u10dc\u10dd", "Nino", Method.GEOR),
    ],
)
def test_names_in_latin_letters_with_the_code_of_the_method(name, latin, method):
    pytest.importorskip("icu")
    made = transliterate(name)
    assert (made.text, made.method) == (latin, method)
    assert made.engine.startswith("ICU ")


@given(names)
def test_what_is_transliterated_fits_the_element(name):
    pytest.importorskip("icu")
    assert re.fullmatch(r"[ -~]*", transliterate(name).text)


@given(names)
def test_every_name_has_a_method_or_needs_none(name):
    assert (method_of(name) is None) == (not any(ord(each) > 0x24F and each.isalpha() for each in name))


def test_without_icu_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "icu", None)
    transliteration._icu.cache_clear()
    transliteration._engine.cache_clear()
    with pytest.raises(UsageError, match=r"carnet\[icu\]"):
        transliterate("a")
    transliteration._icu.cache_clear()
