"""Jobs for worker processes, which import them by name."""

import os
import signal
import time
from pathlib import Path

from carnet.errors import VerifyError


def late(seconds):
    """Return *seconds* after so long."""
    time.sleep(seconds)
    return seconds


def process(_item):
    """Return the number of the process that does this."""
    return os.getpid()


def refuse(number):
    """Return *number*, but for 3."""
    if number == 3:
        raise VerifyError("tier.proof", f"item {number}")
    return number


class OddError(Exception):
    """Cannot be made again from what is pickled."""

    def __init__(self, one, *, other):
        super().__init__(f"{one} and {other}")


def refuse_oddly(number):
    """Raise what cannot be pickled."""
    raise OddError(number, other=number)


def die_once(mark):
    """Kill this process, unless *mark* is there."""
    if not Path(mark).exists():
        Path(mark).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return "alive"


def die_of_three(number):
    """Return *number*, but be killed by 3."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number


def announce(path, seconds):
    """Leave the number of this process in a file, and take long."""
    Path(path).write_text(str(os.getpid()), encoding="ascii")
    time.sleep(seconds)


def mark(path):
    """Leave a file, and take a little."""
    Path(path).touch()
    time.sleep(0.1)


def die(_item):
    """Kill this process."""
    os.kill(os.getpid(), signal.SIGKILL)
