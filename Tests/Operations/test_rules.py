"""The rules of every command that changes something."""

from __future__ import annotations

import pytest

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"

CHANGES = [
    ("period", "set", "--opens", "2030-03-02 12:00", "--closes", "2030-03-06 18:00", "--force"),
    ("period", "close-now"),
    ("locker", "disable", "105"),
    ("location", "add", "과학도서관 6층"),
    ("location", "rename", "1", "정보관 1층"),
    ("assign", KIM, "102"),
    ("release", "101"),
    ("move", HONG, "103"),
    ("session", "revoke", "--all"),
]


@pytest.fixture(autouse=True)
def hong_has_101(database):
    assert database.hold(HONG, 101) == "held" and database.confirm(HONG, 101) == "confirmed"


@pytest.mark.parametrize("command", CHANGES, ids=" ".join)
def test_dry_run_changes_nothing_and_the_act_leaves_its_row(ctl, database, command):
    before = database.picture()
    preview = ctl(*command, "--dry-run", "--json").json
    assert database.picture() == before
    assert preview["dry_run"] is True and preview["audit_id"] is None

    ctl(*command, code=64)  # no reason
    ctl(*command, "--reason", "  ", code=64)
    assert database.picture() == before

    done = ctl.change(*command, "--json").json
    assert done["dry_run"] is False
    assert [c["relation"] for c in done["changes"]] == [c["relation"] for c in preview["changes"]]
    assert database.value("SELECT count(*) FROM operator_audit") == 1
    audit = ctl("audit", "list", "--json").json[0]
    assert audit["audit_id"] == done["audit_id"] and audit["reason"] == "시험" and audit["db_role"] == "locker_operator"
    assert audit["os_user"] and audit["changes"] == len(done["changes"])
    assert audit["command"].split()[0] == command[0]


@pytest.mark.parametrize("command", [c for c in CHANGES if c[0] != "session"], ids=" ".join)
def test_undo_brings_everything_back(ctl, database, command):
    def world():
        picture = database.picture()
        del picture["operator_audit"], picture["auth_sessions"]
        # What was cancelled and given back is history and stays; what is active must be the same.
        picture["locker_assignments"] = database.sql(
            "SELECT locker_id, student_id, state FROM locker_assignments WHERE state IN ('hold', 'confirmed')")
        return picture

    before = world()
    ctl.change(*command)
    assert world() != before
    number = ctl.audit()
    preview = ctl("undo", str(number), "--dry-run")
    assert "미리 보기" in preview.out and world() != before
    ctl.change("undo", str(number))
    assert world() == before
    assert database.consistent() == []
    assert "이미 되돌렸습니다" in ctl.change("undo", str(number), code=1).err
    # To take the undo back is to do it again.
    ctl.change("undo", str(ctl.audit()))
    assert world() != before


def test_undo_refuses_when_the_world_moved_on(ctl, database):
    ctl.change("release", "101")
    number = ctl.audit()
    assert database.hold(KIM, 101) == "held" and database.confirm(KIM, 101) == "confirmed"
    refusal = ctl.change("undo", str(number), code=1)
    assert "되돌릴 수 없습니다" in refusal.err and "101" in refusal.err
    assert database.owner(101) == KIM and database.consistent() == []
    assert "없습니다" in ctl.change("undo", "999999", code=1).err


def test_asks_before_it_takes_away(ctl, database):
    refusal = ctl("release", "101", "--reason", "시험", code=3)
    assert "--yes" in refusal.err and database.owner(101) == HONG
    code, shown = ctl.at_terminal("release", "101", "--reason", "시험", answer="아니오")
    assert code == 3 and "아무것도 바꾸지 않았습니다" in shown and database.owner(101) == HONG
    code, shown = ctl.at_terminal("release", "101", "--reason", "시험", answer="1")
    assert code == 0 and database.owner(101) is None
    assert HONG in shown


def test_does_not_ask_when_nothing_is_taken_away(ctl, database):
    ctl("assign", KIM, "102", "--reason", "시험")
    assert database.owner(102) == KIM


@pytest.mark.parametrize("command", [
    ("period", "close-now"), ("locker", "import", "one.csv"), ("locker", "import", "same.csv"),
    ("roster", "import", "out.csv"), ("roster", "import", "more.csv", "--add"),
], ids=" ".join)
def test_asks_before_it_closes_shuts_or_changes_by_a_list(ctl, database, command):
    """Nothing goes, and yet nobody may be surprised: not at a terminal it is refused, at one it is asked."""
    (ctl.folder / "one.csv").write_text("번호,위치\n" + "".join(f"{n},정보관 2층\n" for n in range(101, 110)))
    (ctl.folder / "same.csv").write_text("번호,위치\n" + "".join(f"{n},정보관 3층\n" for n in range(101, 111)))
    (ctl.folder / "in.csv").write_text("학번,이름,전화번호\n2023325678,김철수,01087654321\n")
    (ctl.folder / "out.csv").write_text("학번,이름,전화번호,대상\n2023325678,김철수,01087654321,아니오\n")
    (ctl.folder / "more.csv").write_text("학번,이름,전화번호\n2023320003,이영희,01011112222\n")
    ctl.change("roster", "import", "in.csv")
    before = database.picture()
    assert "--yes" in ctl(*command, "--reason", "시험", code=3).err
    code, shown = ctl.at_terminal(*command, "--reason", "시험", answer="0")
    assert code == 3 and "[바꾸기 전]" in shown and database.picture() == before
    ctl.change(*command)
    assert database.picture() != before


