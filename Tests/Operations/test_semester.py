"""The end of a semester, and taking it back."""

from __future__ import annotations

import pytest

from operations.rush import Rush
from test_rush import assert_whole

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"


@pytest.fixture(autouse=True)
def a_semester(database):
    """홍길동 has 101, 김철수 holds 102, 이영희 gave 103 back, 104 was written in by hand; all are signed in."""
    for student, locker in ((HONG, 101), (LEE, 103)):
        assert database.hold(student, locker) == "held" and database.confirm(student, locker) == "confirmed"
    assert database.release(LEE, 103) == "released"
    assert database.hold(KIM, 102) == "held"
    database.sql("UPDATE locker_info SET owner = %s WHERE locker_id = 104", LEE)
    database.sql("INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)"
                 " SELECT student_id, name, phone_number, true, 'f' FROM users")
    for student in (HONG, KIM, LEE):
        database.sign_in(student)


def active(database):
    return database.sql("SELECT locker_id, student_id, state FROM v_locker_states ORDER BY 1")


def test_close_archives_releases_and_forgets(ctl, database):
    ctl("semester", "close", "2026-2", "--reason", "시험", code=3)
    before = database.picture()
    preview = ctl("semester", "close", "2026-2", "--dry-run", "--json").json
    assert database.picture() == before
    done = ctl.change("semester", "close", "2026-2", "--json").json
    assert done["result"] | {"semester_id": 0} == preview["result"] | {"semester_id": 0}
    assert done["destroyed"] == preview["destroyed"] > 0
    assert done["result"] | {"semester_id": 0} == {
        "semester_id": 0, "name": "2026-2", "released": 3, "archived": 4, "students": 3, "sessions": 3, "confirmed": 2}

    assert database.value("SELECT count(*) FROM v_locker_states WHERE state <> 'available'") == 0
    for table in ("users", "auth_sessions", "auth_spent_tokens", "eligible_students", "locker_assignments"):
        assert database.value(f"SELECT count(*) FROM {table}") == 0, table
    assert ctl("period", "show", "--json").json["state"] == "closed"
    assert database.value("SELECT count(*) FROM locker_decisions WHERE act = 'operator' AND outcome = 'released'") == 3

    rows = ctl("semester", "show", "2026-2", "--json").json
    assert [(r["locker_id"], r["student_id"], r["name"]) for r in rows] == [(101, HONG, "홍길동"), (104, LEE, "이영희")]
    assert len(ctl("semester", "show", "2026-2", "--history", "--json").json) == 4
    assert "2026-2" in ctl("semester", "list").out and "까지" in ctl("semester", "list").out
    assert "이미 마감" in ctl.change("semester", "close", "2026-2", code=1).err
    assert "없습니다" in ctl("semester", "show", "1999-1", code=1).err


def test_undo_within_the_time(ctl, database):
    before, people = active(database), database.sql("SELECT student_id, serial_id, name, phone_number FROM users ORDER BY 1")
    ctl.change("semester", "close", "2026-2")
    ctl.change("semester", "undo", "2026-2")
    after = active(database)
    # The minute's hold is not brought back, all else is.
    assert after == [(l, None, "available") if s == KIM else (l, s, t) for l, s, t in before]
    assert database.sql("SELECT student_id, serial_id, name, phone_number FROM users ORDER BY 1") == people
    assert database.value("SELECT count(*) FROM eligible_students") == 3
    assert ctl("semester", "list", "--json").json == []
    assert ctl("period", "show", "--json").json["state"] == "open"
    assert database.confirm(HONG, 101) == "replayed" and database.hold(KIM, 105) == "held"
    assert "없습니다" in ctl.change("semester", "undo", "2026-2", code=1).err
    ctl.change("semester", "close", "2026-2")  # and again


def test_undo_refuses_over_a_new_semester(ctl, database):
    ctl.change("semester", "close", "2026-2")
    database.sql("INSERT INTO users (student_id, name, phone_number) VALUES ('2027320001', '새학생', '01012345678')")
    said = ctl.change("semester", "undo", "2026-2", code=1).err
    assert "되돌릴 수 없습니다" in said
    assert database.value("SELECT count(*) FROM users") == 1


