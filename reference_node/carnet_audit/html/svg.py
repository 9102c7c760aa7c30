"""What matplotlib has drawn, as an element of the page.

It is taken apart and put together again: styles become attributes, so that the page's policy allows them and its style
sheet decides on the letters; nothing in it can act, or refer to anything outside; and it is a third of the size.
"""

import io
import re
from typing import Final
from xml.etree import ElementTree as ET

import matplotlib as mpl
from matplotlib.figure import Figure

KEPT: Final = frozenset(
    {
        "fill",
        "fill-opacity",
        "fill-rule",
        "opacity",
        "stroke",
        "stroke-dasharray",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-opacity",
        "stroke-width",
        "text-anchor",
    }
)
"""What a style may say of a shape."""
DROPPED: Final = frozenset({"metadata", "style", "title"})
SVG: Final = "{http://www.w3.org/2000/svg}"
HREF: Final = "{http://www.w3.org/1999/xlink}href"
_PLACE: Final = re.compile(r"url\(#([^)]*)\)")
_NUMBER: Final = re.compile(r"-?\d+\.\d+")


def svg(figure: Figure, name: str, title: str) -> str:
    """Return *figure* as an element called *name* of the page, which a screen reader calls by its *title*."""
    file = io.StringIO()
    mpl.rcParams["svg.hashsalt"] = name  # else its names are drawn by lot
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = re.sub(r"<!DOCTYPE.*?>", "", file.getvalue().partition("?>")[2], count=1, flags=re.DOTALL)
    drawn = ET.fromstring(text)  # noqa: S314 -- of matplotlib's own making
    places = set(_PLACE.findall(text)) | {each.get(HREF, "").removeprefix("#") for each in drawn.iter()}
    (root,) = _clean(drawn, name, places)
    width, height = (float(value) for value in root.get("viewBox", "0 0 1 1").split()[2:])
    root.attrib = {
        "viewBox": f"0 0 {width:g} {height:g}",
        "class": "plot",
        "role": "img",
        "aria-labelledby": f"{name}-title",
        "aria-describedby": f"{name}-desc",
    }
    for tag, words in (("desc", "What it shows is told beside it, and in the tables."), ("title", title)):
        told = ET.Element(tag, {"id": f"{name}-{tag}"})
        told.text = words
        root.insert(0, told)
    return ET.tostring(root, encoding="unicode", short_empty_elements=True)


def _clean(element: ET.Element, name: str, places: set[str]) -> list[ET.Element]:
    """Return *element* with nothing but shapes and letters, or what is in it if it says nothing itself."""
    made = ET.Element(element.tag.removeprefix(SVG))
    made.text = element.text if element.text and element.text.strip() else None
    for key, value in element.attrib.items():
        if key == "style":
            made.attrib.update(_attributes(value, name))
        elif key == "id":
            made.attrib.update({"id": f"{name}-{value}"} if value in places else {})
        elif key == HREF:
            made.set("href", f"#{name}-{value.removeprefix('#')}")
        elif not key.startswith("{"):
            short = " ".join(_NUMBER.sub(_rounded, value).split()) if key in {"d", "x", "y", "transform"} else value
            made.set(key, _local(short, name))
    for child in element:
        if child.tag.removeprefix(SVG) not in DROPPED:
            made.extend(_clean(child, name, places))
    if made.tag in {"g", "defs"} and (not len(made) or (made.tag == "g" and not made.attrib)):
        return list(made)
    return [made]


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _attributes(style: str, name: str) -> dict[str, str]:
    """Return the attributes that say what *style* says; of a font, its size alone."""
    found: dict[str, str] = {}
    for part in style.split(";"):
        key, _, value = (each.strip() for each in part.partition(":"))
        if key == "font":
            size = re.search(r"([\d.]+)px", value)
            found["font-size"] = size[1] if size else "8"
        elif key == "font-size":
            found[key] = value.removesuffix("px")
        elif key in KEPT:
            found[key] = _local(value, name)
    return found


def _local(value: str, name: str) -> str:
    """Return *value* with the places that it refers to renamed as they are in the page."""
    return _PLACE.sub(rf"url(#{name}-\1)", value)
