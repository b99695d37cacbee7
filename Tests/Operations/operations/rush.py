"""Students who hold, confirm and release without a pause, as the workers do it: the background of an operator's act."""

from __future__ import annotations

import random
import threading
from collections import Counter

import psycopg

from .database import SESSIONS, Database, decide


class Rush:
    """Runs for as long as the block lasts; afterwards `outcomes` counts what the students were answered."""

    def __init__(self, database: Database, threads: int = 8, students: int = 60, lockers: int = 20):
        self._url = database.urls["DB_URL"]
        database.sql(
            "INSERT INTO users (student_id, name, phone_number)"
            " SELECT '2099' || lpad(n::text, 6, '0'), '학생' || n, '0107' || lpad(n::text, 7, '0')"
            " FROM generate_series(1, %s) n ON CONFLICT DO NOTHING", students)
        database.sql(
            "INSERT INTO locker_info (locker_id, location_id) SELECT 200 + n, 1 FROM generate_series(1, %s) n"
            " ON CONFLICT DO NOTHING", lockers)
        self.students = [f"2099{n:06d}" for n in range(1, students + 1)]
        database.sql(SESSIONS, self.students)
        self.lockers = list(range(201, 201 + lockers))
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._warm = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(seed,)) for seed in range(threads)]

    def _run(self, seed: int) -> None:
        choice = random.Random(seed)
        seen: Counter[str] = Counter()
        with psycopg.connect(self._url, autocommit=True) as connection:
            while not self._stop.is_set():
                student, locker = choice.choice(self.students), choice.choice(self.lockers)
                for act in ("hold", "confirm", "release"):
                    if act == "release" and choice.random() < 0.3:
                        break
                    try:
                        outcome = decide(connection, act, student, locker, request="rush")
                    except psycopg.Error as error:
                        # What the worker repeats.
                        outcome = error.sqlstate or "lost"
                        if outcome not in ("40P01", "23505"):
                            with self._lock:
                                self.faults.append(f"{act}: {error}")
                    seen[f"{act} {outcome}"] += 1
                    if outcome not in ("held", "confirmed", "replayed"):
                        break
                if sum(seen.values()) > 20:
                    self._warm.set()
        with self._lock:
            self.outcomes += seen

    def __enter__(self) -> Rush:
        for thread in self._threads:
            thread.start()
        assert self._warm.wait(20), "the rush did not start"
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(30)
            assert not thread.is_alive(), "a student waits for ever"
