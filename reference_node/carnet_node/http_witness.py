"""Ask a witness over HTTP, as C2SP's tlog-witness has it (spec/log.md#add-checkpoint).

Nothing that comes back is believed but a cosignature, which the sequencer verifies; a witness that answers slowly, for
ever, with too much or from elsewhere costs no more than one that is away.
"""

import asyncio
import ssl
from collections.abc import Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final

import httpx

from carnet.errors import Code
from carnet.log.witness import SIZE_TYPE
from carnet_node.errors import Refused, Unreachable

ADD_CHECKPOINT: Final = "add-checkpoint"
SCHEMES: Final = ("http://", "https://")
TIMEOUT_S: Final = 10.0
MAX_ANSWER: Final = 16_384
_REFUSALS: Final[dict[int, Code]] = {
    httpx.codes.CONFLICT: Code.UNVERIFIED,
    httpx.codes.UNPROCESSABLE_ENTITY: Code.UNVERIFIED,
    httpx.codes.BAD_REQUEST: Code.MALFORMED,
    httpx.codes.FORBIDDEN: Code.REFUSED,
    httpx.codes.NOT_FOUND: Code.REFUSED,
}


def is_url(endpoint: str) -> bool:
    """Tell whether a witness with *endpoint* is asked over HTTP."""
    return endpoint.startswith(SCHEMES)


class HttpWitness:
    """The witness whose submission prefix is *url*; over https, *certificates* are trusted besides those of CAs."""

    def __init__(self, url: str, *, certificates: Sequence[bytes] = (), timeout_s: float = TIMEOUT_S) -> None:
        self._url: Final = f"{url.rstrip('/')}/{ADD_CHECKPOINT}"
        self._timeout: Final = timeout_s
        self._certificates: Final = tuple(certificates)
        self._opened: httpx.AsyncClient | None = None

    async def close(self) -> None:
        """Close the connection."""
        if self._opened is not None:
            await self._opened.aclose()
            self._opened = None

    async def ask(self, body: bytes) -> bytes:
        """Return the answer to the add-checkpoint request *body*: signature lines, or the size that is known.

        Raises:
            Unreachable: No answer in time, or none that the protocol knows.
            Refused: The witness refuses; UNVERIFIED says that it has seen another history.
        """
        try:
            async with asyncio.timeout(self._timeout):
                return await self._answer(self._client(), body)
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            raise Unreachable(f"the witness at {self._url} cannot be reached ({type(error).__name__})") from error

    async def _answer(self, client: httpx.AsyncClient, body: bytes) -> bytes:
        async with client.stream("POST", self._url, content=body, headers={"Accept-Encoding": "identity"}) as response:
            status, answer = response.status_code, bytearray()
            async for chunk in response.aiter_raw():
                answer += chunk
                if len(answer) > MAX_ANSWER:
                    raise Unreachable(f"the witness at {self._url} answers too much")
            told = response.headers.get("content-type", "").partition(";")[0].strip()
            if status == httpx.codes.OK or (status == httpx.codes.CONFLICT and told == SIZE_TYPE):
                return bytes(answer)
            if (code := _REFUSALS.get(status)) is None:
                raise Unreachable(f"the witness at {self._url} answers {status}")
            raise Refused(code)

    def _client(self) -> httpx.AsyncClient:
        if self._opened is None:
            context = ssl.create_default_context()
            context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
            for each in self._certificates:
                context.load_verify_locations(cadata=each)
            nothing = CookieJar(DefaultCookiePolicy(allowed_domains=()))
            self._opened = httpx.AsyncClient(
                verify=context, timeout=self._timeout, follow_redirects=False, cookies=nothing
            )
        return self._opened
