"""Suite `normalisation`: names as they are compared, and scripts as they are named."""

from kit import vector

from carnet.ivms101.normalisation import normalise, tokens
from carnet.ivms101.transliteration import method_of


def comparing(name):
    method = method_of(name)
    return {
        "name_text": name,
        "normalised_text": normalise(name),
        "tokens_json": list(tokens(name)),
        "method_text": "" if method is None else method.name.lower(),
        "expect": "ok",
    }


@vector("normalisation")
def plain():
    """Case and spaces do not count."""
    return comparing("  Jane\tDOE ")


@vector("normalisation")
def marks():
    """Diacritics do not count, however they are encoded."""
    return comparing("Jose\u0301 \u00c5ngstro\u0308m")


@vector("normalisation")
def punctuation():
    """Punctuation separates words."""
    return comparing("O'Brien-Smith, Mary-Jane Jr.")


@vector("normalisation")
def letters():
    """Latin letters without a decomposition have a substitute."""
    return comparing("\u0141ukasz \u00d8stergaard \u00de\u00f3r \u00c6gir \u0110or\u0111e I\u015f\u0131k")


@vector("normalisation")
def sharp_s():
    """Case folding takes a sharp s apart, capital or not."""
    return comparing("Stra\u00dfe STRA\u1e9eE")


@vector("normalisation")
def full_width():
    """Compatibility forms are the letters that they stand for."""
    return comparing("\uff2a\uff21\uff2e\uff25 \ufb01eld")


@vector("normalisation")
def turkish_capital():
    """A dotted capital I is an i: no language is asked for."""
    return comparing("\u0130pek")


@vector("normalisation")
def invisible():
    """What has no width separates nothing."""
    return comparing("Ja\u200bne\u00ad Do\u2060e")


@vector("normalisation")
def cyrillic():
    """Other scripts stay what they are."""
    return comparing("\u0418\u0432\u0430\u043d \u0429\u0443\u043a\u0438\u043d")


@vector("normalisation")
def greek():
    """An accent does not count, and a final sigma is a sigma."""
    return comparing("\u0393\u03b9\u03ce\u03c1\u03b3\u03bf\u03c2")


@vector("normalisation")
def han():
    """A name in Han characters."""
    return comparing("\u5434 \u4fe1\u5229")


@vector("normalisation")
def kana_voicing():
    """A voicing mark is no diacritic: without it the syllable is another."""
    return comparing("\u3055\u304b\u3099\u3044")


@vector("normalisation")
def kana_and_han():
    """Kana beside Han make a name Japanese."""
    return comparing("\u5c71\u7530 \u306f\u306a")


@vector("normalisation")
def devanagari():
    """Vowel signs are no diacritics."""
    return comparing("\u0938\u0940\u0924\u093e")


@vector("normalisation")
def persian():
    """A letter that Arabic has not makes a name Persian."""
    return comparing("\u067e\u0631\u0648\u06cc\u0632")


@vector("normalisation")
def hangul():
    """Syllables compare as syllables."""
    return comparing("\uae40\ubbfc\uc900")


@vector("normalisation")
def nothing():
    """What holds no letter and no figure is nothing."""
    return comparing(" - ")
