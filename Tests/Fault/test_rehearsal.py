"""A rehearsal never touches what is real, and leaves nothing; verify sees what is wrong."""

from __future__ import annotations

import signal

import psycopg
import pytest

from endtoend.stand import Stand, patience, poll
from rehearsal import FINDINGS, LOCKERCTL, Storm, finish, lockerctl, nobody_is_left

# Every real row of every table, in one hash.
EVERYTHING = """
    SELECT md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C")) FROM (
        SELECT 'users ' || u::text FROM users u UNION ALL SELECT 'places ' || l::text FROM locker_locations l
        UNION ALL SELECT 'lockers ' || l::text FROM locker_info l
        UNION ALL SELECT 'rows ' || a::text FROM locker_assignments a
        UNION ALL SELECT 'periods ' || p::text FROM application_periods p
        UNION ALL SELECT 'ledger ' || d::text FROM locker_decisions d
        UNION ALL SELECT 'sessions ' || t::text FROM auth_sessions t
        UNION ALL SELECT 'failures ' || f::text FROM auth_failures f) AS t(line)
"""


@pytest.fixture
def reality(rough_stand: Stand) -> str:
    """Something real, and its hash."""
    client, world = rough_stand.client(), rough_stand.world
    student, locker = world.student(), world.locker()
    token = rough_stand.sign_in(student, client)
    assert client.post(f"lockers/{locker}/hold", token=token).status == 201
    assert client.post(f"lockers/{locker}/confirm", token=token).status == 200
    # What other tests left to run out is marked by the workers' housekeeping, at a time of its own.
    poll("the sweeper", patience(30), lambda: not world.sql("SELECT 1 FROM locker_assignments WHERE state = 'hold'"))
    return world.value(EVERYTHING)


def test_reality_is_not_touched(rough_stand: Stand, reality: str) -> None:
    status, report = finish(lockerctl(rough_stand, "rehearse", "--json", "--students=60", "--lockers=20"))
    assert status == 0, report
    # 20 lockers are won, but for those that somebody let run out.
    assert report["free_lockers"] == 0 and report["requests"] >= 60
    nobody_is_left(rough_stand)
    assert rough_stand.world.value(EVERYTHING) == reality


def test_a_rehearsal_that_is_interrupted_wipes_its_cohort(rough_stand: Stand, reality: str) -> None:
    storm = Storm(rough_stand, seconds=60)
    storm.process.send_signal(signal.SIGINT)
    storm.process.communicate(timeout=patience(30))
    assert storm.process.returncode == 128 + signal.SIGINT
    nobody_is_left(rough_stand)
    assert rough_stand.world.value(EVERYTHING) == reality


def test_what_a_killed_rehearsal_left_is_wiped_by_the_next(rough_stand: Stand, reality: str) -> None:
    world = rough_stand.world
    storm = Storm(rough_stand, seconds=60)
    storm.process.kill()
    storm.process.communicate()
    assert world.sql("SELECT * FROM rehearsal_leftovers()") != []
    assert world.value(EVERYTHING) != reality
    # Its connection, which keeps another rehearsal from starting, ends with it.
    poll(
        "the lock of the dead rehearsal to go",
        patience(10),
        lambda: world.value("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 6") == 0,
    )
    status, report = finish(lockerctl(rough_stand, "rehearse", "--json", "--students=40", "--lockers=20"))
    assert status == 0, report
    nobody_is_left(rough_stand)
    assert world.value(EVERYTHING) == reality


def test_one_rehearsal_at_a_time(rough_stand: Stand) -> None:
    storm = Storm(rough_stand)
    other = lockerctl(rough_stand, "rehearse", "--students=1", "--lockers=1")
    _, remarks = other.communicate(timeout=patience(30))
    assert other.returncode == 1 and "진행 중" in remarks, remarks
    storm.passes()


def test_a_rehearsal_that_cannot_storm_fails(rough_stand: Stand) -> None:
    """Nobody can sign in there, and nobody answers here: neither is a pass."""
    process = lockerctl(rough_stand, "rehearse", "--students=2", "--lockers=1", "--url=https://localhost:9")
    _, remarks = process.communicate(timeout=patience(60))
    assert process.returncode == FINDINGS and "로그인하지 못해" in remarks, remarks
    nobody_is_left(rough_stand)


def test_certificates_are_checked(rough_stand: Stand) -> None:
    settings = {key: value for key, value in rough_stand.settings.items() if key != "LOCKER_CA_FILE"}
    stand = type("Bare", (), {"settings": settings})()
    process = lockerctl(stand, "rehearse", "--students=2", "--lockers=1")
    _, remarks = process.communicate(timeout=patience(60))
    assert process.returncode == FINDINGS and "로그인하지 못해" in remarks, remarks
    nobody_is_left(rough_stand)


