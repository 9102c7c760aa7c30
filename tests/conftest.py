"""Hypothesis profiles: ``HYPOTHESIS_PROFILE=ci`` (or ``nightly``), or ``--hypothesis-profile ci``."""

import os
from pathlib import Path

from hypothesis import HealthCheck, settings

# Examples that failed are kept below tests/, where this file is always read and keeps them out of collection.
os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(Path(__file__).parent / ".hypothesis"))

# Timings are no verdict on a shared machine: a test that must be quick says so itself.
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]

settings.register_profile("dev", max_examples=50, deadline=None, suppress_health_check=_SLOW)
settings.register_profile(
    "ci", max_examples=100, deadline=None, suppress_health_check=_SLOW, derandomize=True, database=None, print_blob=True
)
settings.register_profile("nightly", max_examples=20_000, deadline=None, suppress_health_check=_SLOW)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "dev"))


def pytest_configure(config):
    config.addinivalue_line("norecursedirs", ".hypothesis")
