"""Fixtures of the tests of lockerctl: the real binary against a real database, or a whole stand."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Iterator

import pytest

from endtoend.stand import Stand
from operations.ctl import BINARY, Ctl
from operations.database import REPOSITORY, Database
from operations.front_door import FrontDoor


@pytest.fixture(scope="session")
def server() -> Iterator[Database]:
    """One PostgreSQL for all."""
    assert Path(BINARY).exists(), f"no lockerctl at {BINARY}; set LOCKERCTL_BINARY"
    database = Database()
    yield database
    database.stop()


@pytest.fixture
def database(server: Database) -> Database:
    """The database, as at the beginning."""
    server.empty()
    return server


@pytest.fixture
def ctl(database: Database, tmp_path: Path) -> Ctl:
    """lockerctl, in a folder of the test's own."""
    return Ctl(database, tmp_path)


@pytest.fixture(scope="session")
def stand() -> Iterator[Stand]:
    """nginx, workers and PostgreSQL, for what only shows when the server is open for business."""
    worker = os.environ.get("LOCKER_WORKER_BINARY", str(REPOSITORY / ".build/debug/FCGIApp"))
    # A storm presses more often than any student may.
    stand = Stand(LOCKER_WORKER_BINARY=worker, LOCKER_CTL_BINARY=BINARY, LOCKER_ATTEMPT_BURST="1000000")
    yield stand
    stand.stop()


@pytest.fixture
def front_door(stand: Stand, tmp_path: Path) -> FrontDoor:
    """The stand with lockerctl, both as an operator has them."""
    return FrontDoor(stand, tmp_path)
