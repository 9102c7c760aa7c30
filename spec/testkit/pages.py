"""Renew the bytes that pages show: ``git show HEAD:FILE | python spec/testkit/pages.py FILE``.

Standard input is the vector file as it was when the pages were right, FILE the one that is right now. Each indented
block of hex that is a value of the old file, or the beginning of one, becomes the value at the same place in the new.
"""

import json
import re
import sys
import textwrap
from pathlib import Path

PAGES = Path(__file__).parent.parent
WIDTH = 112


def values(whole):
    """Return every hex string of a vector file by its place in it."""
    found = {}

    def walk(value, place):
        if isinstance(value, str) and len(value) >= 64 and re.fullmatch(r"[0-9a-f]+", value):
            found[place] = value
        elif isinstance(value, dict | list):
            for key, each in value.items() if isinstance(value, dict) else enumerate(value):
                walk(each, (*place, key))

    walk(whole["vectors"], ())
    return found


def renewed(text, old, new):
    """Return *text* with its blocks of hex renewed."""

    def block(found):
        shown = re.sub(r"\s", "", found[0])
        for place, value in old.items():
            if value.startswith(shown) and place in new:
                whole = new[place] if shown == value else new[place][: len(shown)]
                return textwrap.indent("\n".join(textwrap.wrap(whole, WIDTH)), "    ") + "\n"
        return found[0]

    return re.sub(r"(?:^    [0-9a-f]+\n)+", block, text, flags=re.MULTILINE)


if __name__ == "__main__":
    before, after = values(json.load(sys.stdin)), values(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    for page in sorted(PAGES.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        if (changed := renewed(text, before, after)) != text:
            page.write_text(changed, encoding="utf-8")
            print(f"renewed {page.name}")
