"""Fixtures of the security tests. The stands, the client and the people are those of Tests/EndToEnd."""

from __future__ import annotations

from typing import Iterator

import pytest

from endtoend.client import Client
from endtoend.people import Student, World
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
    """Admission by roster; five attempts a minute to hold."""
    stand = Stand(LOCKER_REGISTRATION="roster", LOCKER_HOLDS_PER_MINUTE="5")
    yield stand
    stand.stop()


@pytest.fixture
def client(stand: Stand) -> Iterator[Client]:
    """A client of the shared stand."""
    client = stand.client()
    yield client
    client.close()


@pytest.fixture
def world(stand: Stand) -> World:
    """The database of the shared stand."""
    return stand.world


@pytest.fixture
def student(world: World) -> Student:
    """A registered student of the test's own."""
    return world.student()


@pytest.fixture
def token(stand: Stand, client: Client, student: Student) -> str:
    """That student's access token."""
    return stand.sign_in(student, client)
