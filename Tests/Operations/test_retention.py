"""What is due is forgotten without anybody's act; and the planner knows of large ones."""

from __future__ import annotations

import pytest

HONG, KIM = "2023321234", "2023325678"
EVERYTHING = ("users", "semesters", "semester_assignments", "locker_decisions", "operator_audit", "operator_changes")


@pytest.fixture(autouse=True)
def a_closed_semester(database, ctl):
    """홍길동 had 101."""
    assert database.hold(HONG, 101) == "held" and database.confirm(HONG, 101) == "confirmed"
    ctl.change("assign", KIM, "102")
    ctl.change("semester", "close", "2026-2", "--keep-days", "3")


def dump(database):
    return "\n".join(row[0] for table in EVERYTHING for row in database.sql(f"SELECT to_jsonb(t)::text FROM {table} t"))


def let_time_pass(database):
    database.sql("UPDATE semesters SET keep_until = now() - interval '1 s'")
    database.sql("UPDATE operator_audit SET images_until = now() - interval '1 s'")


def test_nothing_before_its_time(ctl, database):
    before = dump(database)
    said = ctl("retention", "run").out
    assert "지난 것이 없습니다" in said and "다음에 지울 때" in said
    assert dump(database) == before and HONG in before


def test_what_is_due(ctl, database):
    let_time_pass(database)
    before = dump(database)
    preview = ctl("retention", "run", "--dry-run").out
    assert "‘2026-2’" in preview and "[미리 보기]" in preview
    assert dump(database) == before, "a dry run changes nothing"
    done = ctl("retention", "run", "--json").json
    assert (done["semesters"], done["assignments"], done["acts"]) == (["2026-2"], 2, 2)
    left = dump(database)
    for trace in (HONG, KIM, "홍길동", "김철수", "01012345678", "01087654321"):
        assert trace in before and trace not in left, trace
    entry = ctl("audit", "list", "--json").json[0]
    assert (entry["audit_id"], entry["command"], entry["reason"], entry["changes"]) == (
        done["audit_id"], "retention run", "보관 기간이 지남", 0)
    assert "되돌릴" in ctl.change("undo", str(done["audit_id"]), code=1).err
    # Again: nothing is done, nothing is written.
    again = ctl("retention", "run", "--json").json
    assert (again["semesters"], again["acts"], again["audit_id"]) == ([], 0, None)
    assert dump(database) == left
    ctl("retention", "run", "--reason", " ", code=64)


def test_no_database(ctl, database):
    ctl("retention", "run", code=2, env={"DB_OPERATOR_URL": "postgresql:///x?host=/nowhere"})


def test_the_planner_learns_of_large_acts(ctl, database):
    """Autovacuum would come for none of these: they are far below its threshold of 50 rows."""
    database.empty()
    (ctl.folder / "명단.csv").write_text("학번,이름,전화번호\n" + "".join(
        f"202332000{n},학생{n},0105555000{n}\n" for n in range(1, 8)))
    (ctl.folder / "lockers.csv").write_text("번호,위치\n" + "".join(f"{100 + n},정보관 2층\n" for n in range(1, 21)))
    assert set(database.figures("users", "eligible_students", "locker_info").values()) == {-1}
    ctl.change("roster", "import", "명단.csv", "--dry-run")
    assert database.figures("eligible_students") == {"eligible_students": -1}
    ctl.change("roster", "import", "명단.csv")
    assert database.figures("eligible_students") == {"eligible_students": 7}
    ctl.change("locker", "import", "lockers.csv")
    assert database.figures("locker_info") == {"locker_info": 20}
    assert database.figures("users")["users"] == 3
    ctl.change("semester", "close", "2026-2")
    assert database.figures("users", "eligible_students") == {"users": 0, "eligible_students": 0}
    ctl.change("semester", "undo", "2026-2")
    assert database.figures("users", "eligible_students") == {"users": 3, "eligible_students": 7}
