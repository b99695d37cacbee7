"""Backup and restore: every row, into the same and into another database, and nothing lost when it fails."""

from __future__ import annotations

import os
import signal
import subprocess
import threading

import psycopg
import pytest

from operations.ctl import BINARY
from operations.database import SESSIONS, decide, environment
from endtoend.stand import patience, poll
from operations.rush import Rush

HONG = "2023321234"


def databases(database):
    return [row[0] for row in database.sql("SELECT datname::text FROM pg_database WHERE NOT datistemplate ORDER BY 1")]


@pytest.fixture
def fresh(database):
    """A private server per module would be slow: after a restore the tests' own connection is made anew."""
    yield database
    database.reconnect()


def test_backup_and_restore_bring_every_row_back(ctl, fresh):
    database = fresh
    database.hold(HONG, 101)
    database.confirm(HONG, 101)
    ctl.change("locker", "disable", "103")
    before = database.picture()
    rights = database.sql("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1")
    said = ctl("backup", "b.dump").err
    assert "학생 3" in said and "확인했습니다" in said
    assert (ctl.folder / "b.dump").stat().st_mode & 0o777 == 0o600
    assert "이미 있습니다" in ctl("backup", "b.dump", code=1).err
    names = databases(database)

    database.sql("UPDATE users SET name = '틀린이름'")
    database.sql("DELETE FROM locker_assignments")
    broken = database.picture()
    assert "--replace" in ctl("restore", "b.dump", "--reason", "시험", code=1).err
    ctl("restore", "b.dump", "--replace", "--reason", "시험", code=3)  # not at a terminal
    ctl("restore", "b.dump", "--replace", "--reason", " ", code=64)
    assert "미리 보기" in ctl("restore", "b.dump", "--replace", "--dry-run").out
    assert database.picture() == broken

    # A worker that is connected all the while finds the new database on its next connection.
    worker = psycopg.connect(database.urls["DB_URL"], autocommit=True)
    ctl("restore", "b.dump", "--replace", "--keep", "kept.dump", "--reason", "시험", "--yes")
    with pytest.raises(psycopg.OperationalError):
        worker.execute("SELECT 1")
    database.reconnect()
    after = database.picture()
    audit = after.pop("operator_audit")
    before_audit = before.pop("operator_audit")
    assert after == before
    assert len(audit) == len(before_audit) + 1 and ctl("audit", "list", "--json").json[0]["command"] == "restore"
    assert database.sql("SELECT relname, relacl::text FROM pg_class WHERE relnamespace = 'public'::regnamespace ORDER BY 1") == rights
    assert databases(database) == names, "no scratch database is left"
    assert database.figures("users", "locker_info") == {"users": 3, "locker_info": 10}, "a dump has no planner's figures"
    with psycopg.connect(database.urls["DB_URL"], autocommit=True) as worker:
        database.sql(SESSIONS, ["2023325678"])
        assert decide(worker, "hold", "2023325678", 102) == "held"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            worker.execute("CREATE TEMPORARY TABLE x (y int)")

    # What was replaced was kept, and can be had again.
    ctl("restore", "kept.dump", "--replace", "--reason", "시험", "--yes")
    database.reconnect()
    assert database.value("SELECT count(*) FROM users WHERE name = '틀린이름'") == 3
    assert len(list(ctl.folder.glob("locker-before-restore-*.dump"))) == 1


