"""The roster and the students."""

from __future__ import annotations

import json

import pytest

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"

ROSTER = "비고,연락처,성명,학번,대상\n,010-1234-5678,홍길동,2023321234,O\n학생회비 미납,010 8765 4321,김철수,2023325678,X\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp949"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_import_reads_what_spreadsheets_write(ctl, database, encoding, newline):
    file = ctl.folder / "명단.csv"
    file.write_bytes(ROSTER.replace("\n", newline).encode(encoding))
    assert "새로 2명" in ctl("roster", "import", str(file), "--dry-run").out
    assert ctl("roster", "list", "--json").json == []
    ctl.change("roster", "import", str(file))
    rows = database.sql("SELECT student_id, name, phone_number, eligible, reason, source_file FROM eligible_students ORDER BY 1")
    assert rows == [(HONG, "홍길동", "01012345678", True, None, "명단.csv"),
                    (KIM, "김철수", "01087654321", False, "학생회비 미납", "명단.csv")]


def test_import_understands_english_headings_and_a_lost_zero(ctl, database):
    text = 'phone_number,student_id,name\n1012345678,2023321234,"홍길동"\n+82-10-8765-4321,2023325678,김철수\n'
    ctl.change("roster", "import", "-", stdin=text)
    assert database.sql("SELECT phone_number, eligible FROM eligible_students ORDER BY student_id") == [
        ("01012345678", True), ("01087654321", True)]


def test_every_bad_row_is_reported_and_nothing_is_imported(ctl, database):
    ctl.change("roster", "import", "-", stdin=ROSTER)
    before = database.picture()
    bad = ("학번,이름,전화번호,대상\r\n2023321234,홍길동,01012345678,O\r\n20233212,홍길순,01012345679,O\r\n"
           "2023321235,홍,01012345680,O\r\n2023321236,홍길삼,0101,O\r\n2023321234,홍길사,01012345681,O\r\n"
           "2023321237,홍길오,01012345678,O\r\n2023321238,\"홍\r\n길육\",01012345682,아마\r\n\r\n2023321239,홍길칠,,예\r\n")
    said = ctl.change("roster", "import", "-", stdin=bad, code=1).err
    assert "7군데" in said
    for expected in ("3행: 학번", "4행: 이름", "5행: 전화번호", "6행: 학번 2023321234: 2행에도", "7행: 전화번호가 2행과",
                     "8행: 대상", "11행: 전화번호"):
        assert expected in said, (expected, said)
    assert database.picture() == before
    assert "열 이름 이름" in ctl.change("roster", "import", "-", stdin="학번,전화번호\n", code=1).err
    assert "한 줄도" in ctl.change("roster", "import", "-", stdin="학번,이름,전화번호\n", code=1).err
    assert "글자" in ctl.change("roster", "import", "-", stdin=b"\xff\xfe\x00", code=1).err


def test_diff_and_undo(ctl, database):
    ctl.change("roster", "import", "-", stdin=ROSTER)
    second = "학번,이름,전화번호,대상,사유\n2023325678,김철수,01087654321,O,\n2023320003,이영희,01011112222,O,\n"
    shown = ctl("roster", "diff", "-", stdin=second).out
    assert "+ 명단 2023320003" in shown and "- 명단 2023321234" in shown and "~ 명단 2023325678" in shown
    diff = ctl("roster", "diff", "-", "--json", stdin=second).json["result"]
    assert (diff["new"], diff["changed"], diff["gone"], diff["total"]) == (1, 1, 1, 2)
    before = database.sql("SELECT to_jsonb(e)::text FROM eligible_students e ORDER BY 1")
    ctl("roster", "import", "-", "--reason", "시험", stdin=second, code=3)  # one goes
    ctl.change("roster", "import", "-", stdin=second)
    assert "지금 명단과 같습니다" in ctl("roster", "diff", "-", stdin=second).out
    ctl.change("undo", str(ctl.audit()))
    assert database.sql("SELECT to_jsonb(e)::text FROM eligible_students e ORDER BY 1") == before


def test_export_is_what_import_takes(ctl, database):
    ctl.change("roster", "import", "-", stdin=ROSTER)
    ctl("roster", "export", "--output", "r.csv")
    assert "지금 명단과 같습니다" in ctl("roster", "diff", "r.csv").out
    assert "미납" in ctl("roster", "list", "--ineligible").out
    assert len(ctl("roster", "list", "--ineligible", "--json").json) == 1


