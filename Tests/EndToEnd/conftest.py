"""Fixtures of the end-to-end tests. Every test talks to a real stand: nginx, workers, PostgreSQL."""

from __future__ import annotations

from typing import Iterator

import pytest

from endtoend.fixtures import client, student, token, world  # noqa: F401 (pytest finds them here)
from endtoend.stand import Stand


# One student of a storm presses more often than a person could.
NO_LIMIT = {"LOCKER_ATTEMPT_BURST": "1000000"}


@pytest.fixture(scope="session")
def stand() -> Iterator[Stand]:
    """The shared stand, with the settings as they are by default. A test that breaks something uses another."""
    stand = Stand(**NO_LIMIT)
    yield stand
    stand.stop()


@pytest.fixture(scope="session")
def strict_stand() -> Iterator[Stand]:
    """Registration closed, holds of 90 seconds, access tokens of 5 minutes, 20 attempts at once."""
    stand = Stand(
        LOCKER_REGISTRATION="closed",
        LOCKER_HOLD_SECONDS="90",
        LOCKER_ATTEMPT_BURST="20",
        JWT_ACCESS_TTL_MIN="5",
        LOCKER_WORKERS="1",
    )
    yield stand
    stand.stop()


@pytest.fixture(scope="session")
def brief_stand() -> Iterator[Stand]:
    """Registration by roster, holds of 2 seconds."""
    stand = Stand(LOCKER_REGISTRATION="roster", LOCKER_HOLD_SECONDS="2", LOCKER_WORKERS="1", **NO_LIMIT)
    yield stand
    stand.stop()


@pytest.fixture(scope="session")
def rough_stand() -> Iterator[Stand]:
    """The stand that is treated roughly: what a test breaks in it, the same test leaves whole again."""
    stand = Stand(**NO_LIMIT)
    yield stand
    stand.stop()
