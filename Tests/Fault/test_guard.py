"""The guard under the worst, and the same storm without it: a race test must be able to fail."""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

import psycopg

from endtoend.stand import Stand, patience
from rehearsal import FINDINGS, SECONDS, Storm, finish, lockerctl, nobody_is_left

# The guard of a test's own database, switched off: no lock, no index, and a moment between the second look and the
# insert in which everybody passes.
WITHOUT_GUARD = """
    CREATE OR REPLACE FUNCTION locker_guard(p_student_id text, p_locker_id int, p_waits boolean DEFAULT true)
        RETURNS boolean LANGUAGE sql AS 'SELECT true';
    DROP INDEX ux_active_assignment_per_locker;
    DROP INDEX ux_active_assignment_per_user;
    CREATE FUNCTION storm_wait() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN PERFORM pg_sleep(0.02); RETURN NEW; END';
    CREATE TRIGGER storm_wait BEFORE INSERT ON locker_assignments FOR EACH ROW EXECUTE FUNCTION storm_wait();
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


# A session of each, of which churn's acts are.
SESSIONS = """
    INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
    SELECT gen_random_uuid(), student_id, sha256(student_id::bytea), md5(student_id)::uuid, now(), now() + interval '1 hour',
           now(), now() + interval '1 hour' FROM users WHERE student_id = ANY (%s)
"""

# A hold lasts whole seconds; in this test's database 3 ms, so that every claim finds stale ones in its way.
SHORT_HOLDS = """
    CREATE FUNCTION churn_short() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.hold_expires_at := clock_timestamp() + interval ''3 milliseconds''; RETURN NEW; END';
    CREATE TRIGGER churn_short BEFORE INSERT ON locker_assignments FOR EACH ROW WHEN (NEW.state = 'hold')
        EXECUTE FUNCTION churn_short();
