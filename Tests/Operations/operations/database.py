"""A private PostgreSQL with the schema, started by stand/with-postgres and stopped with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg

REPOSITORY = Path(__file__).resolve().parents[3]

# What a worker sends for one act of a student, without a limit of attempts. The session is the one of SESSIONS.
DECIDE = (
    "SELECT outcome FROM locker_decide(ARRAY[%(act)s]::decision_act[], ARRAY[md5(%(student)s)::uuid],"
    " ARRAY[%(student)s]::text[], ARRAY[%(locker)s]::int[], ARRAY[%(request)s]::text[], ARRAY[NULL]::float8[],"
    " %(seconds)s, NULL, NULL, true)"
)
# A session of each of some students, of which DECIDE knows. Once it has ended it is begun anew.
SESSIONS = (
    "INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)"
    " SELECT gen_random_uuid(), student_id, sha256(student_id::bytea), md5(student_id)::uuid, now(), now() + interval '1 hour',"
    " now(), now() + interval '1 hour' FROM users WHERE student_id = ANY (%s) ON CONFLICT DO NOTHING"
)


def decide(connection: psycopg.Connection, act: str, student: str, locker: int, *, seconds: int = 60,
           request: str = "test") -> str:  # fmt: skip
    """A student's act on any connection that may decide; the outcome."""
    arguments = {"act": act, "student": student, "locker": locker, "seconds": seconds, "request": request}
    [row] = connection.execute(DECIDE, arguments).fetchall()
    return row[0]


class Database:
    """Started by its constructor; `stop` ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(REPOSITORY / "stand/with-postgres"), "sh", "-c", "env | grep ^DB_; echo ready; cat >/dev/null"],
            # As `doctor` wants it.
            env=os.environ | {"LOCKER_POSTGRES_DURABLE": "yes"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.urls: dict[str, str] = {}
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line == "ready\n":
                break
            name, value = line.rstrip("\n").split("=", 1)
            self.urls[name] = value
        assert "DB_OPERATOR_URL" in self.urls, "stand/with-postgres did not start"
        self._connection = psycopg.connect(self.urls["DB_SUPERUSER_URL"], autocommit=True)

    def stop(self) -> None:
        """Ends the server; waits until it is gone."""
        self._connection.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        assert self._process.wait(30) == 0

    def reconnect(self) -> None:
        """Connects anew: another database stands in the place of the old one."""
        self._connection.close()
        self._connection = psycopg.connect(self.urls["DB_SUPERUSER_URL"], autocommit=True)

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Runs one statement as the superuser; its rows."""
        cursor = self._connection.execute(statement, parameters or None)
        return cursor.fetchall() if cursor.description else []

    def value(self, statement: str, *parameters: Any) -> Any:
        """The single value of a statement."""
        return self.sql(statement, *parameters)[0][0]

    def empty(self) -> None:
        """A fresh beginning: two places, ten lockers, three invented students, an open period."""
        self.sql(
            "TRUNCATE users, auth_sessions, auth_spent_tokens, auth_failures, attempt_allowances, locker_assignments, locker_info, locker_locations,"
            " application_periods, locker_decisions, eligible_students, semesters, semester_assignments,"
            " operator_audit, operator_changes RESTART IDENTITY CASCADE"
        )
        self.sql("INSERT INTO locker_locations (name) VALUES ('정보관 2층'), ('정보관 3층')")
        self.sql("INSERT INTO locker_info (locker_id, location_id) SELECT 100 + n, 1 + n / 6 FROM generate_series(1, 10) n")
        self.sql(
            "INSERT INTO users (student_id, name, phone_number) VALUES ('2023321234', '홍길동', '01012345678'),"
            " ('2023325678', '김철수', '01087654321'), ('2023320003', '이영희', '01011112222')"
        )
        self.sql(
            "INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 hour', now() + interval '1 hour')"
        )

    def decide(self, act: str, student: str, locker: int, *, seconds: int = 60) -> str:
        """A student's act, who is signed in for it and no longer; the outcome."""
        began = self.sql(SESSIONS + " RETURNING session_id", [student])
        try:
            return decide(self._connection, act, student, locker, seconds=seconds)
        finally:
            for session in began:
                self.sql("DELETE FROM auth_sessions WHERE session_id = %s", *session)

    def sign_in(self, student: str) -> None:
        """Begins a session of a student's."""
        self.sql(
            "SELECT auth_open_session(%s, sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(),"
            " 600, 6000, 'Safari', '10.0.0.0', 20)", student)

    def hold(self, student: str, locker: int, seconds: int = 60) -> str:
        """A student holds a locker; the outcome."""
        return self.decide("hold", student, locker, seconds=seconds)

    def confirm(self, student: str, locker: int) -> str:
        """A student confirms; the outcome."""
        return self.decide("confirm", student, locker)

    def release_hold(self, student: str, locker: int) -> str:
        """A student gives up what he holds; the outcome."""
        return self.decide("release_hold", student, locker)

    def release(self, student: str, locker: int) -> str:
        """A student gives his locker back; the outcome."""
        return self.decide("release", student, locker)

    def owner(self, locker: int) -> str | None:
        """Who owns a locker."""
        return self.value("SELECT owner FROM locker_info WHERE locker_id = %s", locker)

    def state(self, locker: int) -> str:
        """What the list shows of a locker."""
        return self.value("SELECT state FROM v_locker_states WHERE locker_id = %s", locker)

    def figures(self, *tables: str) -> dict[str, int]:
        """How many rows the planner believes in; -1 where it was never told."""
        return {table: int(rows) for table, rows in self.sql(
            "SELECT relname::text, reltuples FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " AND relname = ANY (%s)", list(tables))}

    def picture(self) -> dict[str, Any]:
        """Everything that an act may change, to see that nothing did."""
        tables = ("users", "locker_locations", "locker_info", "locker_assignments", "application_periods",
                  "eligible_students", "semesters", "semester_assignments", "operator_audit", "auth_sessions")
        return {table: self.sql(f"SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1") for table in tables}

    def consistent(self) -> list[tuple[Any, ...]]:
        """Lockers whose owner and confirmed assignment do not agree."""
        return self.sql(
            "SELECT l.locker_id, l.owner, a.student_id FROM locker_info l FULL JOIN"
            " (SELECT * FROM locker_assignments WHERE state = 'confirmed') a ON a.locker_id = l.locker_id"
            " WHERE l.owner IS DISTINCT FROM a.student_id"
        )


def environment(urls: dict[str, str]) -> dict[str, str]:
    """The caller's environment without any database of its own."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("DB_", "PG"))} | urls