def test_a_list_that_changes_nothing_is_not_asked_about(ctl, database):
    (ctl.folder / "same.csv").write_text("번호,위치\n" + "".join(f"{n},정보관 {2 + (n > 105)}층\n" for n in range(101, 111)))
    ctl("locker", "import", "same.csv", "--reason", "시험")


def test_a_signed_in_student_who_loses_his_place_is_counted(ctl, database):
    """By the preview already, although the roster signs out at the commit."""
    ctl.change("roster", "import", "-", stdin="학번,이름,전화번호\n2023325678,김철수,01087654321\n2023320003,이영희,01011112222\n")
    for student in (KIM, LEE):
        database.sign_in(student)
    one = "학번,이름,전화번호\n2023325678,김철수,01087654321\n"
    preview = ctl("roster", "import", "-", "--dry-run", "--json", stdin=one).json
    assert (preview["destroyed"], preview["result"]["sessions"]) == (2, 1), "a place and a session"
    assert ctl.change("roster", "import", "-", "--json", stdin=one).json["result"]["sessions"] == 1
    assert database.sql("SELECT student_id FROM v_live_sessions") == [(KIM,)]


def test_what_was_not_asked_about_is_not_taken_away(ctl, database):
    """The preview takes nothing, so nothing is asked; by the time of the act it would take something: then it is not done.
    (The world moves by a trigger, in the moment between the two.)"""
    database.sql("""
        CREATE FUNCTION public.world_moves() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            UPDATE application_periods SET opens_at = now() - interval '1 hour', closes_at = now() + interval '1 hour'; RETURN NULL;
        END $$""")
    database.sql("CREATE TRIGGER world_moves AFTER INSERT ON operator_audit FOR EACH ROW WHEN (NEW.reason <> '(dry run)')"
                 " EXECUTE FUNCTION public.world_moves()")
    try:
        database.sql("UPDATE application_periods SET opens_at = now() + interval '1 hour', closes_at = now() + interval '2 hours'")
        command = ("period", "set", "--opens", "2030-03-02 12:00", "--closes", "2030-03-06 18:00", "--force", "--reason", "시험")
        assert ctl(*command, "--dry-run", "--json").json["destroyed"] == 0
        before = database.picture()
        assert "0건인데 그 사이에 1건" in ctl(*command, code=3).err
        assert database.picture() == before
    finally:
        database.sql("DROP FUNCTION public.world_moves() CASCADE")


def test_a_preview_does_not_say_that_it_happened(ctl, database):
    """One sentence before and after, and which of the two it is stands before it."""
    assert "[미리 보기] 사물함 105번 사용 중지. (아직" in ctl("locker", "disable", "105", "--dry-run").out
    assert "[완료] 사물함 105번 사용 중지.\n" in ctl("locker", "disable", "105", "--reason", "고장").out


def test_a_failure_says_which(ctl, database):
    nowhere = {"DB_OPERATOR_URL": "postgresql://127.0.0.1:1/none"}
    assert "연결할 수 없습니다" in ctl("status", code=2, env=nowhere).err
    assert "DB_OPERATOR_URL" in ctl("status", code=2, env={"DB_OPERATOR_URL": ""}).err
    # A worker's role may read the list and change nothing.
    worker = {"DB_OPERATOR_URL": database.urls["DB_URL"]}
    assert "권한" in ctl.change("release", "101", code=5, env=worker).err
    assert database.owner(101) == HONG


def test_audit_shows_before_and_after(ctl, database):
    ctl.change("move", HONG, "103")
    number = ctl.audit()
    shown = ctl("audit", "show", str(number)).out
    assert "사물함 101번" in shown and "사물함 103번" in shown and HONG in shown and "시험" in shown
    entry = ctl("audit", "show", str(number), "--json").json[0]
    assert {c["relation"] for c in entry["changes"]} == {"locker_info", "locker_assignments"}
    assert "move" in ctl("audit", "list").out
    ctl("audit", "show", "4711", code=1)


@pytest.mark.parametrize("arguments", [
    ("assign", "123", "101"), ("assign", HONG, "x"), ("release", "0"), ("release", "-1"), ("session", "revoke"),
    ("period", "set", "--opens", "내일", "--closes", "2030-01-01 10:00"),
    ("period", "set", "--opens", "2030-02-30 10:00", "--closes", "2030-03-01 10:00"),
])
def test_nonsense_is_a_usage_error(ctl, database, arguments):
    before = database.picture()
    ctl(*arguments, "--reason", "시험", "--yes", code=64)
    assert database.picture() == before
