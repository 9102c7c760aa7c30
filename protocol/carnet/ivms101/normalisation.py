"""Names made comparable: two spellings of one name that differ in nothing but form (spec/normalisation.md).

Matching compares what `normalise` returns and nothing else, so that both sides of a transfer, whatever their language
or library, compare the same text.
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

MARKS: Final = re.compile("[\u0300-\u036f]")
LETTERS: Final[Mapping[int, str]] = str.maketrans(
    {
        "\N{LATIN SMALL LETTER AE}": "ae",
        "\N{LATIN SMALL LIGATURE OE}": "oe",
        "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
        "\N{LATIN SMALL LETTER D WITH STROKE}": "d",
        "\N{LATIN SMALL LETTER ETH}": "d",
        "\N{LATIN SMALL LETTER THORN}": "th",
        "\N{LATIN SMALL LETTER H WITH STROKE}": "h",
        "\N{LATIN SMALL LETTER L WITH STROKE}": "l",
        "\N{LATIN SMALL LETTER T WITH STROKE}": "t",
        "\N{LATIN SMALL LETTER DOTLESS I}": "i",
        "\N{LATIN SMALL LETTER ENG}": "ng",
    }
)
"""Latin letters that no decomposition takes apart."""


def normalise(name: str) -> str:
    """Return *name* as it is compared (spec/normalisation.md#names).

    >>> normalise("O'Brien-Łukasiewicz,  José ")
    'o brien lukasiewicz jose'
    """
    text = unicodedata.normalize("NFKC", name)  # (1)
    text = unicodedata.normalize("NFKC", text.casefold())  # (2)
    text = MARKS.sub("", unicodedata.normalize("NFD", text))  # (3)
    text = unicodedata.normalize("NFC", text).translate(LETTERS)  # (4)
    kept = ("" if unicodedata.category(each) == "Cf" else each for each in text)  # (5)
    text = "".join(each if each == "" or unicodedata.category(each)[0] in "LNM" else " " for each in kept)  # (6)
    return " ".join(text.split())  # (7)


def tokens(name: str) -> tuple[str, ...]:
    """Return the words of *name*, normalised and sorted: family and given names compare in any order.

    >>> tokens("Doe, Jane") == tokens("JANE DOE")
    True
    """
    return tuple(sorted(normalise(name).split(" ")))
