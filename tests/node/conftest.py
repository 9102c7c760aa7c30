import pytest
import structlog

from carnet_node.observe import configure
from node.world import World


@pytest.fixture
def world(tmp_path):
    return World(tmp_path)


@pytest.fixture(autouse=True)
def _quiet():
    """Log as a node does, and leave nothing configured behind."""
    configure("info")
    yield
    structlog.reset_defaults()
