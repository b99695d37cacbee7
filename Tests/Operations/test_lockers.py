"""Periods, places, lockers, assignments, sessions, the status."""

from __future__ import annotations

import csv
import io

import pytest

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"


def test_period(ctl, database):
    assert ctl("period", "show", "--json").json["state"] == "open"
    assert "신청 중" in ctl("period", "show").out and "마감까지" in ctl("period", "show").out
    ctl.change("period", "close-now")
    assert ctl("period", "show", "--json").json["state"] == "closed"
    assert database.hold(HONG, 101) == "application_closed"
    assert "아니어서" in ctl.change("period", "close-now", code=1).err
    assert "--closes" in ctl.change("period", "open-now", code=1).err
    assert "지났습니다" in ctl.change("period", "open-now", "--closes", "2020-01-01 00:00", code=1).err
    ctl.change("period", "open-now", "--closes", "2099-01-01 00:00")
    assert database.hold(HONG, 101) == "held"
    assert "이미 신청 기간" in ctl.change("period", "open-now", "--closes", "2099-01-01 00:00", code=1).err


def test_period_set_refuses_nonsense(ctl, database):
    database.sql("DELETE FROM application_periods")
    assert "정해져 있지 않습니다" in ctl("period", "show").out

    def set_period(opens, closes, *more, code=0):
        return ctl.change("period", "set", "--opens", opens, "--closes", closes, *more, code=code)

    assert "빠르거나" in set_period("2030-03-02 12:00", "2030-03-02 12:00", code=1).err
    assert "지났습니다" in set_period("2020-01-01 00:00", "2020-02-01 00:00", "--force", code=1).err
    assert "--force" in set_period("2020-01-01 00:00", "2030-02-01 00:00", code=1).err
    assert database.value("SELECT count(*) FROM application_periods") == 0
    set_period("2030-03-02 12:00", "2030-03-06 18:00")
    assert database.sql("SELECT opens_at = '2030-03-02 12:00+09', closes_at = '2030-03-06 18:00+09'"
                        " FROM application_periods") == [(True, True)]
    assert "시작까지" in ctl("period", "show").out
    # The same period is moved, no second one is made.
    set_period("2030-03-03 12:00:30", "2030-03-06T18:00:00+09:00")
    assert database.value("SELECT count(*) FROM application_periods") == 1
    database.sql("INSERT INTO application_periods (opens_at, closes_at) VALUES ('2031-01-01', '2031-02-01')")
    assert "겹칩니다" in set_period("2030-03-03 12:00", "2031-01-15 12:00", code=1).err
    set_period("2020-01-01 00:00", "2030-02-01 00:00", "--force")
    assert ctl("period", "show", "--json").json["state"] == "open"
    # And the open one is not ended on the way.
    assert "지금 신청을 받고" in set_period("2029-03-02 12:00", "2029-03-06 18:00", code=1).err
    future = ("period", "set", "--opens", "2029-03-02 12:00", "--closes", "2029-03-06 18:00", "--force", "--reason", "시험")
    assert "1건" in ctl(*future, code=3).err
    assert ctl("period", "show", "--json").json["state"] == "open"
    ctl(*future, "--yes")
    assert ctl("period", "show", "--json").json["state"] == "upcoming"


def test_a_rehearsal_is_not_touched(ctl, database):
    database.sql("INSERT INTO locker_locations (name, cohort) VALUES ('예행', 'r1')")
    database.sql("INSERT INTO locker_info (locker_id, location_id) VALUES (900, 3)")
    database.sql("INSERT INTO users (student_id, name, phone_number, cohort) VALUES ('2099990001', '예행', '01099990001', 'r1')")
    database.sql("INSERT INTO application_periods (opens_at, closes_at, cohort) VALUES (now(), now() + interval '1 h', 'r1')")
    assert database.hold("2099990001", 900) == "held"
    ctl.change("period", "close-now")
    for command in (("release", "900"), ("locker", "disable", "900"), ("assign", HONG, "900"), ("assign", "2099990001", "101"),
                    ("location", "remove", "3"), ("location", "rename", "3", "x")):
        ctl.change(*command, code=1)
    assert all(row["locker_id"] != 900 for row in ctl("locker", "list", "--json").json)
    assert database.state(900) == "held"
    assert database.value("SELECT count(*) FROM application_periods WHERE cohort = 'r1' AND closes_at > now()") == 1


