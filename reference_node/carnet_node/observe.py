"""What the node tells about itself: JSON lines on stderr, with names, sizes and ids, and never what is in a payload.

Only the keys of `ALLOWED` pass; a value under any other key is dropped, so that no careless call leaks a name.
"""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

ALLOWED: Final = frozenset(
    {
        "event",
        "level",
        "timestamp",
        "component",
        "attempts",
        "check",
        "code",
        "command",
        "days",
        "decision",
        "detail",
        "duration_ms",
        "effect",
        "end",
        "endpoint",
        "epoch",
        "error",
        "exception",
        "file",
        "hash",
        "index",
        "limit_s",
        "method",
        "origin",
        "peer",
        "phase",
        "reason",
        "records",
        "revision",
        "role",
        "serial",
        "size",
        "start",
        "transfer",
        "vasp",
        "version",
        "witness",
    }
)


def configure(level: str) -> None:
    """Write JSON lines of *level* and above to stderr."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _frames_only,
            _allowed_only,
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def logger(name: str) -> Any:
    """Return the logger called *name*."""
    return structlog.get_logger(component=name)


def _allowed_only(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: value for key, value in event.items() if key in ALLOWED}


def _frames_only(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Turn an exception into its type and places: its text and its values may hold anything."""
    error = event.pop("exc_info", None)
    if isinstance(error, BaseException):
        places, trace = [], error.__traceback__
        while trace is not None:
            places.append(f"{trace.tb_frame.f_code.co_qualname}:{trace.tb_lineno}")
            trace = trace.tb_next
        event["exception"] = [type(error).__name__, *places]
    return event
