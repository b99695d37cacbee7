"""Databases on other machines: a password that no process list shows, and a move through a real ssh."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Iterator

import pytest

from operations.ctl import BINARY, Ctl
from operations.database import environment
from operations.guide import commands
from operations.remote import PASSWORDS, RemotePostgres, Sshd

HONG = "2023321234"


@pytest.fixture(scope="module")
def remote() -> Iterator[RemotePostgres]:
    """Not below pytest's own folder: that is closed to the user that PostgreSQL runs as."""
    folder = Path(tempfile.mkdtemp(prefix="locker-remote-", dir="/tmp"))
    folder.chmod(0o711)
    server = RemotePostgres(folder)
    yield server
    server.stop()
    shutil.rmtree(folder)


class Far(Ctl):
    """lockerctl whose database is the remote one. Its PostgreSQL programs write down what they were given, and then run."""

    def __init__(self, remote: RemotePostgres, folder: Path, **settings: str):
        self.folder = folder
        self.witness = folder / "witness"
        programs = folder / "programs"
        programs.mkdir()
        for name in ("pg_dump", "pg_restore", "psql"):
            (programs / name).write_text(
                f"#!/bin/sh\nprintf '%s\\n' {name} \"$@\" >> {self.witness}\nexec {shutil.which(name)} \"$@\"\n")
            (programs / name).chmod(0o755)
        self.database = self
        self.urls = remote.urls(password=False) | settings | {"PATH": f"{programs}:{os.environ['PATH']}"}

    def said(self) -> str:
        """Every argument of every program so far."""
        return self.witness.read_text()


def install(file, command, settings):
    """A program of that name that runs another with its own settings."""
    exports = "".join(f"export {name}='{value}'\n" for name, value in settings.items())
    file.write_text(f'#!/bin/sh\n{exports}exec {command} "$@"\n')
    file.chmod(0o755)


def fill(remote, name="홍길동"):
    remote.sql("TRUNCATE users, locker_locations, locker_info, locker_assignments, operator_audit CASCADE", "locker")
    remote.sql("INSERT INTO locker_locations (name) VALUES ('정보관 2층'); INSERT INTO locker_info (locker_id, location_id)"
               " SELECT 101, location_id FROM locker_locations;"
               f" INSERT INTO users (student_id, name, phone_number) VALUES ('{HONG}', '{name}', '01012345678')", "locker")


def round_trip(far, remote):
    fill(remote)
    assert "확인했습니다" in far("backup", "far.dump").err
    remote.sql("UPDATE users SET name = '틀린이름'", "locker")
    far("restore", "far.dump", "--replace", "--keep", "kept.dump", "--reason", "시험", "--yes")
    assert remote.sql("SELECT name FROM users", "locker") == "홍길동"
    assert remote.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'locker%'") == "1", "nothing is left over"
    far("status")
    shown = far.said()
    assert {"pg_dump", "pg_restore"} <= set(shown.split("\n")) and remote.address in shown
    assert "geheim" not in shown, "a process list would show it"


def test_a_password_in_the_address(remote, tmp_path):
    round_trip(Far(remote, tmp_path, **remote.urls(password=True)), remote)


def test_a_password_in_a_file(remote, tmp_path):
    far = Far(remote, tmp_path, PGPASSFILE=str(remote.passfile()))
    round_trip(far, remote)


def test_passwords_in_the_environment(remote, tmp_path):
    """One PGPASSWORD for both roles: as one does by hand."""
    remote.sql(f"ALTER ROLE locker_operator PASSWORD '{PASSWORDS['postgres']}'")
    try:
        round_trip(Far(remote, tmp_path, PGPASSWORD=PASSWORDS["postgres"]), remote)
    finally:
        remote.sql(f"ALTER ROLE locker_operator PASSWORD '{PASSWORDS['locker_operator']}'")


def test_what_the_address_says_counts_most(remote, tmp_path):
    """PGDATABASE, PGHOST and PGUSER of the caller do not lead a program elsewhere."""
    far = Far(remote, tmp_path, **remote.urls(password=True), PGDATABASE="postgres", PGHOST="/nowhere", PGUSER="nobody")
    round_trip(far, remote)


def test_a_master_who_is_no_superuser(remote, tmp_path):
    """As on a managed PostgreSQL: he may make databases and roles, and is a member of the schema's owner."""
    remote.sql("CREATE ROLE master LOGIN CREATEDB CREATEROLE PASSWORD 'geheim-master-3' IN ROLE locker_owner, pg_signal_backend")
    urls = remote.urls(password=True)
    urls["DB_SUPERUSER_URL"] = urls["DB_SUPERUSER_URL"].replace(f"postgres:{PASSWORDS['postgres']}@", "master:geheim-master-3@")
    try:
        round_trip(Far(remote, tmp_path, **urls), remote)
    finally:
        remote.sql("DROP ROLE master")


