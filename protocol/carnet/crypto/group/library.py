"""The two wheels that carry libsecp256k1's C interface, as one shape: both bind the same functions by cffi."""

from dataclasses import dataclass
from typing import Any, Final, final

__all__ = ["Library", "btclib", "coincurve"]

XY: Final = 64
"""The bytes of a point's two coordinates."""
KEY_BYTES: Final = 64
"""The size of a point as libsecp256k1 holds it."""


@final
@dataclass(frozen=True, slots=True)
class Library:
    """A binding: its cffi interface, its functions, a context of its own blinding, and a way to keep both coordinates.

    Raw handles have no static types. *copy_xy* is the hash function to give ``secp256k1_ecdh`` so that it hands out
    the product itself, X and Y, rather than a hash of it.
    """

    name: str
    ffi: Any
    lib: Any
    context: Any
    copy_xy: Any

    def sum(self, pointers: Any, count: int) -> Any:
        """Return the sum of *count* keys, or None for the identity; all of them have come from calls that succeeded.

        So 0 means that they cancel out. Of a key that a failed call has zeroed the library would make a wrong point.
        """
        total = self.ffi.new("secp256k1_pubkey *")
        done = count and self.lib.secp256k1_ec_pubkey_combine(self.context, total, pointers, count)
        return total if done else None


def btclib() -> Library:
    """Return the binding of btclib-secp256k1, whose copy of the coordinates is a C function.

    Raises:
        ImportError: It is not installed, or does not load here.
    """
    from btclib_secp256k1 import ffi, lib  # noqa: PLC0415  # loaded when first asked for
    from btclib_secp256k1.context import ctx  # noqa: PLC0415

    return Library("libsecp256k1", ffi, lib, ctx, lib.btclib_secp256k1_ecdh_hash_function_xy)


def coincurve() -> Library:
    """Return the binding of coincurve, whose copy of the coordinates is a callback.

    Raises:
        ImportError: It is not installed, or does not load here.
    """
    from coincurve._libsecp256k1 import ffi, lib  # noqa: PLC0415  # loaded when first asked for
    from coincurve.context import GLOBAL_CONTEXT  # noqa: PLC0415

    @ffi.callback("int(unsigned char *, unsigned char *, unsigned char *, void *)")  # type: ignore[untyped-decorator]
    def copy_xy(output: Any, x: Any, y: Any, _data: Any) -> int:
        ffi.memmove(output, x, XY // 2)
        ffi.memmove(output + XY // 2, y, XY // 2)
        return 1

    return Library("coincurve", ffi, lib, GLOBAL_CONTEXT.ctx, copy_xy)