def test_two_thousand_entries(ctl, database):
    text = "학번,이름,전화번호\n" + "".join(f"2024{n:06d},학생{n},0102{n:07d}\n" for n in range(2000))
    ctl.change("roster", "import", "-", stdin=text)
    assert database.value("SELECT count(*) FROM eligible_students") == 2000
    ctl.change("undo", str(ctl.audit()))
    assert database.value("SELECT count(*) FROM eligible_students") == 0


def sessions(database, student):
    return database.value("SELECT count(*) FROM auth_sessions WHERE student_id = %s", student)


def test_student_add_and_correct(ctl, database):
    # As it is typed at the question, so that it stands in no list of processes.
    ctl.change("student", "add", "-", "-", "-", stdin="2023329999\n박민수 \n010-9999-0000\n")
    assert database.sql("SELECT name, phone_number FROM users WHERE student_id = '2023329999'") == [("박민수", "01099990000")]
    assert "이미 등록" in ctl.change("student", "add", "2023329999", "박민수", "01099990001", code=1).err
    assert "전화번호" in ctl.change("student", "add", "2023329998", "박민수", "01099990000", code=1).err
    ctl.change("student", "add", "2023329997", "박", "01099990003", code=64)
    database.sign_in(HONG)
    ctl.change("student", "rename", HONG, "홍길순")
    assert sessions(database, HONG) == 0
    ctl.change("student", "phone", HONG, "010-5555-6666")
    assert database.sql("SELECT name, phone_number FROM users WHERE student_id = %s", HONG) == [("홍길순", "01055556666")]
    assert "전화번호" in ctl.change("student", "phone", HONG, "01087654321", code=1).err
    for command in (("rename", "2000000000", "아무개"), ("phone", "2000000000", "01012341234"), ("show", "2000000000"),
                    ("erase", "2000000000"), ("erase", "20000"), ("change-id", "2000000000", "2000000001")):
        assert "학생이 없습니다" in (ctl("student", *command, code=1) if command[0] == "show"
                                else ctl.change("student", *command, code=1)).err


def test_undo_of_an_added_student_who_has_a_locker_by_now(ctl, database):
    ctl.change("student", "add", "2023329999", "박민수", "01099990000")
    number = ctl.audit()
    database.hold("2023329999", 101)
    assert "되돌릴 수 없습니다" in ctl.change("undo", str(number), code=1).err
    assert database.state(101) == "held"


def test_change_id_carries_everything(ctl, database):
    database.hold(HONG, 101)
    database.confirm(HONG, 101)
    database.sign_in(HONG)
    assert "이미 등록" in ctl.change("student", "change-id", HONG, KIM, code=1).err
    ctl.change("student", "change-id", HONG, "2023321235")
    assert database.owner(101) == "2023321235" and database.consistent() == []
    assert database.value("SELECT count(*) FROM locker_decisions WHERE student_id = '2023321235'") == 2
    assert database.value("SELECT count(*) FROM v_live_sessions WHERE student_id = '2023321235'") == 1
    assert database.confirm("2023321235", 101) == "replayed"
    ctl.change("undo", str(ctl.audit()))
    assert database.owner(101) == HONG
    assert database.value("SELECT count(*) FROM v_live_sessions WHERE student_id = %s", HONG) == 1
    shown = ctl("student", "show", HONG)
    assert "홍길동" in shown.out and "101번" in shown.out
    assert "선점함" in shown.out and "confirmed" not in shown.out
    assert ctl("student", "show", HONG, "--json").json[0]["locker"]["locker_id"] == 101


def test_a_change_of_id_by_mistake_and_back(ctl, database):
    """The ledger is as it was, also where the other 학번 had rows of its own; the real other sees nothing of it."""
    database.sql("INSERT INTO users (student_id, name, phone_number) VALUES ('2023321235', '참주인', '01077778888')")
    assert database.hold("2023321235", 105) == "held"
    database.sql("DELETE FROM users WHERE student_id = '2023321235'")
    database.hold(HONG, 101)
    database.confirm(HONG, 101)
    before = database.sql("SELECT d::text FROM locker_decisions d ORDER BY decision_id")
    changed = ctl.change("student", "change-id", HONG, "2023321235")
    assert "따라가는 결정 기록 2건" in changed.out
    assert "결정 기록 2건: 학번" in ctl("audit", "show", str(ctl.audit())).out
    ctl.change("undo", str(ctl.audit()))
    assert database.sql("SELECT d::text FROM locker_decisions d ORDER BY decision_id") == before
    assert ctl("verify", "--json").json["counterexample_count"] == 0


