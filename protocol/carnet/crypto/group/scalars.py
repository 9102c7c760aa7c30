"""The order of the group as the fastest integer at hand, which makes every number reduced by it fast too.

gmpy2's integers multiply and reduce three times as fast as Python's, and behave like them: whatever is computed
modulo `Q` becomes one of gmpy2's where it is installed, and nothing else changes.
"""

from importlib import import_module
from typing import Final

from carnet.crypto.group import N

try:
    number: type[int] = import_module("gmpy2").mpz  # an extra, never required
except ImportError:
    number = int

Q: Final = number(N)
"""The group's order, for arithmetic; `number` makes of any other number one that is ready for it."""