def test_a_wrong_password(remote, tmp_path):
    """It is told, nothing is asked for, and the password is not repeated."""
    wrong = {name: url.replace("geheim-", "geheim-falsch-") for name, url in remote.urls(password=True).items()}
    for command in (("backup", "x.dump"), ("backup", "x.dump", "--no-check"), ("status",)):
        result = Far(remote, Path(tempfile.mkdtemp(dir=tmp_path)), **wrong)(*command, code=2)
        assert "geheim" not in result.err + result.out and "password authentication failed" in result.err
    # The one that makes databases is another role's.
    half = remote.urls(password=True) | {"DB_SUPERUSER_URL": wrong["DB_SUPERUSER_URL"]}
    result = Far(remote, Path(tempfile.mkdtemp(dir=tmp_path)), **half)("backup", "x.dump", code=2)
    assert "geheim" not in result.err


def test_an_address_without_a_name(ctl, database):
    url = database.urls["DB_OPERATOR_URL"].replace("/locker?", "/?")
    assert "데이터베이스 이름" in ctl("backup", "x.dump", code=2, env={"DB_OPERATOR_URL": url}).err


def test_adopt_from_a_dump(remote, tmp_path, ctl, database):
    """psql and pg_restore of adopt go the same way."""
    from test_adopt import SHAPE_A
    remote.sql("CREATE DATABASE old")
    far = Far(remote, tmp_path, **remote.urls(password=True))
    try:
        remote.sql(SHAPE_A, "old")
        for kind in ("c", "p"):
            subprocess.run([shutil.which("pg_dump"), f"-F{kind}", "-h", remote.socket, "-U", "postgres", "-f",
                            tmp_path / f"old.{kind}", "old"], check=True)
            remote.sql("TRUNCATE users, locker_locations, locker_info, locker_assignments, operator_audit CASCADE", "locker")
            assert "학생 3" in far("adopt", f"old.{kind}", "--dry-run").out
        assert {"psql", "pg_restore"} <= set(far.said().split("\n")) and "geheim" not in far.said()
    finally:
        remote.sql("DROP DATABASE old")


def test_a_move_through_ssh(ctl, database, remote, tmp_path):
    """The guide's own line, `lockerctl backup - | ssh 새서버 lockerctl restore - …`, word for word but for the server's
    name. Here and there lockerctl is a wrapper with the settings of its host, as the package installs it."""
    [line] = [new for _, new in commands("옛 명령과 새 명령") if new.startswith("lockerctl backup - | ssh 새서버 ")]
    remote.sql("TRUNCATE users, locker_locations, locker_info, locker_assignments, operator_audit CASCADE", "locker")
    there = tmp_path / "there"
    there.mkdir()
    settings = remote.urls(password=False) | {"PGPASSFILE": str(remote.passfile())}
    install(there / "lockerctl", BINARY, settings)
    (tmp_path / "ssh").mkdir()
    sshd = Sshd(tmp_path / "ssh", f"{there}:/usr/bin:/bin")
    here = tmp_path / "here"
    here.mkdir()
    install(here / "lockerctl", BINARY, database.urls)
    install(here / "ssh", f"/usr/bin/ssh -F {sshd.settings}", {})
    try:
        assert database.hold(HONG, 101) == "held" and database.confirm(HONG, 101) == "confirmed"
        before = database.picture()

        def move():
            return subprocess.run(
                ["bash", "-o", "pipefail", "-c", line.replace("새서버", "newserver")],
                env=environment({}) | {"PATH": f"{here}:{os.environ['PATH']}"}, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120)

        moved = move()
        assert moved.returncode == 0, moved.stderr + (tmp_path / "ssh/sshd.log").read_text()
        assert "되살렸습니다. 학생 3, 사물함 10, 배정 1" in moved.stdout
        for table, rows in before.items():
            if table != "operator_audit":
                found = remote.sql(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1", "locker").split("\n")
                assert found == [row[0] for row in rows] or (found, rows) == ([""], []), table
        assert remote.sql("SELECT reason FROM operator_audit ORDER BY audit_id DESC LIMIT 1", "locker") == "…"
        print(f"{line} → exit {moved.returncode}")
        # The old server is as it was; and the new one, which is not empty now, is not overwritten by a second try.
        assert database.picture() == before
        again = move()
        assert again.returncode != 0 and "--replace" in again.stderr
    finally:
        sshd.stop()