def test_an_odd_id_of_an_old_server_is_mended_or_erased(ctl, database):
    database.sql("INSERT INTO users (student_id, name, phone_number, adopted) VALUES ('20231', '옛학번', '01077778888', true),"
                 " ('20232', '옛학번둘', '01077778889', true)")
    assert "옛학번" in ctl("student", "show", "20231").out
    ctl.change("student", "change-id", "20231", "2023129999")
    ctl.change("student", "change-id", "2023129999", "20231", code=64)
    ctl.change("student", "erase", "20232")
    assert database.sql("SELECT student_id, adopted FROM users WHERE name LIKE '옛학번%%'") == [("2023129999", False)]


def test_erase_of_who_has_no_account(ctl, database):
    """After the semester's end, while the archive and the images still know him."""
    database.hold(HONG, 101)
    database.confirm(HONG, 101)
    ctl.change("roster", "import", "-", stdin=ROSTER)
    ctl.change("semester", "close", "2026-2")
    closing = ctl.audit()
    assert "지난 학기 배정 1건" in ctl.change("student", "erase", HONG).out
    dump = json.dumps([database.sql(f"SELECT to_jsonb(t)::text FROM {table} t") for table in (
        "locker_decisions", "operator_audit", "operator_changes", "semester_assignments")], ensure_ascii=False)
    for trace in (HONG, "홍길동", "01012345678"):
        assert trace not in dump, trace
    ctl.change("undo", str(closing))
    assert database.sql("SELECT student_id FROM users ORDER BY 1") == [(LEE,), (KIM,)]
    assert ctl("verify", "--json").json["counterexample_count"] == 0


def test_erase_forgets_the_person_everywhere(ctl, database):
    ctl.change("roster", "import", "-", stdin=ROSTER)
    database.hold(HONG, 101)
    database.confirm(HONG, 101)
    database.sign_in(HONG)
    ctl.change("student", "phone", HONG, "01055556666")
    phone = ctl.audit()
    ctl("student", "rename", HONG, "홍길순", "--reason", "홍길동 2023321234 학생의 요청")
    ctl.change("move", HONG, "102")
    ctl("student", "erase", HONG, "--reason", "시험", code=3)
    ctl.change("student", "erase", HONG)

    dump = json.dumps([database.sql(f"SELECT to_jsonb(t)::text FROM {table} t") for table in (
        "users", "auth_sessions", "auth_failures", "attempt_allowances", "locker_info", "locker_assignments", "locker_decisions",
        "eligible_students", "operator_audit", "operator_changes", "semesters", "semester_assignments")], ensure_ascii=False)
    for trace in (HONG, "홍길순", "홍길동", "01055556666", "01012345678"):
        assert trace not in dump, (trace, dump)
    # What happened stays, in one anonymous name.
    kept = database.sql("SELECT DISTINCT student_id FROM locker_decisions")
    assert len(kept) == 1 and kept[0][0].startswith("x")
    assert database.value("SELECT count(*) FROM locker_decisions") == 5
    assert database.state(102) == "available"
    assert "개인정보" in ctl.change("undo", str(phone), code=1).err
    assert "개인정보" in ctl.change("undo", str(ctl.audit()), code=1).err


def test_the_list_of_students(ctl, database):
    """All who registered, on the roster or not, with what they have; a rehearsal's are nobody."""
    assert database.hold(HONG, 101) == "held"
    database.sql("INSERT INTO users (student_id, name, phone_number, cohort) VALUES ('9900000001', '예행연습1', '000900000001', 'r1')")
    rows = ctl("student", "list", "--json").json
    assert [(row["student_id"], row["locker_id"]) for row in rows] == [("2023320003", None), (HONG, 101), ("2023325678", None)]
    assert "홍길동" in ctl("student", "list").out
    database.sql("DELETE FROM users")
    assert "없습니다" in ctl("student", "list").out
