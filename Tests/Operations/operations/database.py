"""A private PostgreSQL with the schema, started by stand/with-postgres and stopped with it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import psycopg

REPOSITORY = Path(__file__).resolve().parents[3]


class Database:
    """Started by its constructor; `stop` ends it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [str(REPOSITORY / "stand/with-postgres"), "sh", "-c", "env | grep ^DB_; echo ready; cat >/dev/null"],
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
            "TRUNCATE users, auth_refresh_tokens, auth_failures, locker_assignments, locker_info, locker_locations,"
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

    def hold(self, student: str, locker: int) -> str:
        """A student holds a locker; the outcome."""
        return self.value("SELECT (locker_hold(%s, %s, 60, 'test', NULL)).outcome", student, locker)

    def confirm(self, student: str, locker: int) -> str:
        """A student confirms; the outcome."""
        return self.value("SELECT (locker_confirm(%s, %s, 'test', NULL)).outcome", student, locker)

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
                  "eligible_students", "semesters", "semester_assignments", "operator_audit", "auth_refresh_tokens")
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
