"""Fixtures for every suite that has a session-wide fixture `stand`. A conftest imports them by name."""

from __future__ import annotations

from typing import Iterator

import pytest

from endtoend.client import Client
from endtoend.people import Student, World
from endtoend.stand import Stand


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
