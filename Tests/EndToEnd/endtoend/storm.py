"""Many students after few lockers at the same instant, and the audit of what came of it."""

from __future__ import annotations

import random
import threading
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Iterator

from .client import Answer
from .people import Student, World
from .stand import Stand
from .together import together


@dataclass
class Attempt:
    """One press of a button and its answer."""

    student: Student
    locker: int
    answer: Answer


def storm(stand: Stand, tokens: dict[str, str], people: list[Student], lockers: list[int], seed: int) -> list[Attempt]:
    """Every student tries every locker in an order of his own until he has one; all begin at the same instant."""
    barrier = threading.Barrier(len(people), timeout=60)

    def run(number: int, student: Student) -> list[Attempt]:
        client = stand.client()
        client.get("health/live")
        order = random.Random(seed * 1000 + number).sample(lockers, len(lockers))
        attempts = []
        barrier.wait()
        for locker in order:
            answer = client.post(f"lockers/{locker}/hold", token=tokens[student.student_id])
            attempts.append(Attempt(student, locker, answer))
            if answer.status == 201:
                break
        client.close()
        return attempts

    results = together([lambda n=n, student=student: run(n, student) for n, student in enumerate(people)])
    return [attempt for attempts in results for attempt in attempts]


def faults(world: World, attempts: list[Attempt], *, may_wait_in_vain: bool = False) -> list[str]:
    """What is wrong after a storm: an answer that is neither yes nor no, two who were both told yes, and what the
    database says of it. Empty when all is well. `may_wait_in_vain`: whether "come again" is an answer too."""
    right = {(201, None), (409, "locker_taken")} | ({(503, "unavailable")} if may_wait_in_vain else set())
    found = [f"{a.answer}" for a in attempts if (a.answer.status, a.answer.error) not in right]
    won = [a for a in attempts if a.answer.status == 201]
    found += [f"locker {n} was given {c} times" for n, c in Counter(a.locker for a in won).items() if c > 1]
    found += [f"{n} was given {c} lockers" for n, c in Counter(a.student.student_id for a in won).items() if c > 1]
    numbers = sorted({a.locker for a in attempts})
    active = world.sql(
        "SELECT locker_id, student_id FROM locker_assignments "
        "WHERE state IN ('hold', 'confirmed') AND locker_id = ANY (%s)",
        numbers,
    )
    answered = Counter((a.locker, a.student.student_id) for a in won)
    found += [f"told yes but not in the database: {row}" for row in answered - Counter(active)]
    found += [f"in the database but not told yes: {row}" for row in Counter(active) - answered]
    return found


@contextmanager
def wider_window(world: World, seconds: float) -> Iterator[None]:
    """Between the decision that a locker is free and the row that takes it, every claim waits a little: what could
    happen once in a year happens at once."""
    world.sql(
        "CREATE FUNCTION storm_wait() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS "
        f"$$ BEGIN PERFORM pg_sleep({seconds}); RETURN NEW; END $$"
    )
    world.sql(
        "CREATE TRIGGER storm_wait BEFORE INSERT ON locker_assignments FOR EACH ROW EXECUTE FUNCTION storm_wait()"
    )
    try:
        yield
    finally:
        world.sql("DROP TRIGGER storm_wait ON locker_assignments")
        world.sql("DROP FUNCTION storm_wait()")


@contextmanager
def without_guard(world: World) -> Iterator[None]:
    """The advisory locks are not taken, as if somebody had forgotten them."""
    guard = world.value("SELECT pg_get_functiondef('locker_guard'::regproc)")
    world.sql(
        "CREATE OR REPLACE FUNCTION locker_guard(p_student_id text, p_locker_id int, p_waits boolean DEFAULT true) "
        "RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RETURN true; END $$"
    )
    try:
        yield
    finally:
        world.sql(guard)


@contextmanager
def without_indexes(world: World) -> Iterator[None]:
    """The second line of defence is gone too."""
    names = ["ux_active_assignment_per_locker", "ux_active_assignment_per_user"]
    indexes = [world.value("SELECT pg_get_indexdef(%s::regclass)", name) for name in names]
    for name in names:
        world.sql(f"DROP INDEX {name}")
    try:
        yield
    finally:
        world.forget()  # lockers that were given twice would stand in the way
        for index in indexes:
            world.sql(index)
