"""A clock that a sandbox may move: the system's time, and as many seconds more as a file says.

Days pass then in a moment: epochs end, reports are issued, keys are rotated. TLS certificates know the system's time
alone.
"""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from carnet_node.errors import CommandError, ConfigError
from carnet_node.files import replace_file

FILE: Final = "clock"
MOST_DAYS: Final = 3650
DAY_S: Final = 86_400


class SandboxClock:
    """The time, as *file* moves it; what was moved stays so after a restart.

    Raises:
        ConfigError: The file does not hold a number of seconds.
    """

    def __init__(self, file: Path, *, real: Callable[[], float] = time.time) -> None:
        self._file: Final = file
        self._real: Final = real
        self._ahead = _read(file)

    def __call__(self) -> float:
        """Return the time in seconds since the epoch."""
        return self._real() + self._ahead

    def advance(self, days: int) -> None:
        """Move the clock on by *days*, for good.

        Raises:
            CommandError: That is too far.
        """
        ahead = self._ahead + days * DAY_S
        if abs(ahead) > MOST_DAYS * DAY_S:
            raise CommandError(f"a sandbox's clock is moved by {MOST_DAYS} days at most")
        replace_file(self._file, b"%r\n" % ahead)
        self._ahead = ahead


def _read(file: Path) -> float:
    try:
        text = file.read_text(encoding="ascii")
    except FileNotFoundError:
        return 0.0
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file}: the sandbox's clock cannot be read") from error
    try:
        ahead = float(text)
    except ValueError:
        ahead = math.nan
    if not abs(ahead) <= MOST_DAYS * DAY_S:
        raise ConfigError(f"{file}: the sandbox's clock is no number of seconds, of {MOST_DAYS} days at most")
    return ahead