"""
LONG_AGAIN = "DROP TRIGGER churn_short ON locker_assignments; DROP FUNCTION churn_short()"

# Stale holds in the way, locked without an order: the student's, then the locker's. With a moment
# in between, in which the other's is taken: what would happen once in a while happens at once.
IN_ORDER = "ORDER BY a.assignment_id FOR UPDATE;"
ONE_BY_ONE = """AND false;
                    IF cardinality(v_stale) > 1 THEN
                        PERFORM FROM locker_assignments a WHERE a.assignment_id = v_stale[1] FOR UPDATE;
                        PERFORM pg_sleep(0.01);
                        PERFORM FROM locker_assignments a WHERE a.assignment_id = v_stale[2] FOR UPDATE;
                    END IF;"""


@contextmanager
def short_holds(stand: Stand) -> Iterator[None]:
    stand.world.sql(SHORT_HOLDS)
    try:
        yield
    finally:
        stand.world.sql(LONG_AGAIN)


@contextmanager
def expiring_one_by_one(stand: Stand) -> Iterator[None]:
    """And deadlocks are looked for before anybody gives up waiting for a row, which he does after 0.3 s."""
    mended = stand.world.value("SELECT pg_get_functiondef('locker_decide'::regproc)")
    assert mended.count(IN_ORDER) == 1, "locker_decide has changed: mend this test"
    stand.world.sql(mended.replace(IN_ORDER, ONE_BY_ONE))
    with psycopg.connect(stand.settings["DB_SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute("ALTER ROLE locker_app SET deadlock_timeout = '20ms'")
        try:
            yield
        finally:
            superuser.execute("ALTER ROLE locker_app RESET deadlock_timeout")
            stand.world.sql(mended)


def deadlocks(stand: Stand) -> int:
    """How often PostgreSQL had to break one. Backends tell their figures when they are idle or end."""
    return stand.world.value("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def churn(stand: Stand, name: str, *, ends_with: tuple[int, ...] = (0,)) -> tuple[str, dict[str, int]]:
    """40 students press 40 lockers over 32 connections, as the workers do: what pgbench says, and what the ledger
    holds of it. `ends_with`: what pgbench may end with; 2: an error ended a client of it."""
    world = stand.world
    students, lockers = world.students(40), world.lockers(40)
    world.sql(SESSIONS, [student.student_id for student in students])
    script = stand.folder / "churn.sql"
    first, locker = min(s.student_id for s in students), min(lockers)
    script.write_text(
        f"\\set student {first} + random(0, 39)\n\\set locker {locker} + random(0, 39)\n"
        "SELECT outcome FROM locker_decide('{hold}', ARRAY[md5(:student::text)::uuid], ARRAY[:student::text],"
        f" ARRAY[:locker::int], ARRAY['{name}'], ARRAY[NULL]::float8[], 60, 1000000, 1000000, true);\n"
    )
    pgbench = max(Path("/usr/lib/postgresql").glob("*/bin/pgbench"))
    run = subprocess.run(
        [pgbench, "--no-vacuum", "--client=32", "--jobs=2", f"--time={SECONDS}", "--protocol=prepared",
         f"--file={script}", stand.settings["DB_URL"]],
        capture_output=True,
        text=True,
    )  # fmt: skip
    assert run.returncode in ends_with, run.stdout + run.stderr
    outcomes = world.sql(
        "SELECT act || ' ' || outcome, count(*) FROM locker_decisions WHERE request_id = %s GROUP BY 1", name
    )
    return run.stdout + run.stderr, dict(outcomes)


def test_churn_of_stale_holds(rough_stand: Stand) -> None:
    """40 students, 40 lockers, holds of 3 ms, 32 connections: every claim finds stale holds of the locker and of the
    student, which others are about to expire too. No deadlock, no error."""
    before = deadlocks(rough_stand)
    with short_holds(rough_stand):
        said, outcomes = churn(rough_stand, "churn", ends_with=(0, 2))
    assert "number of failed transactions: 0 " in said, said
    # Where others keep the machine busy somebody may wait for a guard in vain, 0.3 s: he is told to come again. Nobody waits
    # for a row.
    assert said.count("ERROR:") == said.count("ERROR:  canceling statement due to lock timeout"), said
    assert said.count("ERROR:") == said.count('CONTEXT:  SQL statement "SELECT pg_advisory_xact_lock('), said
    assert outcomes["hold held"] > 500 and outcomes["expire expired"] > 500, outcomes
    assert deadlocks(rough_stand) == before
    status, report = finish(lockerctl(rough_stand, "verify", "--json"))
    assert status == 0 and report["holds"], report
    assert report["decisions"] >= sum(outcomes.values())


def test_churn_deadlocks_where_expiring_is_not_mended(rough_stand: Stand) -> None:
    """The same churn, with stale holds locked one after the other as they once were: the test above can fail."""
    before = deadlocks(rough_stand)
    with short_holds(rough_stand), expiring_one_by_one(rough_stand):
        # Who waits behind several deadlocks may give up waiting for the guard.
        said, _ = churn(rough_stand, "deadlocks", ends_with=(0, 2))
    assert "number of failed transactions: 0 " not in said, said
    assert deadlocks(rough_stand) > before
    assert finish(lockerctl(rough_stand, "verify", "--json"))[0] == 0, "what was rolled back is nowhere"


def test_churn_through_the_front_door(rough_stand: Stand) -> None:
    """The same over HTTPS, nginx and the workers: a rehearsal of 40 students on 40 lockers, 32 at a time. Nobody gets
    anything but an answer of the contract, every answer agrees with the ledger, and the ledger holds."""
    before = deadlocks(rough_stand)
    with short_holds(rough_stand):
        status, report = Storm(rough_stand, "--keep", students=40, lockers=40).judged()
    assert status == 0 and report["passes"], {key: report[key] for key in ("failures", "answers", "counterexamples")}
    assert report["unanswered"] == 0
    assert {a["answer"].split()[1] for a in report["answers"]} <= {"200", "201", "403", "404", "409"}, report["answers"]
    expired = rough_stand.world.value(
        "SELECT count(*) FROM locker_decisions d JOIN users u USING (student_id)"
        " WHERE u.cohort LIKE 'rehearsal-%%' AND d.act = 'expire'"
    )
    assert report["winners"] > 200 and expired > 200, (report["winners"], expired)
    assert deadlocks(rough_stand) == before
    status, found = finish(lockerctl(rough_stand, "verify", "--json"))
    assert status == 0 and found["decisions"] >= report["decisions"], found
    assert lockerctl(rough_stand, "rehearse", "--wipe").wait(patience(60)) == 0
    nobody_is_left(rough_stand)
