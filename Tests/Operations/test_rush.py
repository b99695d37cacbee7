"""An operator's acts in the middle of a rush: no locker twice, nobody waits for ever, nothing half done."""

from __future__ import annotations

from operations.rush import Rush

HONG = "2023321234"


def assert_whole(database, rush):
    assert rush.faults == []
    assert database.consistent() == []
    assert rush.outcomes["hold held"] > 0, rush.outcomes
    # By the ledger, in the order of decisions: between two starts on one locker lies an end.
    assert database.sql("""
        WITH turns AS (
            SELECT locker_id, student_id, decision_id,
                   CASE WHEN (act, outcome) IN (('hold', 'held'), ('operator', 'assigned')) THEN 'start'
                        WHEN (act, outcome) IN (('release', 'released'), ('release_hold', 'released'),
                                                ('operator', 'released'), ('expire', 'expired')) THEN 'end' END AS turn
              FROM locker_decisions WHERE guarded),
        pairs AS (SELECT *, lag(turn) OVER (PARTITION BY locker_id ORDER BY decision_id) AS before
                    FROM turns WHERE turn IS NOT NULL)
        SELECT * FROM pairs WHERE turn = 'start' AND before = 'start'""") == []


def test_assign_release_move(ctl, database):
    with Rush(database) as rush:
        done = {"assign": 0, "release": 0, "move": 0}
        for turn in range(12):
            locker = rush.lockers[turn % len(rush.lockers)]
            for command in (("assign", HONG, str(locker)), ("release", str(locker)),
                            ("move", rush.students[turn], str(rush.lockers[-1 - turn]))):
                # It may find the locker taken or free: that is a rule's answer (1), anything else a fault.
                done[command[0]] += ctl.change(*command, code=(0, 1)).code == 0
        assert done["release"] > 0 and sum(done.values()) > 5, done
    assert_whole(database, rush)


def test_lists_and_persons(ctl, database):
    """What takes the gate or whole tables: lists, a change of 학번, an erasure, and their undo."""
    with Rush(database) as rush:
        places = "번호,위치\n" + "".join(f"{n},정보관 2층\n" for n in [*range(101, 111), *rush.lockers])
        people = "학번,이름,전화번호\n" + "".join(f"{s},학생{n},0107{n:07d}\n" for n, s in enumerate(rush.students, 1))
        for turn in range(3):
            # What is held or taken just then stays: perhaps nothing is changed, and nothing can be taken back.
            ctl.change("locker", "import", "-", stdin="".join(places.splitlines(True)[:-3 - turn]))
            ctl.change("undo", str(ctl.audit()), code=(0, 1))
            ctl.change("locker", "import", "-", stdin=places)
            ctl.change("roster", "import", "-", stdin="".join(people.splitlines(True)[: -1 - turn]))
            # Of somebody who does not press meanwhile: his sessions end with the change, and the rush asks for none.
            ctl.change("assign", HONG, str(rush.lockers[turn]), code=(0, 1))
            ctl.change("student", "change-id", HONG, f"209800000{turn}")
            ctl.change("undo", str(ctl.audit()), code=(0, 1))
            ctl.change("student", "erase", rush.students[-1 - turn])
    assert_whole(database, rush)
    assert ctl("verify", "--json").json["counterexample_count"] == 0


def test_close_now_is_exact(ctl, database):
    with Rush(database) as rush:
        ctl.change("period", "close-now")
        closed = database.value("SELECT max(closes_at) FROM application_periods")
        before = database.value("SELECT count(*) FROM locker_decisions WHERE act = 'hold' AND outcome = 'held'")
        # The rush goes on, and nobody holds anything.
        ctl("status")
        assert database.value("SELECT count(*) FROM locker_decisions WHERE act = 'hold' AND outcome = 'held'") == before
    assert database.value(
        "SELECT count(*) FROM locker_decisions WHERE act = 'hold' AND outcome = 'held' AND decided_at > %s", closed) == 0
    assert rush.outcomes["hold application_closed"] > 0
    assert_whole(database, rush)