def test_after_the_time_nobody_is_named(ctl, database):
    ctl.change("assign", KIM, "102")
    ctl.change("semester", "close", "2026-2", "--keep-days", "1")
    database.sql("UPDATE semesters SET keep_until = now() - interval '1 s'")
    database.sql("UPDATE operator_audit SET images_until = now() - interval '1 s'")
    database.sql("INSERT INTO users (student_id, name, phone_number) VALUES ('2027320001', '새학생', '01077777777')")
    ctl.change("period", "open-now", "--closes", "2099-01-01 00:00")  # any act forgets on the way
    dump = "".join(str(database.sql(f"SELECT to_jsonb(t)::text FROM {table} t")) for table in (
        "semester_assignments", "locker_decisions", "operator_changes", "semesters"))
    for trace in (HONG, KIM, LEE, "홍길동", "01012345678"):
        assert trace not in dump, trace
    rows = ctl("semester", "show", "2026-2", "--json").json
    assert len(rows) == 3 and all(r["student_id"].startswith("x") and r["name"] is None for r in rows)
    assert "지워짐" in ctl("semester", "list").out
    assert "보관 기간이 지나" in ctl.change("semester", "undo", "2026-2", code=1).err
    # The new semester's decisions keep their names.
    database.hold("2027320001", 101)
    ctl.change("location", "add", "새 위치")
    assert database.value("SELECT count(*) FROM locker_decisions WHERE student_id = '2027320001'") == 1


def test_a_rehearsal_goes_on(ctl, database):
    database.sql("INSERT INTO locker_locations (name, cohort) VALUES ('예행', 'r1')")
    database.sql("INSERT INTO locker_info (locker_id, location_id) VALUES (900, 3)")
    database.sql("INSERT INTO users (student_id, name, phone_number, cohort) VALUES ('2099990001', '예행', '01099990001', 'r1')")
    database.sql("INSERT INTO application_periods (opens_at, closes_at, cohort) VALUES (now(), now() + interval '1 h', 'r1')")
    database.hold("2099990001", 900)
    ctl.change("semester", "close", "2026-2")
    assert database.state(900) == "held" and database.value("SELECT count(*) FROM users") == 1


def test_close_and_undo_in_the_middle_of_a_rush(ctl, database):
    database.sql("UPDATE locker_info SET owner = NULL WHERE locker_id = 104")
    with Rush(database, threads=8, students=300) as rush:
        confirmed = ctl.change("semester", "close", "2026-2", "--json").json["result"]
        assert confirmed["students"] == 303
        # The accounts are gone; what the students try now changes nothing.
        assert database.value("SELECT count(*) FROM v_locker_states WHERE state <> 'available'") == 0
        assert database.value("SELECT count(*) FROM locker_assignments") == 0
        assert database.value("SELECT count(*) FROM semester_assignments WHERE state = 'confirmed'") == confirmed["confirmed"]
        ctl.change("semester", "undo", "2026-2")
        ctl("status")
    assert_whole(database, rush)


def test_a_whole_campus(ctl, database):
    """600 lockers, 2000 students: closed and undone as a whole."""
    database.sql("INSERT INTO users (student_id, name, phone_number) SELECT '2098' || lpad(n::text, 6, '0'), '학생' || n,"
                 " '0106' || lpad(n::text, 7, '0') FROM generate_series(1, 2000) n")
    database.sql("INSERT INTO locker_info (locker_id, location_id) SELECT 1000 + n, 1 FROM generate_series(1, 600) n")
    database.sql("INSERT INTO locker_assignments (locker_id, student_id, state, confirmed_at)"
                 " SELECT 1000 + n, '2098' || lpad(n::text, 6, '0'), 'confirmed', now() FROM generate_series(1, 600) n")
    database.sql("UPDATE locker_info SET owner = '2098' || lpad((locker_id - 1000)::text, 6, '0') WHERE locker_id > 1000")
    database.sql("INSERT INTO locker_assignments (locker_id, student_id, state) SELECT 1000 + n % 600 + 1,"
                 " '2098' || lpad((n % 2000 + 1)::text, 6, '0'), 'expired' FROM generate_series(1, 5000) n")
    ctl.change("semester", "close", "2026-2")
    assert database.value("SELECT count(*) FROM locker_info WHERE owner IS NOT NULL") == 0
    ctl.change("semester", "undo", "2026-2")
    assert database.value("SELECT count(*) FROM locker_info WHERE owner IS NOT NULL") == 602
    assert database.consistent() == [(104, LEE, None)]