def test_through_a_pipe_to_another_database(ctl, fresh):
    """backup - | restore - : how a server moves. Here to another database of the same server."""
    database = fresh
    database.hold(HONG, 101)
    before = database.picture()
    database.sql("CREATE DATABASE elsewhere OWNER locker_owner")
    try:
        other = {name: url.replace("/locker?", "/elsewhere?") for name, url in database.urls.items()}
        dump = subprocess.run([BINARY, "backup", "-"], env=environment(database.urls), capture_output=True, check=True)
        restored = subprocess.run([BINARY, "restore", "-", "--reason", "이전", "--yes"], input=dump.stdout,
                                  env=environment(other), capture_output=True)
        assert restored.returncode == 0, restored.stderr.decode()
        with psycopg.connect(other["DB_SUPERUSER_URL"]) as moved:
            for table in ("users", "locker_info", "locker_assignments", "application_periods"):
                rows = moved.execute(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1").fetchall()
                assert rows == before[table], table
            assert moved.execute("SELECT max(decision_id) <= (SELECT last_value FROM locker_decision_seq) FROM locker_decisions").fetchone() == (True,)
    finally:
        database.sql("DROP DATABASE elsewhere WITH (FORCE)")


def test_a_bad_dump_changes_nothing(ctl, fresh):
    database = fresh
    before, names = database.picture(), databases(database)
    ctl("backup", "good.dump")
    whole = (ctl.folder / "good.dump").read_bytes()
    for name, content in (("empty.dump", b""), ("text.dump", b"DELETE FROM users;"), ("half.dump", whole[: len(whole) // 2])):
        (ctl.folder / name).write_bytes(content)
        ctl("restore", name, "--replace", "--reason", "시험", "--yes", code=1)
    ctl("restore", "missing.dump", "--replace", "--reason", "시험", "--yes", code=1)
    # Somebody else's database.
    database.sql("CREATE DATABASE stranger")
    try:
        with psycopg.connect(database.urls["DB_SUPERUSER_URL"].replace("/locker?", "/stranger?"), autocommit=True) as stranger:
            stranger.execute("CREATE TABLE things (x int)")
        url = database.urls["DB_SUPERUSER_URL"].replace("/locker?", "/stranger?")
        subprocess.run(["pg_dump", "-Fc", "-f", str(ctl.folder / "stranger.dump"), url], check=True)
    finally:
        database.sql("DROP DATABASE stranger WITH (FORCE)")
    assert "아닙니다" in ctl("restore", "stranger.dump", "--replace", "--reason", "시험", "--yes", code=1).err
    assert database.picture() == before and databases(database) == names
    assert not list(ctl.folder.glob("locker-before-restore-*"))


def test_backup_in_the_middle_of_a_rush(ctl, fresh):
    """The rows that were counted are the rows that are in it, although more come every moment."""
    with Rush(fresh) as rush:
        ctl("backup", "rush.dump")
    assert rush.faults == []


class Pressing:
    """Students who hold and give up, over connections that they make anew when one is cut; what they were told yes to. All
    have to be signed in."""

    students = (HONG, "2023325678", "2023320003")

    def __init__(self, url: str):
        self.yes: list[str] = []
        self._url, self._stop = url, threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(n,)) for n in range(3)]

    def _run(self, seed: int) -> None:
        turn, student, locker = 0, self.students[seed], 101 + seed
        while not self._stop.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    while not self._stop.is_set():
                        turn += 1
                        request = f"press-{seed}-{turn}"
                        if decide(connection, "hold", student, locker, request=request) == "held":
                            self.yes.append(request)
                        decide(connection, "release_hold", student, locker, request="x")
            except psycopg.Error:
                continue

    def __enter__(self) -> Pressing:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)


def test_every_yes_is_in_the_backup_of_what_was_replaced(ctl, fresh):
    """A restore in the middle of a rush: what was answered with yes until the last moment is in the file that is kept."""
    database = fresh
    # Also in what is restored.
    database.sql(SESSIONS, list(Pressing.students))
    ctl("backup", "b.dump")
    with Pressing(database.urls["DB_URL"]) as pressing:
        poll("the rush", patience(20), lambda: len(pressing.yes) > 20)
        ctl("restore", "b.dump", "--replace", "--keep", "kept.dump", "--reason", "시험", "--yes")
    database.reconnect()
    requests = "SELECT request_id FROM locker_decisions WHERE outcome = 'held'"
    after = {row[0] for row in database.sql(requests)}
    ctl("restore", "kept.dump", "--replace", "--reason", "시험", "--yes")
    database.reconnect()
    kept = {row[0] for row in database.sql(requests)}
    assert len(kept) > 20 and set(pressing.yes) <= kept | after, set(pressing.yes) - kept - after


def test_nobody_elses_database_is_dropped_and_the_doors_are_the_same(ctl, fresh):
    """A database that happens to be called like an older name of what is replaced; and who may connect."""
    database = fresh
    acl = "SELECT array_agg(a::text ORDER BY a::text) FROM pg_database d, unnest(d.datacl) a WHERE datname = 'locker'"
    database.sql("CREATE DATABASE locker_old")
    database.sql("REVOKE CONNECT ON DATABASE locker FROM PUBLIC")
    database.sql("GRANT CONNECT ON DATABASE locker TO locker_app, locker_operator")
    try:
        before = database.value(acl)
        ctl("backup", "b.dump")
        ctl("restore", "b.dump", "--replace", "--reason", "시험", "--yes")
        database.reconnect()
        assert database.value(acl) == before and "locker_old" in databases(database)
        ctl("status")
    finally:
        database.sql("DROP DATABASE locker_old")
        database.sql("GRANT CONNECT ON DATABASE locker TO PUBLIC")
        database.sql("REVOKE CONNECT ON DATABASE locker FROM locker_app, locker_operator")


@pytest.mark.parametrize("command", [("backup", "i.dump"), ("restore", "b.dump", "--replace", "--reason", "시험", "--yes")],
                         ids=lambda command: command[0])
def test_interrupted_it_leaves_no_copy(ctl, fresh, tmp_path, command):
    """Ctrl-C while the copy is being filled."""
    database = fresh
    ctl("backup", "b.dump")
    before, names = database.picture(), databases(database)
    (tmp_path / "bin").mkdir()
    (tmp_path / "tmp").mkdir()
    slow = tmp_path / "bin/pg_restore"
    slow.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\nexec sleep 5\n")
    slow.chmod(0o755)
    process = subprocess.Popen(
        [BINARY, *command], cwd=ctl.folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE,
        env=environment(database.urls) | {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "TMPDIR": str(tmp_path / "tmp")})
    poll("the copy", patience(20), (tmp_path / "started").exists)
    assert databases(database) != names
    process.send_signal(signal.SIGINT)
    assert process.wait(patience(20)) == 128 + signal.SIGINT
    assert databases(database) == names and list((tmp_path / "tmp").iterdir()) == []
    assert database.picture() == before


def test_what_a_killed_one_left_is_found(ctl, fresh):
    fresh.sql("CREATE DATABASE locker_scratch_17_4711")
    try:
        assert "dropdb locker_scratch_17_4711" in ctl("doctor", code=4).out
    finally:
        fresh.sql("DROP DATABASE locker_scratch_17_4711")


def test_backup_says_what_it_cannot_do(ctl, fresh):
    assert "DB_SUPERUSER_URL" in ctl("backup", "x.dump", code=2, env={"DB_SUPERUSER_URL": ""}).err
    ctl("backup", "x.dump", "--no-check", env={"DB_SUPERUSER_URL": ""})
    assert "쓸 수 없습니다" in ctl("backup", "/proc/x.dump", code=1).err


def test_a_backup_of_another_version_gets_this_ones_functions(ctl, fresh):
    """Of an older one: what it lacks is put in. Of a newer one: refused, and nothing is changed."""
    database = fresh
    fingerprint = database.value("SELECT code_fingerprint()")
    database.sql("CREATE OR REPLACE FUNCTION operator_gate() RETURNS void LANGUAGE sql AS 'SELECT'")
    database.sql("UPDATE deployed_code SET digest = 'of an older version'")
    ctl("backup", "older.dump")
    change = database.value(
        "INSERT INTO sqitch.changes SELECT 'x' || change_id, 'x' || script_hash, 'newer', project, note, now(), committer_name,"
        " committer_email, planned_at, planner_name, planner_email FROM sqitch.changes ORDER BY committed_at DESC LIMIT 1 RETURNING change_id")
    ctl("backup", "newer.dump")
    database.sql("DELETE FROM sqitch.changes WHERE change_id = %s", change)
    assert "더 새 버전" in ctl("restore", "newer.dump", "--replace", "--reason", "시험", "--yes", code=1).err
    assert database.value("SELECT digest FROM deployed_code") == "of an older version"
    ctl("restore", "older.dump", "--replace", "--reason", "시험", "--yes")
    database.reconnect()
    assert database.value("SELECT code_fingerprint()") == fingerprint
    assert {row["subject"]: row["grade"] for row in ctl("doctor", "--json").json}["함수"] == "good"
