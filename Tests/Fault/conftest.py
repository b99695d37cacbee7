"""Fixtures of the fault tests: stands that may be broken."""

from __future__ import annotations

from typing import Iterator

import pytest

from endtoend.stand import Stand


def _stand() -> Iterator[Stand]:
    # A storm by the clock presses more often than any student may.
    stand = Stand(LOCKER_ATTEMPT_BURST="1000000")
    yield stand
    stand.stop()


@pytest.fixture(scope="session")
def rough_stand() -> Iterator[Stand]:
    """A stand that each test breaks and leaves whole again."""
    yield from _stand()


@pytest.fixture
def unguarded_stand() -> Iterator[Stand]:
    """A stand whose guard the test switches off: for no other test."""
    yield from _stand()
