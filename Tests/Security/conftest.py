"""Fixtures of the security tests. The stands, the client and the people are those of Tests/EndToEnd."""

from __future__ import annotations

from typing import Iterator

import pytest

from endtoend.fixtures import client, student, token, world  # noqa: F401 (pytest finds them here)
from endtoend.stand import Stand

pytest_plugins = ["privacy_watch"]


@pytest.fixture(scope="session")
def stand() -> Iterator[Stand]:
    """The shared stand, with the settings as they are by default."""
    stand = Stand()
    yield stand
    stand.stop()


@pytest.fixture(scope="session")
def roster_stand() -> Iterator[Stand]:
    """Admission by roster; five attempts of a student at once."""
    stand = Stand(LOCKER_REGISTRATION="roster", LOCKER_ATTEMPT_BURST="5")
    yield stand
    stand.stop()