def test_locker_list_and_states(ctl, database):
    database.hold(HONG, 101)
    database.hold(KIM, 102)
    database.confirm(KIM, 102)
    ctl.change("locker", "disable", "103")
    states = {row["locker_id"]: row["state"] for row in ctl("locker", "list", "--json").json}
    assert (states[101], states[102], states[103], states[104]) == ("held", "confirmed", "disabled", "available")
    shown = ctl("locker", "list").out
    assert "사용 중지" in shown and "김철수" in shown
    assert [row["locker_id"] for row in ctl("locker", "list", "--state", "disabled", "--json").json] == [103]
    assert [row["locker_id"] for row in ctl("locker", "list", "--location", "2", "--json").json] == [106, 107, 108, 109, 110]
    ctl("locker", "list", "--state", "broken", code=64)

    assert database.hold(LEE, 103) == "locker_disabled"
    assert "사용 중지" in ctl.change("assign", LEE, "103", code=1).err
    assert "이미" in ctl.change("locker", "disable", "103", code=1).err
    assert "먼저" in ctl.change("locker", "disable", "102", code=1).err
    assert "먼저" in ctl.change("locker", "disable", "101", code=1).err
    ctl.change("locker", "enable", "103")
    assert database.hold(LEE, 103) == "held"
    assert "되어 있지 않습니다" in ctl.change("locker", "enable", "103", code=1).err
    assert "없습니다" in ctl.change("locker", "disable", "999", code=1).err


def test_location(ctl, database):
    ctl.change("location", "add", "과학도서관 6층")
    assert "이미 있습니다" in ctl.change("location", "add", "과학도서관 6층", code=1).err
    assert "있어서" in ctl.change("location", "remove", "1", code=1).err
    ctl.change("location", "remove", "3")
    ctl.change("location", "rename", "2", "정보관 4층")
    assert "이미 있습니다" in ctl.change("location", "rename", "2", "정보관 2층", code=1).err
    assert "없습니다" in ctl.change("location", "rename", "77", "x", code=1).err
    rows = ctl("location", "list", "--json").json
    assert [(row["name"], row["total"], row["available"]) for row in rows] == [("정보관 2층", 5, 5), ("정보관 4층", 5, 5)]


LIST = "번호,위치\n101,정보관 2층\n102,정보관 3층\n103,정보관 2층\n301,신공학관 1층\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
def test_locker_import(ctl, database, encoding):
    database.hold(HONG, 104)
    database.confirm(HONG, 104)
    database.hold(KIM, 105)
    database.release_hold(KIM, 105)  # a history
    file = ctl.folder / "lockers.csv"
    file.write_bytes(LIST.replace("\n", "\r\n").encode(encoding))
    before = database.picture()
    preview = ctl("locker", "import", str(file), "--dry-run", "--json").json["result"]
    assert database.picture() == before
    assert (preview["new"], preview["changed"], preview["kept"], preview["disabled"], preview["deleted"]) == (
        [301], [102], [104], [105], [106, 107, 108, 109, 110])
    assert "새로 1(301)" in ctl("locker", "import", str(file), "--dry-run").out
    ctl("locker", "import", str(file), "--reason", "시험", code=3)  # it takes lockers away
    ctl.change("locker", "import", str(file))
    assert [r[0] for r in database.sql("SELECT locker_id FROM locker_info ORDER BY 1")] == [101, 102, 103, 104, 105, 301]
    assert database.owner(104) == HONG and database.state(105) == "disabled"
    ctl.change("undo", str(ctl.audit()))
    # The right list after a wrong one: what the wrong one put out of service is back, without anybody's help.
    ctl.change("locker", "import", str(file))
    back = ctl.change("locker", "import", "-", stdin="번호,위치\n105,정보관 2층\n").out
    assert "중지 풀림 1(105)" in back and database.state(105) == "available"
    ctl.change("undo", str(ctl.audit()))
    ctl.change("undo", str(ctl.audit() - 2))
    after = database.picture()
    for table in ("locker_info", "locker_locations", "locker_assignments"):
        assert after[table] == before[table]


@pytest.mark.parametrize("text, said", [
    ("번호,위치\n101,\n", "2행: 위치가"), ("번호,위치\nx,정보관\n", "2행: 번호"), ("번호,위치\n1,가\n1,나\n", "3행"),
    ("번호\n1\n", "위치"), ("", "빈 파일"), ("번호,위치\n", "한 줄도"), ("번호,위치\n1,\"가\n", "따옴표"),
    ("번호,위치,장소\n1,가,나\n", "둘 이상"), ("번호,위치\n0,가\n-3,나\n", "3행"),
])
def test_locker_import_refuses_a_bad_file(ctl, database, text, said):
    before = database.picture()
    assert said in ctl.change("locker", "import", "-", stdin=text, code=1).err
    assert database.picture() == before


def test_locker_export_is_what_import_takes(ctl, database):
    ctl("locker", "export", "--output", "out.csv")
    assert (ctl.folder / "out.csv").stat().st_mode & 0o777 == 0o600
    assert "이미 있습니다" in ctl("locker", "export", "-o", "out.csv", code=1).err
    result = ctl("locker", "import", "out.csv", "--dry-run", "--json").json
    assert result["changes"] == [] and result["result"]["total"] == 10


def test_a_place_whose_name_a_spreadsheet_would_run_comes_back(ctl, database):
    """The export makes it harmless; the import knows it again."""
    database.sql("UPDATE locker_locations SET name = '-1층' WHERE location_id = 1")
    ctl("locker", "export", "-o", "out.csv")
    assert b"'-1" in (ctl.folder / "out.csv").read_bytes()
    assert ctl("locker", "import", "out.csv", "--dry-run", "--json").json["changes"] == []


