"""An operator's acts while students storm the front door: nginx, workers, sessions and all."""

from __future__ import annotations

import time

import pytest

from endtoend.stand import patience
from operations.students import CONTRACT, UNAUTHORIZED, Students

YES = {"hold": {"held", "replayed"}, "confirm": {"confirmed", "replayed"}, "release": {"released"}}


def operate(front_door, students, rounds):
    """All acts of the issue, again and again; how often each took effect, when nothing was open (from the end of the
    closing to the beginning of the opening), and when semesters were closed."""
    done, closed, ended = dict.fromkeys(("assign", "release", "move"), 0), [], []
    world, lockers = front_door.stand.world, students.lockers
    for turn in range(rounds):
        guest = world.student().student_id
        # Whether a locker is free just now, and who has it, is the rush's business: a rule's no (1) is an answer too.
        for n, spare in enumerate(students.spare):
            locker = lockers[(turn * 4 + n) % len(lockers)]
            owners = [row[0] for row in world.sql(
                "SELECT owner FROM locker_info WHERE locker_id = ANY (%s) AND owner IS NOT NULL", lockers)]
            for command in (("release", str(locker)), ("assign", guest, str(locker)),
                            ("move", owners[-1] if owners else guest, str(spare)), ("move", guest, str(spare))):
                done[command[0]] += front_door.change(*command, code=(0, 1)).code == 0
        front_door.change("period", "close-now")
        since = time.monotonic()
        students.wait_for("hold", 403, 3, patience(20))
        closed.append((since, time.monotonic()))
        front_door.change("period", "open-now", "--closes", "2099-01-01 00:00")
        students.wait_for("hold", 201, 3, patience(20))

        # Under a name that no other run of this test has used.
        since = time.monotonic()
        front_door.change("semester", "close", f"학기 {turn} {time.time_ns()}")
        ended.append((since, time.monotonic()))
        students.wait_for("sign-in", 201, 3, patience(20))
        closed.append((ended[-1][1], time.monotonic()))
        front_door.change("period", "open-now", "--closes", "2099-01-01 00:00")
        students.wait_for("confirm", 200, 3, patience(20))
    return done, closed, ended


def test_every_act_while_students_storm(front_door):
    stand = front_door.stand
    world = stand.world
    people, lockers = [world.stranger() for _ in range(32)], world.lockers(16, "정문 옆")
    with Students(stand, people, lockers[:12], lockers[12:]) as students:
        students.wait_for("confirm", 200, 10, patience(30))
        done, closed, ended = operate(front_door, students, rounds=3)
    told, counts = students.told, students.counts()

    # It was a storm, and the acts hit it.
    assert all(done.values()), done
    for what in ("hold 201", "hold 409 locker_taken", "hold 403 application_closed", "confirm 200", "release 200",
                 "sign-in 201", "hold 401 unauthorized"):
        assert counts[what] > 0, counts
    # Every answer is one of the contract's; its headers and shape were checked as it came.
    assert [str(t.answer) for t in told if t.outcome not in CONTRACT[t.call]] == []
    # What was closed was closed for all who asked afterwards, and a session that was ended was over.
    for since, until in closed:
        assert [str(t.answer) for t in told if t.call == "hold" and since < t.begun < until and t.answer.status == 201] == []
    for since, until in ended:
        late = [t for t in told if t.call != "sign-in" and t.session < since and until < t.begun]
        assert [str(t.answer) for t in late if t.outcome != UNAUTHORIZED] == []

    nothing_is_unaccounted(front_door, told)
    verdict = front_door.ctl("verify", "--json").json
    assert verdict["counterexample_count"] == 0 and verdict["decisions"] > 0, verdict
    assert "[문제]" not in front_door.ctl("doctor").out
    assert stand.healthy()
    the_account_would_show(front_door, told)


def the_account_would_show(front_door, told):
    """The control: a yes that is not in the ledger, and an operator's act that is not in the audit, are found."""
    world = front_door.stand.world
    request = next(t.request_id for t in told if t.call == "hold" and t.answer.status == 201)
    for spoil, mend, value in (
        ("UPDATE locker_decisions SET request_id = 'x' WHERE request_id = %s",
         "UPDATE locker_decisions SET request_id = %s WHERE request_id = 'x'", request),
        ("UPDATE operator_audit SET command = 'x' WHERE command = %s",
         "UPDATE operator_audit SET command = %s WHERE command = 'x'", "release"),
    ):
        world.sql(spoil, value)
        with pytest.raises(AssertionError):
            nothing_is_unaccounted(front_door, told)
        world.sql(mend, value)
    nothing_is_unaccounted(front_door, told)


def nothing_is_unaccounted(front_door, told):
    """Every yes is in the ledger, and every locker that was won is either still his or the ledger says why not; where
    an operator ended it, his act is in the audit."""
    world = front_door.stand.world
    rows = {request: (act, outcome, student, locker) for request, act, outcome, student, locker in world.sql(
        "SELECT request_id, act, outcome, student_id, locker_id FROM locker_decisions WHERE request_id IS NOT NULL")}
    yes = [t for t in told if t.call in YES and t.answer.status in (200, 201)]
    assert yes
    for t in yes:
        act, outcome, student, locker = rows.get(t.request_id, (None,) * 4)
        assert (act, student, locker) == (t.call, t.student, t.locker) and outcome in YES[t.call], (str(t.answer), act, outcome)
    # And nobody won without being told.
    won = {t.request_id for t in yes}
    students = sorted({t.student for t in told})
    silent = world.sql(
        "SELECT request_id, act, outcome FROM locker_decisions WHERE student_id = ANY (%s) AND request_id IS NOT NULL"
        " AND (act, outcome) IN (('hold', 'held'), ('confirm', 'confirmed'), ('release', 'released'))", students)
    assert [row for row in silent if row[0] not in won] == []
    # The last thing that happened to each locker that a student confirmed.
    unexplained = world.sql(
        """
        WITH turns AS (
            SELECT d.locker_id, d.student_id, d.act, d.outcome,
                   row_number() OVER (PARTITION BY d.locker_id ORDER BY d.decision_id DESC) AS newest
              FROM locker_decisions d
             WHERE d.guarded AND d.student_id = ANY (%s)
               AND d.outcome IN ('confirmed', 'released', 'assigned', 'expired', 'held'))
        SELECT t.*, l.owner FROM turns t JOIN locker_info l USING (locker_id)
         WHERE t.newest = 1 AND t.outcome IN ('confirmed', 'assigned') AND l.owner IS DISTINCT FROM t.student_id
        """, students)
    assert unexplained == []
    unaudited = world.sql(
        """
        SELECT d.decision_id, d.outcome, d.student_id, d.locker_id FROM locker_decisions d
         WHERE d.act = 'operator' AND d.locker_id = ANY (%s)
           AND NOT EXISTS (
               SELECT FROM operator_changes c JOIN operator_audit a USING (audit_id)
                WHERE c.relation = 'locker_assignments'
                  AND (coalesce(c.after, c.before) ->> 'assignment_id')::bigint = d.assignment_id
                  AND CASE d.outcome WHEN 'released' THEN c.before ->> 'state' IN ('hold', 'confirmed')
                                     ELSE c.after ->> 'state' = 'confirmed' END
                  AND a.command IN ('assign', 'release', 'move', 'semester close'))
        """, sorted({t.locker for t in told if t.locker}))
    assert unaudited == []
