"""Generators derived from the declarations: a new message is tested from the day it exists.

A message whose constructor asks for more than its fields' types say registers itself in `NARROWED`.
"""

import importlib
import pkgutil
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

import carnet
from carnet import schema
from carnet.schema import MESSAGES, Message

_NOT_CORE = {"carnet.rpc", "carnet.cli", "carnet.testing"}


def declare_all() -> dict[str, type[Message]]:
    """Import the whole core, so that all its messages are known, and return them."""
    for found in pkgutil.walk_packages(carnet.__path__, "carnet.", onerror=lambda _name: None):
        if not any(found.name == name or found.name.startswith(name + ".") for name in _NOT_CORE):
            importlib.import_module(found.name)
    return {name: kind for name, kind in MESSAGES.items() if kind.__module__.startswith("carnet.")}


def uints(bits: int) -> st.SearchStrategy[int]:
    """Unsigned integers, the edges of CBOR's heads among them."""
    edges = [edge for width in (8, 16, 32, 64) for edge in (2**width - 1, 2**width)] + [0, 23, 24]
    return st.sampled_from([edge for edge in edges if edge < 2**bits]) | st.integers(0, 2**bits - 1)


def texts(codec: schema.Text) -> st.SearchStrategy[str]:
    """Text that fits *codec*."""
    if codec.pattern is None:
        return st.text(st.characters(codec="utf-8"), min_size=codec.least, max_size=min(codec.most, codec.least + 12))
    return st.from_regex(codec.pattern, fullmatch=True, alphabet=st.characters(codec="utf-8")).filter(
        lambda text: codec.least <= len(text) <= codec.most
    )


def values(codec: schema.Codec) -> st.SearchStrategy[Any]:
    """Values that *codec* writes."""
    match codec:
        case schema.Uint(bits):
            return uints(bits)
        case schema.BigUint(size):
            return uints(64) | st.integers(0, 2 ** (8 * size) - 1)
        case schema.Fixed(size):
            return (
                st.binary(min_size=size, max_size=size)
                if size <= 64
                else st.integers(0, 255).map(lambda byte: bytes([byte]) * size)
            )
        case schema.Blob(most):
            return st.binary(max_size=min(most, 40))
        case schema.Text():
            return texts(codec)
        case schema.Flag():
            return st.booleans()
        case schema.Choice(kind):
            return st.sampled_from(list(kind))
        case schema.Nested(kind):
            return messages(kind)
        case schema.ListOf(item, most, least):
            return st.lists(values(item), min_size=least, max_size=min(most, least + 2)).map(tuple)
    raise NotImplementedError(f"no generator for {codec!r}")


def messages(kind: type[Message]) -> st.SearchStrategy[Any]:
    """Messages of *kind*."""
    if kind in NARROWED:
        return NARROWED[kind]()
    return st.builds(
        kind,
        **{
            field.name: st.none() | values(field.codec) if field.optional else values(field.codec)
            for field in kind.FIELDS
        },
    )


NARROWED: dict[type[Message], Callable[[], st.SearchStrategy[Any]]] = {}

_LEAVES = (
    st.none()
    | st.booleans()
    | uints(64)
    | st.integers(-(2**64), -1)
    | st.sampled_from([-1, -24, -25, -256, -257, -(2**32), -(2**32) - 1, -(2**64)])
    | st.binary(max_size=30)
    | st.text(st.characters(codec="utf-8"), max_size=30)
)

wires = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(uints(64), inner, max_size=5),
    max_leaves=20,
)
"""CBOR data of the profile."""


@st.composite
def mutated(draw: st.DrawFn, original: st.SearchStrategy[bytes]) -> bytes:
    """Bytes near *original*: one or two edits, which may insert, delete, change or repeat."""
    data = bytearray(draw(original))
    for _ in range(draw(st.integers(1, 2))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 3)):
            case 0:
                data[at:at] = draw(st.binary(min_size=1, max_size=3))
            case 1:
                del data[at : at + draw(st.integers(1, 3))]
            case 2 if at < len(data):
                data[at] = draw(st.integers(0, 255))
            case _:
                data[at:at] = data[at : at + draw(st.integers(1, 9))]
    return bytes(data)
