"""Invented students with their sessions, lockers, and a history behind them."""

from __future__ import annotations

import http.client
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from .site import Stand

STUDENTS = 3008
LOCKERS = 600
MANY_LOCKERS = 6000
FIRST_STUDENT = 2090000000
FIRST_LOCKER = 10001
# Beside the lockers of the storm, one for each connection of pgbench to warm up with.
SPARE = 64
NAME = "홍길동"


def school() -> str:
    """SQL: the students, 600 lockers and the spare ones, and an open period."""
    return f"""
        DELETE FROM locker_info; DELETE FROM locker_locations; DELETE FROM application_periods;
        INSERT INTO users (student_id, name, phone_number)
        SELECT ({FIRST_STUDENT} + n)::text, '{NAME}', '010' || lpad(n::text, 8, '0')
          FROM generate_series(0, {STUDENTS + SPARE - 1}) n
        ON CONFLICT DO NOTHING;
        INSERT INTO locker_locations (location_id, name)
        SELECT n, '정보관 ' || n || '층 엘리베이터 옆' FROM generate_series(1, 8) n;
        INSERT INTO locker_info (locker_id, location_id)
        SELECT {FIRST_LOCKER} + n, 1 + n % 8 FROM generate_series(0, {LOCKERS + SPARE - 1}) n;
        INSERT INTO application_periods (opens_at, closes_at)
        VALUES (now() - interval '1 minute', now() + interval '1 day');
        """


def history(decisions: int) -> str:
    """SQL: what a semester leaves behind. Without it every table is empty and the planner has nothing to plan with."""
    return f"""
        INSERT INTO locker_decisions (decision_id, decided_at, request_id, student_id, locker_id, act, outcome, guarded)
        SELECT nextval('locker_decision_seq'), now() - interval '100 days', 'history',
               ({FIRST_STUDENT} + n % {STUDENTS})::text, {FIRST_LOCKER} + n % {LOCKERS}, 'hold', 'locker_taken', false
          FROM generate_series(1, {decisions}) n;
        INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)
        SELECT {FIRST_LOCKER} + n % {LOCKERS}, ({FIRST_STUDENT} + n % {STUDENTS})::text, 'expired',
               now() - interval '100 days'
          FROM generate_series(1, 6000) n;
        """


def fill(stand: Stand, folder: Path) -> None:
    """Makes the data and signs everybody in; leaves the files tokens (access) and refresh beside it."""
    stand.sql(school() + history(30_000))
    tokens = sign_in(stand, range(STUDENTS + SPARE))
    (folder / "tokens").write_text("\n".join(access for access, _ in tokens[:STUDENTS]) + "\n")
    # Of the spare students, whose tokens nothing else uses: a refresh ends the access token.
    (folder / "refresh").write_text("\n".join(refresh for _, refresh in tokens[STUDENTS:]) + "\n")
    stand.sql("SET client_min_messages = error; ANALYZE;")


def reset(stand: Stand) -> None:
    """Takes back whatever was done to lockers, and leaves the history."""
    stand.sql(
        f"""
        DELETE FROM locker_assignments WHERE hold_expires_at > now() - interval '50 days' OR hold_expires_at IS NULL;
        DELETE FROM locker_decisions WHERE decided_at > now() - interval '50 days';
        UPDATE locker_info SET owner = NULL WHERE owner IS NOT NULL;
        VACUUM locker_assignments, locker_decisions, locker_info;
        """
    )


def add_lockers(stand: Stand) -> None:
    """As many as six thousand in all."""
    stand.sql(
        f"""
        INSERT INTO locker_info (locker_id, location_id)
        SELECT {FIRST_LOCKER} + n, 1 + n % 8 FROM generate_series(0, {MANY_LOCKERS - 1}) n ON CONFLICT DO NOTHING;
        ANALYZE locker_info;
        """
    )


def storm(tokens: list[str]) -> list[str]:
    """A hold of each student, as once.lua takes it: after the same locker as in storm.sql."""
    return [
        f"POST /api/v1/lockers/{FIRST_LOCKER + student * 2654435 % 1000003 % LOCKERS}/hold {token}"
        for student, token in enumerate(tokens)
    ]


def sign_in(stand: Stand, students: range, threads: int = 4) -> list[tuple[str, str]]:
    """Signs students (0, 1, …) in as they would themselves, whatever a session is in that tree's database; the access and
    the refresh token of each."""

    def part(numbers: range) -> list[tuple[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", stand.http, timeout=30)
        tokens = []
        for number in numbers:
            body = {"student_id": str(FIRST_STUDENT + number), "name": NAME, "phone_number": f"010{number:08}"}
            connection.request("POST", "/api/v1/auth/login", json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status != 200:
                raise SystemExit(f"bench: a sign-in was answered {answer.status} {text.decode(errors='replace')}")
            session = json.loads(text)
            tokens.append((session["access_token"], session["refresh_token"]))
        connection.close()
        return tokens

    each = -(-len(students) // threads)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(part, (students[first : first + each] for first in range(0, len(students), each)))
        return [tokens for part in parts for tokens in part]
