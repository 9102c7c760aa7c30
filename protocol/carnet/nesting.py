"""JSON from strangers: how deep it nests is asked before any parser sees it.

A parser recurses as deep as its caller's limit lets it, and libraries raise that limit: it may then crash, and take
its process along. Nothing that anybody writes for this protocol nests deeper than `MAX_JSON_DEPTH`.
"""

import json
import re
from itertools import accumulate
from typing import Any, Final

MAX_JSON_DEPTH: Final = 64
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"?', re.DOTALL)


def is_too_deep(text: str) -> bool:
    """Return whether JSON *text* nests deeper than anybody writes; brackets within strings do not count."""
    steps = (1 if bracket in "[{" else -1 for bracket in re.findall(r"[\[\]{}]", _STRING.sub("", text)))
    return max(accumulate(steps), default=0) > MAX_JSON_DEPTH


def parse_json(text: str | bytes) -> Any:
    """Return what JSON *text* says, which is UTF-8 where it is bytes.

    Raises:
        ValueError: Not UTF-8, not JSON, or none that anybody writes.
    """
    decoded = text.decode() if isinstance(text, bytes) else text
    if is_too_deep(decoded):
        raise ValueError("too deep")
    return json.loads(decoded)
