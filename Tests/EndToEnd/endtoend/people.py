"""Invented students, lockers and periods in the database of a stand, made through the owner role."""

from __future__ import annotations

import itertools
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Iterator

import psycopg

# 22 names that nobody gave; a student's number picks one and adds two syllables, so that each is told apart in a log.
_FAMILIES = "강권남도류명방선원위장조차탁표하"
_SYLLABLES = "겸늘담령봄샘솔슬옹찬탐퐁흠갸뇨됴"


@dataclass
class Student:
    """A student who exists in the database, or could."""

    student_id: str
    name: str
    phone_number: str
    secrets: list[str] = field(default_factory=list)

    @property
    def body(self) -> dict[str, str]:
        """What a sign-in posts."""
        return {"student_id": self.student_id, "name": self.name, "phone_number": self.phone_number}


class World:
    """The database of one stand. Every secret that a test used is kept, so that the logs can be searched for it."""

    def __init__(self, admin_url: str, number: int):
        self._url = admin_url
        self._connection: psycopg.Connection | None = None
        self._lock = threading.Lock()
        self._students = itertools.count(1)
        self._lockers = itertools.count(10001)
        self._number = number  # of the stand, so that 학번 differ between stands
        self.people: list[Student] = []
        self.secrets: list[str] = []

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Runs one statement as the owner; its rows, if it has any."""
        with self._lock:
            for attempt in (1, 2):
                if self._connection is None or self._connection.closed:
                    self._connection = psycopg.connect(self._url, autocommit=True)
                try:
                    cursor = self._connection.execute(statement, parameters or None)
                    return cursor.fetchall() if cursor.description else []
                except psycopg.OperationalError:
                    # PostgreSQL was restarted by a test.
                    self._connection.close()
                    if attempt == 2:
                        raise
        raise AssertionError("unreachable")

    def value(self, statement: str, *parameters: Any) -> Any:
        """The single value of a statement."""
        return self.sql(statement, *parameters)[0][0]

    def connect(self) -> psycopg.Connection:
        """A connection of one's own, to hold a lock or a transaction open."""
        return psycopg.connect(self._url, autocommit=True)

    def close(self) -> None:
        """Closes the connection."""
        if self._connection is not None:
            self._connection.close()

    def stranger(self) -> Student:
        """An invented student whom the database does not know."""
        n = next(self._students)
        name = _FAMILIES[n % 16] + _SYLLABLES[n // 16 % 16] + _SYLLABLES[(n * 7 + 3) % 16]
        student = Student(f"20{self._number:02d}{n:06d}", name, f"0108{self._number:02d}{n:05d}")
        self.people.append(student)
        return student

    def student(self) -> Student:
        """An invented student, registered."""
        return self.students(1)[0]

    def students(self, count: int) -> list[Student]:
        """Several of them."""
        people = [self.stranger() for _ in range(count)]
        rows = [(p.student_id, p.name, p.phone_number) for p in people]
        self.sql(
            "INSERT INTO users (student_id, name, phone_number) "
            "SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])",
            *(list(column) for column in zip(*rows)),
        )
        return people

    def enlist(self, people: list[Student]) -> None:
        """Puts them on the council's list of eligible students."""
        for person in people:
            self.sql(
                "INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file) "
                "VALUES (%s, %s, %s, true, 'invented.csv')",
                person.student_id,
                person.name,
                person.phone_number,
            )

    def lockers(self, count: int, place: str = "정보관 2층") -> list[int]:
        """Free lockers of the test's own."""
        numbers = [next(self._lockers) for _ in range(count)]
        self.sql(
            "WITH place AS (INSERT INTO locker_locations (name) VALUES (%s)"
            " ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING location_id) "
            "INSERT INTO locker_info (locker_id, location_id) SELECT n, location_id FROM unnest(%s::int[]) n, place",
            place,
            numbers,
        )
        return numbers

    def locker(self) -> int:
        """One of them."""
        return self.lockers(1)[0]

    def run_out(self, locker_id: int) -> None:
        """Lets the live hold of a locker run out now."""
        self.sql(
            "UPDATE locker_assignments SET hold_expires_at = clock_timestamp() WHERE locker_id = %s AND state = 'hold'",
            locker_id,
        )

    def use_up(self, student_id: str) -> None:
        """Leaves nothing of a student's allowance of attempts; from now on it fills up again."""
        self.sql(
            "INSERT INTO attempt_allowances (student_id, left_over, at) VALUES (%s, 0, clock_timestamp())"
            " ON CONFLICT (student_id) DO UPDATE SET left_over = excluded.left_over, at = excluded.at",
            student_id,
        )

    def owner(self, locker_id: int) -> str | None:
        """The 학번 that stands as owner of a locker."""
        return self.value("SELECT owner FROM locker_info WHERE locker_id = %s", locker_id)

    def forget(self) -> None:
        """Frees every locker and empties the ledger: for a test that made the two contradict each other on purpose."""
        self.sql("TRUNCATE locker_assignments, locker_decisions")
        self.sql("UPDATE locker_info SET owner = NULL")

    def contradictions(self) -> list[tuple[Any, ...]]:
        """Whatever must never be, at rest: two of something, an owner and an assignment that disagree, an assignment
        without its decision. Empty when all is well."""
        return self.sql(
            """
            SELECT 'two active of a locker', locker_id::text FROM locker_assignments
             WHERE state IN ('hold', 'confirmed') GROUP BY locker_id HAVING count(*) > 1
            UNION ALL
            SELECT 'two active of a student', student_id FROM locker_assignments
             WHERE state IN ('hold', 'confirmed') GROUP BY student_id HAVING count(*) > 1
            UNION ALL
            SELECT 'owner and assignment disagree', l.locker_id::text FROM locker_info l
              LEFT JOIN locker_assignments a ON a.locker_id = l.locker_id AND a.state = 'confirmed'
             WHERE l.owner IS DISTINCT FROM a.student_id
            UNION ALL
            SELECT 'assignment without its decision', a.assignment_id::text FROM locker_assignments a
             WHERE NOT EXISTS (SELECT FROM locker_decisions d
                                WHERE d.decision_id = a.decision_id AND d.assignment_id = a.assignment_id
                                  AND d.act = 'hold' AND d.outcome = 'held')
            UNION ALL
            SELECT 'decision without its assignment', d.decision_id::text FROM locker_decisions d
             WHERE d.act = 'hold' AND d.outcome = 'held'
               AND EXISTS (SELECT FROM users u WHERE u.student_id = d.student_id)
               AND NOT EXISTS (SELECT FROM locker_assignments a WHERE a.assignment_id = d.assignment_id)
            """
        )

    @contextmanager
    def period(self, opens: str | None, closes: str | None = None) -> Iterator[None]:
        """For as long as the block lasts this is the only period (SQL intervals from now; None: no period at all)."""
        before = self.sql("SELECT opens_at, closes_at FROM application_periods")
        self.sql("DELETE FROM application_periods")
        if opens is not None:
            self.sql(
                "INSERT INTO application_periods (opens_at, closes_at) "
                "VALUES (clock_timestamp() + %s::interval, clock_timestamp() + %s::interval)",
                opens,
                closes,
            )
        try:
            yield
        finally:
            self.sql("DELETE FROM application_periods")
            for opens_at, closes_at in before:
                self.sql("INSERT INTO application_periods (opens_at, closes_at) VALUES (%s, %s)", opens_at, closes_at)
