"""A worker with a wrong setting says so in one clear line for each fault, tells no secret, and does not start."""

import os
import signal
import socket
import subprocess
from contextlib import contextmanager
from pathlib import Path

import pytest

from endtoend.stand import REPOSITORY, poll

BINARY = os.environ.get("LOCKER_WORKER_BINARY", str(REPOSITORY / ".build/release/FCGIApp"))
SECRET = "invented-secret-of-the-configuration-tests-0123456789"


@contextmanager
def worker(stand, folder: Path, **changes):
    """A worker by itself, with a listening socket as descriptor 0 and right settings but for `changes` (None removes
    one). Gives the process and the file it writes to."""
    settings = {
        name: value for name, value in os.environ.items() if name in ("PATH", "LD_LIBRARY_PATH", "HOME", "LANG")
    }
    settings |= {name: stand.settings[name] for name in ("DB_URL", "JWT_ISS", "JWT_AUD")}
    settings |= {"JWT_ACCESS_SECRET": SECRET, "LOCKER_THREADS": "1"} | changes
    with socket.socket(socket.AF_UNIX) as listener, (folder / "stderr").open("wb") as stderr:
        listener.bind(str(folder / "worker.sock"))
        listener.listen(16)
        process = subprocess.Popen(
            [BINARY],
            env={name: value for name, value in settings.items() if value is not None},
            stdin=listener,
            stdout=stderr,
            stderr=stderr,
        )
        try:
            yield process, folder / "stderr"
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def refused(stand, folder, **changes):
    """The lines of a worker that must not start."""
    with worker(stand, folder, **changes) as (process, output):
        assert process.wait(10) != 0, "it started, and ended as if all were well"
        text = output.read_text()
    for secret in (SECRET, changes.get("JWT_ACCESS_SECRET"), "hidden-password"):
        assert not secret or secret not in text, "a secret is printed"
    return [line for line in text.splitlines() if line]


def test_a_right_one_starts_and_ends(stand, tmp_path):
    """The same worker with right settings stays up, and SIGTERM ends it with 0: so each refusal below has its own
    reason."""
    with worker(stand, tmp_path) as (process, output):
        poll("a worker that has started", 10, lambda: '"started"' in output.read_text())
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0, output.read_text()


FAULTS = {
    "DB_URL": [None, "", "postgresql://locker_app:hidden-password@[/locker", "locker hidden-password"],
    "JWT_ACCESS_SECRET": [None, "", "x", "x" * 31],
    "JWT_ACCESS_SECRET_FILE": ["/nowhere/at-all"],
    "JWT_ISS": [None, ""],
    "JWT_AUD": [None, ""],
    "JWT_ACCESS_TTL_MIN": ["x", "0", "-1", "1.5", "30m", " 30", "99999999999999999999999", "0x1e"],
    "JWT_REFRESH_TTL_H": ["x", "0", "-1", "99999999999999999999999"],
    "LOCKER_HOLD_SECONDS": ["x", "0", "-60", "60s", "99999999999999999999999"],
    "LOCKER_REGISTRATION": ["maybe", "OPEN", "open,closed"],
    "LOCKER_THREADS": ["x", "0", "-1", "99999999999999999999999"],
    "LOG_LEVEL": ["loud", "INFO!"],
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name, values in FAULTS.items() for value in values])
def test_one_fault(stand, tmp_path, name, value):
    """One line, which names the setting."""
    changes = {name: value}
    if name == "JWT_ACCESS_SECRET_FILE":
        changes["JWT_ACCESS_SECRET"] = None
    lines = refused(stand, tmp_path, **changes)
    assert len(lines) == 1 and name in lines[0], lines


def test_several_faults_at_once(stand, tmp_path):
    """All of them are told, so that they are put right in one go."""
    wrong = {"DB_URL": None, "JWT_ACCESS_SECRET": "short", "JWT_ACCESS_TTL_MIN": "x", "LOCKER_REGISTRATION": "maybe"}
    lines = refused(stand, tmp_path, **wrong)
    assert len(lines) == 4
    for name in wrong:
        assert sum(name in line for line in lines) == 1, lines


def test_the_secret_from_a_file(stand, tmp_path):
    """32 bytes at least, an editor's newline not counted; a file with less is refused."""
    file = tmp_path / "secret"
    file.write_text("y" * 31 + "\n")
    lines = refused(stand, tmp_path, JWT_ACCESS_SECRET=None, JWT_ACCESS_SECRET_FILE=str(file))
    assert len(lines) == 1 and "JWT_ACCESS_SECRET_FILE" in lines[0]
    (tmp_path / "worker.sock").unlink()
    file.write_text("y" * 32 + "\n")
    with worker(stand, tmp_path, JWT_ACCESS_SECRET=None, JWT_ACCESS_SECRET_FILE=str(file)) as (process, output):
        poll("a worker that has started", 10, lambda: '"started"' in output.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0


def test_another_schema(rough_stand, tmp_path):
    """Without the migration that it needs, or on other functions than those it was built with: one clear line that says which
    of the two, and it does not start."""
    world = rough_stand.world
    newest = world.value("SELECT change FROM sqitch.changes ORDER BY committed_at DESC, planned_at DESC LIMIT 1")
    digest = world.value("SELECT digest FROM deployed_code")
    world.sql("UPDATE sqitch.changes SET change = 'something_else' WHERE change = %s", newest)
    try:
        history = refused(rough_stand, tmp_path)
    finally:
        world.sql("UPDATE sqitch.changes SET change = %s WHERE change = 'something_else'", newest)
    (tmp_path / "worker.sock").unlink(missing_ok=True)
    world.sql("UPDATE deployed_code SET digest = 'another'")
    try:
        code = refused(rough_stand, tmp_path)
    finally:
        world.sql("UPDATE deployed_code SET digest = %s", digest)
    for lines, part in ((history, '"part":"history"'), (code, '"part":"code"')):
        assert len(lines) == 1 and part in lines[0] and "sql/deploy" in lines[0], lines


def test_no_schema(rough_stand, tmp_path):
    """An empty database: the same."""
    url = rough_stand.settings["DB_URL"].replace("/locker?", "/postgres?")
    assert url != rough_stand.settings["DB_URL"], "the URL has another form than this test knows"
    lines = refused(rough_stand, tmp_path, DB_URL=url)
    assert len(lines) == 1 and ("schema" in lines[0] or "migration" in lines[0]), lines
