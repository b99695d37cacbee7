"""The guard under the worst, and the same storm without it: a race test must be able to fail."""

from __future__ import annotations

import subprocess
from pathlib import Path

import psycopg

from endtoend.stand import Stand
from rehearsal import FINDINGS, SECONDS, Storm, finish, lockerctl

# The guard of a test's own database, switched off: no lock, no index, and a moment between the second look and the
# insert in which everybody passes.
WITHOUT_GUARD = """
    CREATE OR REPLACE FUNCTION locker_guard(p_student_id text, p_locker_id int) RETURNS void LANGUAGE sql AS '';
    DROP INDEX ux_active_assignment_per_locker;
    DROP INDEX ux_active_assignment_per_user;
    CREATE OR REPLACE FUNCTION locker_expire(
        p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz
    ) RETURNS void LANGUAGE sql AS 'SELECT pg_sleep(0.02)';
"""


def test_with_the_guard_nothing_is_sold_twice(rough_stand: Stand) -> None:
    report = Storm(rough_stand).passes()
    assert report["winners"] > 100 and report["losers"] > 100


def test_without_the_guard_the_judge_sees_it(unguarded_stand: Stand) -> None:
    with psycopg.connect(unguarded_stand.settings["DB_ADMIN_URL"], autocommit=True) as owner:
        owner.execute(WITHOUT_GUARD)
    status, report = Storm(unguarded_stand).judged()
    assert status == FINDINGS and not report["passes"]
    rules = set(report["broken_rules"])
    # By the database, and by the answers alone.
    assert {"locker_given_twice", "won_while_active", "locker_not_linearizable"} <= rules, rules


def test_churn_of_stale_holds(rough_stand: Stand) -> None:
    """40 students, 40 lockers, holds that run out at once, 32 connections: every claim finds stale holds of the locker
    and of the student, which others are about to expire too. No deadlock, no error."""
    world = rough_stand.world
    students, lockers = world.students(40), world.lockers(40)
    script = rough_stand.folder / "churn.sql"
    first, locker = min(s.student_id for s in students), min(lockers)
    script.write_text(
        f"\\set student {first} + random(0, 39)\n\\set locker {locker} + random(0, 39)\n"
        "SELECT outcome FROM locker_hold(:student::text, :locker, 0, 'churn', NULL);\n"
    )
    before = world.value("SELECT count(*) FROM locker_decisions")
    deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    deadlocks_before = world.value(deadlocks)
    pgbench = max(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    run = subprocess.run(
        [pgbench, "--no-vacuum", "--client=32", "--jobs=2", f"--time={SECONDS}", "--protocol=prepared",
         f"--file={script}", rough_stand.settings["DB_URL"]],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert run.returncode == 0 and "number of failed transactions: 0 " in run.stdout, run.stdout + run.stderr
    outcomes = dict(
        world.sql("SELECT act || ' ' || outcome, count(*) FROM locker_decisions WHERE request_id = 'churn' GROUP BY 1")
    )
    assert outcomes["hold held"] > 500 and outcomes["expire expired"] > 500, outcomes
    assert world.value("SELECT count(*) FROM locker_decisions") >= before + sum(outcomes.values())
    assert world.value(deadlocks) == deadlocks_before
    status, report = finish(lockerctl(rough_stand, "verify", "--json"))
    assert status == 0 and report["holds"], report
    assert report["decisions"] >= sum(outcomes.values())
