"""What many tests share: the built-in content, read once, and a day on which everything happens."""

from __future__ import annotations

from datetime import datetime

import pytest
from hypothesis import HealthCheck, settings

from effleurage.library import Library, load_library
from effleurage.protocol.load import Protocols

# A busy machine must not fail a law: what counts is the answer, and speed is measured by the benchmark.
settings.register_profile("laws", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("laws")


@pytest.fixture(scope="session")
def library() -> Library:
    """The content that ships with the program."""
    return load_library()


@pytest.fixture(scope="session")
def protocols(library: Library) -> Protocols:
    return library.protocols


@pytest.fixture(scope="session")
def now() -> datetime:
    """Noon of the day on which the examples are set."""
    return datetime.fromisoformat("2026-11-22T12:00")
