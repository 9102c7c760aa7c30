"""Hundreds of proofs are made and verified here: tables pay from the start."""

import pytest

from carnet.crypto.group import group
from carnet.crypto.group.generators import bases


@pytest.fixture(scope="session", autouse=True)
def tables():
    bases(group()).build(128)
