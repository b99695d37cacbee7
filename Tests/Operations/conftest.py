"""Fixtures of the tests of lockerctl: the real binary against a real database."""

from __future__ import annotations

from pathlib import Path
from typing import Iterator

import pytest

from operations.ctl import BINARY, Ctl
from operations.database import Database


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