# What a hand in the database can spoil, each with the rule that sees it, and how it is put right again.
SPOILT = {
    "owner_disagrees": (
        "UPDATE locker_info SET owner = NULL WHERE locker_id = {locker}",
        "UPDATE locker_info SET owner = '{student}' WHERE locker_id = {locker}",
    ),
    "state_disagrees": (
        "UPDATE locker_assignments SET state = 'expired', hold_expires_at = clock_timestamp() WHERE locker_id = {locker}",
        "UPDATE locker_assignments SET state = 'confirmed' WHERE locker_id = {locker}",
    ),
    "clock_contradicts_sequence": (
        "UPDATE locker_decisions SET decided_at = decided_at - interval '1 day'"
        " WHERE locker_id = {locker} AND act = 'confirm'",
        "UPDATE locker_decisions SET decided_at = decided_at + interval '1 day'"
        " WHERE locker_id = {locker} AND act = 'confirm'",
    ),
    "unguarded_change": (
        "UPDATE locker_decisions SET guarded = false WHERE locker_id = {locker} AND act = 'hold'",
        "UPDATE locker_decisions SET guarded = true WHERE locker_id = {locker} AND act = 'hold'",
    ),
}


@pytest.mark.parametrize("rule", SPOILT)
def test_verify_names_what_is_wrong(rough_stand: Stand, rule: str) -> None:
    client, world = rough_stand.client(), rough_stand.world
    student, locker = world.student(), world.locker()
    token = rough_stand.sign_in(student, client)
    assert client.post(f"lockers/{locker}/hold", token=token).status == 201
    assert client.post(f"lockers/{locker}/confirm", token=token).status == 200
    assert finish(lockerctl(rough_stand, "verify", "--json"))[0] == 0
    spoil, mend = (text.format(locker=locker, student=student.student_id) for text in SPOILT[rule])
    world.sql(spoil)
    status, report = finish(lockerctl(rough_stand, "verify", "--json"))
    assert status == FINDINGS and not report["holds"]
    assert {(found["rule"], found["locker_id"]) for found in report["counterexamples"]} >= {(rule, locker)}, report
    assert lockerctl(rough_stand, "verify").wait(patience(30)) == FINDINGS
    world.sql(mend)
    assert finish(lockerctl(rough_stand, "verify", "--json"))[0] == 0, LOCKERCTL


def test_what_a_rehearsal_kept_is_verified_and_wiped(rough_stand: Stand, reality: str) -> None:
    """A storm that is kept can be replayed afterwards; one spoilt row of it is seen; then it goes without a trace."""
    world = rough_stand.world
    before = finish(lockerctl(rough_stand, "verify", "--json"))[1]["decisions"]
    status, report = finish(
        lockerctl(rough_stand, "rehearse", "--json", "--keep", "--students=60", "--lockers=20", "--concurrency=16")
    )
    assert status == 0, report
    cohort = world.value("SELECT rehearsal_leftovers()")
    rows = "SELECT count(*) FROM locker_decisions JOIN users USING (student_id) WHERE cohort = %s"
    # The report tells what verify said of the storm, while the storm's rows are still there to compare.
    assert report["verify"]["holds"] and report["verify"]["counterexample_count"] == 0
    assert 60 <= report["verify"]["decisions"] <= world.value(rows, cohort)
    assert report["verify"]["winners"] >= 20 and report["verify"]["losers"] > 0

    status, found = finish(lockerctl(rough_stand, "verify", "--json"))
    assert status == 0 and found["holds"], found
    assert found["decisions"] >= before + report["verify"]["decisions"] > before
    decision, locker = world.sql(
        "SELECT d.decision_id, d.locker_id FROM locker_decisions d JOIN users u USING (student_id)"
        " WHERE u.cohort = %s AND d.outcome = 'held' LIMIT 1",
        cohort,
    )[0]
    with psycopg.connect(rough_stand.settings["DB_SUPERUSER_URL"], autocommit=True) as superuser:
        superuser.execute("UPDATE locker_decisions SET guarded = false WHERE decision_id = %s", (decision,))
    status, found = finish(lockerctl(rough_stand, "verify", "--json"))
    assert status == FINDINGS, found
    assert [(f["rule"], f["locker_id"]) for f in found["counterexamples"]] == [("unguarded_change", locker)]

    process = lockerctl(rough_stand, "rehearse", "--wipe")
    output, remarks = process.communicate(timeout=patience(60))
    assert process.returncode == 0 and cohort in output, output + remarks
    nobody_is_left(rough_stand)
    assert world.value(EVERYTHING) == reality
    assert finish(lockerctl(rough_stand, "verify", "--json"))[0] == 0
    # Once more does no harm.
    assert lockerctl(rough_stand, "rehearse", "--wipe").wait(patience(30)) == 0


def test_what_a_rehearsal_kept_does_not_disturb_the_next(rough_stand: Stand, reality: str) -> None:
    small = ("rehearse", "--json", "--students=40", "--lockers=20")
    assert finish(lockerctl(rough_stand, *small, "--keep"))[0] == 0
    status, report = finish(lockerctl(rough_stand, *small))
    assert status == 0, report
    nobody_is_left(rough_stand)
    assert rough_stand.world.value(EVERYTHING) == reality
