"""A box for secrets, so that none reaches a log, a repr or a comparison by accident."""

from typing import Final, Generic, NoReturn, TypeVar, final

T = TypeVar("T")


@final
class Secret(Generic[T]):
    """Hold *value* so that only `reveal` shows it.

    >>> Secret(b"seed")
    Secret(...)
    >>> Secret(b"seed").reveal()
    b'seed'
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value: Final = value

    def reveal(self) -> T:
        """Return the secret; the one word to search for in a review."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(...)"

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("secrets are compared with hmac.compare_digest, on what reveal() returns")

    __hash__ = None  # type: ignore[assignment]  # a hash would be an equality oracle

    def __reduce__(self) -> NoReturn:
        raise TypeError("secrets are not pickled")