def test_a_file_that_says_it_is_utf8_is_nothing_else(ctl, database):
    broken = b"\xef\xbb\xbf" + "번호,위치\n101,".encode() + "정보관".encode("cp949") + b"\n"
    assert "글자" in ctl.change("locker", "import", "-", stdin=broken, code=1).err


def test_assign_release_move(ctl, database):
    ctl.change("assign", HONG, "101")
    assert database.owner(101) == HONG and database.confirm(HONG, 101) == "replayed"
    assert "이미 쓰고" in ctl.change("assign", HONG, "101", code=1).err
    assert "move" in ctl.change("assign", HONG, "102", code=1).err
    assert HONG in ctl.change("assign", KIM, "101", code=1).err
    assert "학생이 없습니다" in ctl.change("assign", "2000000000", "102", code=1).err
    assert "사물함 999번이 없습니다" in ctl.change("assign", KIM, "999", code=1).err

    assert database.hold(KIM, 102) == "held"
    assert "선점" in ctl.change("assign", LEE, "102", code=1).err
    assert "선점" in ctl.change("assign", KIM, "103", code=1).err
    ctl.change("assign", KIM, "102")  # his own hold becomes his locker
    assert database.owner(102) == KIM

    assert KIM in ctl.change("move", HONG, "102", code=1).err
    assert "assign" in ctl.change("move", LEE, "103", code=1).err
    assert "이미 쓰고" in ctl.change("move", HONG, "101", code=1).err
    ctl.change("move", HONG, "110")
    assert (database.owner(101), database.owner(110)) == (None, HONG)
    ctl.change("release", "110")
    assert database.owner(110) is None and "비어 있습니다" in ctl.change("release", "110", code=1).err
    assert database.consistent() == []
    assert database.sql("SELECT outcome, locker_id FROM locker_decisions WHERE act = 'operator' ORDER BY decision_id") == [
        ("assigned", 101), ("assigned", 102), ("released", 101), ("assigned", 110), ("released", 110)]


def test_assign_over_a_hold_that_ran_out(ctl, database):
    database.hold(HONG, 101)
    database.hold(KIM, 102)
    database.sql("UPDATE locker_assignments SET hold_expires_at = clock_timestamp()")
    ctl.change("assign", HONG, "102")
    assert database.owner(102) == HONG
    assert database.value("SELECT count(*) FROM locker_assignments WHERE state = 'expired'") == 2


def test_an_owner_by_hand_is_released(ctl, database):
    database.sql("UPDATE locker_info SET owner = %s WHERE locker_id = 101", HONG)
    assert [row["student_id"] for row in ctl("assignment", "list", "--json").json] == [HONG]
    ctl.change("release", "101")
    assert database.owner(101) is None


def test_assignment_export_opens_in_excel_and_runs_nothing(ctl, database):
    database.sql("UPDATE users SET name = '=cmd()' WHERE student_id = %s", KIM)
    database.sql("UPDATE locker_locations SET name = '=1+1, \"x\"' WHERE location_id = 1")
    for student, locker in ((HONG, 106), (KIM, 101)):
        ctl.change("assign", student, str(locker))
    ctl("assignment", "export", "--output", "a.csv")
    raw = (ctl.folder / "a.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and b"\r\n" in raw
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [row["사물함"] for row in rows] == ["101", "106"]
    assert rows[0]["이름"] == "'=cmd()" and rows[0]["위치"] == "'=1+1, \"x\""
    assert rows[1]["전화번호"] == "010-1234-5678"
    assert len(ctl("assignment", "list", "--location", "2", "--json").json) == 1
    ctl.change("release", "106")
    assert len(ctl("assignment", "list", "--json").json) == 1
    assert len(ctl("assignment", "list", "--history", "--json").json) == 2


def test_session(ctl, database):
    for student in (HONG, HONG, KIM):
        database.sign_in(student)
    assert len(ctl("session", "list", "--json").json) == 3
    assert len(ctl("session", "list", "--student", HONG, "--json").json) == 2
    assert "Safari" in ctl("session", "list").out
    assert ctl.change("session", "revoke", "--student", HONG, "--json").json["result"]["sessions"] == 2
    assert "2" not in [row["student_id"] for row in ctl("session", "list", "--json").json]
    ctl("session", "revoke", "--all", "--reason", "시험", code=3)
    ctl.change("session", "revoke", "--all")
    assert ctl("session", "list", "--json").json == [] and "없습니다" in ctl("session", "list").out
    assert "없습니다" in ctl.change("session", "revoke", "--student", "2000000000", code=1).err


def test_status(ctl, database):
    database.hold(HONG, 101)
    status = ctl("status", "--json").json
    assert status["lockers"] == {"total": 10, "available": 9, "held": 1, "confirmed": 0, "disabled": 0}
    assert status["decisions_last_minute"]["held"] == 1 and status["period"]["state"] == "open"
    assert status["schema"] == database.value("SELECT change FROM sqitch.changes ORDER BY committed_at DESC LIMIT 1")
    assert status["connections"] < status["connections_limit"]
    shown = ctl("status").out
    assert "신청 중" in shown and "정보관 3층" in shown and "디스크 남음" in shown
