"""Signed quotes from an issuer over HTTP, kept in a folder and thrown away when they are stale (spec/policy.md#feeds).

The feed believes nothing: each quote is verified before it is kept, and again when it is used. What it adds to the
quotes' own windows is a limit to how long a silent issuer is trusted to have nothing new to say.
"""

import urllib.error
import urllib.request
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from carnet.errors import PeerError
from carnet.identity.directory import Trust
from carnet.nesting import parse_json
from carnet_node.config import FeedConfig
from carnet_node.files import replace_file
from carnet_node.network import open_quote
from carnet_node.observe import logger

LOG: Final = logger("quotes")
MAX_ANSWER: Final = 2**20
SCHEMES: Final = ("http://", "https://")

Fetch = Callable[[str, float], bytes]


def fetch(url: str, timeout_s: float) -> bytes:
    """Return what *url* answers, at most `MAX_ANSWER` bytes of it.

    Raises:
        OSError: It cannot be reached, is too slow, or answers with an error or with too much.
    """
    if not url.startswith(SCHEMES):
        raise OSError(f"{url}: http or https is needed")
    with urllib.request.urlopen(url, timeout=timeout_s) as answer:  # noqa: S310 - the scheme was checked
        data: bytes = answer.read(MAX_ANSWER + 1)
    if len(data) > MAX_ANSWER:
        raise OSError(f"{url}: more than {MAX_ANSWER} bytes")
    return data


class QuoteFeed:
    """Keeps *folder* filled with the quotes that the configured URL serves; `refresh` blocks, and wants a thread."""

    def __init__(self, config: FeedConfig, *, folder: Path, get: Fetch = fetch) -> None:
        self._config: Final = config
        self._folder: Final = folder
        self._stamp: Final = folder.with_name(f"{folder.name}.fetched")
        self._get: Final = get

    def refresh(self, *, trust: Trust, now: int) -> int:
        """Fetch, unless what was fetched is young enough; return how many quotes are kept now."""
        fetched = self._fetched()
        if fetched is None or not 0 <= now - fetched < self._config.refresh_s:
            try:
                self._replace(self._accepted(trust), now=now)
            except (OSError, ValueError) as error:
                LOG.warning("feed.failed", error=type(error).__name__)
        self._drop(now=now)
        return len(self._kept())

    def _accepted(self, trust: Trust) -> dict[str, bytes]:
        """Return the quotes that the feed serves now, by file name; those that nobody of ours signed are left out."""
        data = parse_json(self._get(self._config.url, self._config.timeout_s))
        found: dict[str, bytes] = {}
        for each in _listed(data):
            signed = bytes.fromhex(each)
            try:
                open_quote(signed, trust)
            except PeerError as error:
                LOG.warning("feed.refused", check=error.check)
                continue
            found[sha256(signed).hexdigest()] = signed
        return found

    def _replace(self, quotes: dict[str, bytes], *, now: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        for name, signed in quotes.items():
            replace_file(self._folder / name, signed)
        for file in self._kept():
            if file.name not in quotes:
                file.unlink(missing_ok=True)
        replace_file(self._stamp, str(now).encode())

    def _drop(self, *, now: int) -> None:
        """Throw away what is older than the issuer's silence may be."""
        fetched = self._fetched()
        if self._kept() and (fetched is None or not 0 <= now - fetched <= self._config.stale_s):
            for file in self._kept():
                file.unlink(missing_ok=True)
            LOG.error("feed.stale", limit_s=self._config.stale_s)

    def _kept(self) -> list[Path]:
        return sorted(self._folder.glob("*")) if self._folder.is_dir() else []

    def _fetched(self) -> int | None:
        try:
            return int(self._stamp.read_bytes())
        except (OSError, ValueError):
            return None


def _listed(data: Any) -> list[str]:
    quotes = data.get("quotes") if isinstance(data, dict) else None
    if not isinstance(quotes, list) or not all(isinstance(each, str) for each in quotes):
        raise ValueError("an object with a list of quotes is needed")
    return quotes
