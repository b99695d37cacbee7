"""While a storm runs, something dies. What was answered with yes is so, one locker has one winner, and the service is
back within 5 seconds of the cause's end without anybody's help."""

from __future__ import annotations

import os
import random
import signal
import time

import psycopg
import pytest

from endtoend.stand import Stand, patience, poll, running
from rehearsal import SECONDS, Storm

WORKERS = ("worker-0", "worker-1")


def kill(stand: Stand, name: str, number: signal.Signals) -> int | None:
    """Signals a program of the stand; its pid, or None while there is none."""
    try:
        pid = stand.pid(name)
        os.kill(pid, number)
        return pid
    except (FileNotFoundError, ValueError, ProcessLookupError):
        return None


def replaced(stand: Stand, name: str, old: int, seconds: float = 10) -> None:
    """Waits for the next process of that name."""

    def new() -> bool:
        try:
            pid = stand.pid(name)
        except (FileNotFoundError, ValueError):
            return False
        return pid != old and running(pid)

    poll(f"a new {name}", patience(seconds), new)


def again_and_again(storm: Storm, act, seconds: float = 0.4) -> int:
    """Acts until the storm is about to end; how often."""
    times = 0
    while storm.rages:
        act()
        times += 1
        time.sleep(seconds)  # the rhythm of the fault, nothing is waited for
    return times


def one_worker_killed(stand: Stand, storm: Storm) -> None:
    assert again_and_again(storm, lambda: kill(stand, random.choice(WORKERS), signal.SIGKILL)) >= 3


def all_workers_killed(stand: Stand, storm: Storm) -> None:
    assert again_and_again(storm, lambda: [kill(stand, name, signal.SIGKILL) for name in WORKERS], 1) >= 2


def a_worker_stopped(stand: Stand, storm: Storm) -> None:
    pid = kill(stand, "worker-0", signal.SIGSTOP)
    assert pid
    try:
        time.sleep(3)  # the fault itself: this long it stands still
    finally:
        os.kill(pid, signal.SIGCONT)


def connections_ended(stand: Stand, storm: Storm) -> None:
    ended = 0
    with psycopg.connect(stand.settings["DB_SUPERUSER_URL"], autocommit=True) as superuser:

        def end_some() -> None:
            nonlocal ended
            ended += superuser.execute(
                "SELECT count(pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity"
                " WHERE usename = 'locker_app' ORDER BY random() LIMIT 3) AS chosen"
            ).fetchone()[0]

        again_and_again(storm, end_some, 0.1)
    assert ended >= 20


def postgres_crashed(stand: Stand, storm: Storm) -> None:
    # What `pg_ctl stop -m immediate` sends.
    pid = kill(stand, "postgres", signal.SIGQUIT)
    assert pid
    replaced(stand, "postgres", pid)


def nginx_reloaded_and_restarted(stand: Stand, storm: Storm) -> None:
    assert kill(stand, "nginx", signal.SIGHUP)
    time.sleep(1)  # between two faults
    stand.supervisor("restart", "nginx")


FAULTS = {
    "one worker killed again and again": one_worker_killed,
    "all workers killed again and again": all_workers_killed,
    "a worker stopped for 3 s": a_worker_stopped,
    "connections to the database ended": connections_ended,
    "PostgreSQL stopped at once and started again": postgres_crashed,
    "nginx reloaded and restarted": nginx_reloaded_and_restarted,
}


def back_within(stand: Stand, seconds: float) -> None:
    """Several answers in a row: several workers are asked."""
    poll("the service", patience(seconds), lambda: all(stand.healthy() for _ in range(4)))


@pytest.mark.parametrize("name", FAULTS)
def test_while_a_storm_runs(rough_stand: Stand, name: str) -> None:
    storm = Storm(rough_stand, "--under-fault")
    FAULTS[name](rough_stand, storm)
    back_within(rough_stand, 5)
    report = storm.passes()
    # No deadlock, and nothing else that is nobody's fault, was left to a client.
    assert not [a for a in report["answers"] if a["answer"].split()[1] == "500"], report["answers"]


def test_a_graceful_restart_of_workers_loses_nothing(rough_stand: Stand) -> None:
    """Not one request of the storm is unanswered or 5xx while the workers are asked to end, one after another."""
    back_within(rough_stand, 30)
    storm = Storm(rough_stand)
    restarts = 0
    while storm.rages:
        for name in WORKERS:
            pid = kill(rough_stand, name, signal.SIGTERM)
            if pid:
                replaced(rough_stand, name, pid)
                restarts += 1
    assert restarts >= 2
    report = storm.passes()
    assert report["unanswered"] == 0


def test_guards_that_somebody_keeps_for_longer_than_anybody_waits(rough_stand: Stand) -> None:
    """While a storm runs, an operator's session keeps the guards of ten of its lockers and of one of its students for 3 s.
    Waiting is bounded (2 s): who waits longer is told 503 with Retry-After, nobody gets anything else or no answer at
    all, nothing was done, and afterwards everything goes on."""
    back_within(rough_stand, 30)
    storm = Storm(rough_stand, "--under-fault", seconds=SECONDS + 3)
    waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid IN (1, 2) AND NOT granted"
    with psycopg.connect(rough_stand.settings["DB_OPERATOR_URL"], autocommit=True) as operator:
        # The student before the lockers and these by their numbers, as everybody takes them.
        operator.execute("SELECT pg_advisory_lock(1, hashtext('9900000001'))")
        for number in range(1, 11):
            operator.execute("SELECT pg_advisory_lock(2, %s)", (1990000000 + number,))
        poll("students who wait", patience(5), lambda: rough_stand.world.value(waiting))
        time.sleep(3)  # the fault itself: longer than the guard is waited for
        assert rough_stand.world.value(waiting), "nobody wanted these guards"
        operator.execute("SELECT pg_advisory_unlock_all()")
    won = storm.won()
    poll("a storm that goes on", patience(5), lambda: storm.won() > won)
    back_within(rough_stand, 5)
    # The judge of a storm counts a 503 without Retry-After as a failure.
    report = storm.passes()
    answers = {a["answer"]: a["count"] for a in report["answers"]}
    assert {name.split()[1] for name in answers} <= {"200", "201", "403", "404", "409", "503"}, answers
    refused = sum(count for name, count in answers.items() if name.split()[1] == "503")
    assert refused > 0 and report["unanswered"] <= refused, answers
