import pathlib
import shutil
import tempfile

import pytest


@pytest.fixture
def folder():
    # Short, since a unix socket's path has 107 bytes, and open to PostgreSQL's own user.
    path = pathlib.Path(tempfile.mkdtemp(prefix="locker-scaling-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def running():
    """What a test starts; stopped in the opposite order."""
    started = []
    yield started
    for component in reversed(started):
        component.stop()
