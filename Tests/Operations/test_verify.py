"""verify replays what operators do: after each act ledger, owners and assignments agree, and where they do not it says so,
even when a later act has put all of it right again."""

from __future__ import annotations

import pytest

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"


@pytest.fixture
def proven(ctl):
    """Runs verify, which must find nothing; gives its figures."""

    def run(after: str = "") -> dict:
        result = ctl("verify", "--json", code=(0, 4))
        assert result.code == 0 and result.json["holds"], f"after {after}: {result}"
        return result.json

    return run


@pytest.fixture
def act(ctl, proven):
    """Makes an act, and verifies."""

    def run(*arguments: str) -> None:
        before = proven()["decisions"]
        ctl.change(*arguments)
        assert proven(" ".join(arguments))["decisions"] >= before

    return run


def broken(ctl) -> set[tuple[str, int | None]]:
    """The rules that verify finds broken, each with the locker."""
    return {(found["rule"], found["locker_id"]) for found in ctl("verify", "--json", code=4).json["counterexamples"]}


def undo_last(ctl, act) -> None:
    act("undo", str(ctl.audit()))


def test_after_every_act(ctl, database, act, proven):
    act("assign", HONG, "101")
    act("move", HONG, "102")
    undo_last(ctl, act)  # of the move
    undo_last(ctl, act)  # and again the move
    act("release", "102")
    # Meanwhile it is another's: to each his time, when the first gets it back.
    assert database.hold(KIM, 102) == "held" and database.confirm(KIM, 102) == "confirmed"
    assert database.release(KIM, 102) == "released"
    undo_last(ctl, act)
    assert database.owner(102) == HONG
    proven("what was another's in between")

    act("locker", "disable", "105")
    assert database.hold(KIM, 105) == "locker_disabled"
    act("locker", "enable", "105")
    undo_last(ctl, act)
    undo_last(ctl, act)
    assert database.hold(KIM, 105) == "held"
    proven("a locker in service again")

    # The student who holds it, and the undo of that.
    act("assign", KIM, "105")
    undo_last(ctl, act)
    assert database.state(105) == "available" and database.hold(KIM, 105) == "held"
    act("release", "105")

    # A stale hold in the way.
    assert database.hold(LEE, 106, seconds=0) == "held"
    act("assign", LEE, "106")
    assert database.sql("SELECT outcome FROM locker_decisions WHERE locker_id = 106 ORDER BY decision_id") == [
        ("held",), ("expired",), ("assigned",)]

    act("student", "change-id", LEE, "2023320004")
    act("release", "106")
    undo_last(ctl, act)
    act("student", "phone", "2023320004", "01011113333")
    act("student", "erase", "2023320004")
    assert database.state(106) == "available"

    (ctl.folder / "lockers.csv").write_text("번호,위치\n" + "".join(f"{n},정보관 2층\n" for n in (101, 102, 103, 105)))
    act("locker", "import", "lockers.csv")
    undo_last(ctl, act)
    assert proven()["decisions"] > 20


def test_through_a_semesters_end_and_back(ctl, database, act, proven):
    database.hold(HONG, 101), database.confirm(HONG, 101)
    act("assign", KIM, "102")
    database.hold(LEE, 103)
    act("semester", "close", "2026-2")
    act("semester", "undo", "2026-2")
    assert (database.owner(101), database.owner(102)) == (HONG, KIM)
    assert database.sql("SELECT state::text FROM locker_assignments WHERE locker_id = 103") == [("cancelled",)]
    act("release", "101")
    assert database.hold(LEE, 103, seconds=0) == "held"
    act("semester", "close", "2026-2 다시")
    # The next one, on the same lockers.
    act("student", "add", HONG, "홍길동", "01012345678")
    act("period", "open-now", "--closes", "2099-01-01 00:00")
    assert database.hold(HONG, 102) == "held" and database.confirm(HONG, 102) == "confirmed"
    act("move", HONG, "103")
    assert proven()["removed_outside_the_ledger"] == 0, "every end has its row"


def test_after_mending(ctl, database, proven):
    database.sql("UPDATE locker_info SET owner = %s WHERE locker_id = 104", LEE)
    database.sql("INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (105, %s, 'confirmed')", HONG)
    database.sql("SELECT setval('locker_decision_seq', 1, false)")
    ctl("doctor", "--fix", "--reason", "시험")
    proven("doctor --fix")
    ctl.change("release", "105")
    ctl.change("undo", str(ctl.audit()))
    proven("the undo of a release of what was typed by hand")


# What can go wrong with an operator's act, made by hand, each with the rule that names it. The act: 홍길동 has 101, which is
# taken from him and given to 김철수; 103 is put out of service.
ROW = "UPDATE locker_decisions SET {} WHERE act = 'operator' AND outcome = '{}' AND locker_id = {}"
BAD = {
    "a row names another student": (
        ROW.format(f"student_id = '{LEE}'", "assigned", 101) + f" AND student_id = '{KIM}'", {("act_disagrees", 101)}),
    "a row names another locker": (ROW.format("locker_id = 108", "assigned", 101), {("act_disagrees", 108)}),
    "a row names no act that there is": (ROW.format("audit_id = 4711", "released", 101), {("act_disagrees", 101)}),
    "a row of another act": (ROW.format("audit_id = 1", "released", 101), {("act_not_in_ledger", 101)}),
    "the release has no row": (
        "DELETE FROM locker_decisions WHERE act = 'operator' AND outcome = 'released' AND locker_id = 101",
        {("act_not_in_ledger", 101), ("assigned_while_active", 101)}),
    "the assignment has no row": (
        f"DELETE FROM locker_decisions WHERE outcome = 'assigned' AND student_id = '{KIM}'",
        {("act_not_in_ledger", 101), ("decision_missing", 101)}),
    "putting out of service has no row": (
        "DELETE FROM locker_decisions WHERE outcome = 'disabled'", {("act_not_in_ledger", 103)}),
    # The release and the assignment change places.
    "the order is another": (
        "UPDATE locker_decisions d SET decision_id = -d.decision_id FROM operator_audit a"
        " WHERE a.audit_id = d.audit_id AND a.audit_id IN (2, 3);"
        "UPDATE locker_decisions SET decision_id = (SELECT 2 * min(decision_id) + 3 FROM locker_decisions"
        " WHERE decision_id > 0) + decision_id WHERE decision_id < 0",
        {("assigned_while_active", 101), ("clock_contradicts_sequence", 101)}),
    "not under the guard": (ROW.format("guarded = false", "disabled", 103), {("unguarded_change", 103)}),
    "the assignment says otherwise": (
        f"UPDATE locker_assignments SET state = 'cancelled', released_at = now() WHERE student_id = '{KIM}'",
        {("state_disagrees", 101)}),
    "the owner says otherwise": ("UPDATE locker_info SET owner = NULL WHERE locker_id = 101", {("owner_disagrees", 101)}),
    "what is out of service is in service": (
        "UPDATE locker_info SET disabled_at = NULL WHERE locker_id = 103", {("state_disagrees", 103)}),
    "the assignment is gone": (
        "DELETE FROM locker_assignments WHERE state = 'confirmed'", {("assignment_missing", 101)}),
}


@pytest.mark.parametrize("what", BAD)
def test_bad_histories_are_caught(ctl, database, proven, what):
    ctl.change("assign", HONG, "101")
    ctl.change("release", "101")
    ctl.change("assign", KIM, "101")
    ctl.change("locker", "disable", "103")
    proven("good acts")
    spoil, rules = BAD[what]
    for statement in spoil.split(";"):
        database.sql(statement)
    assert broken(ctl) >= rules, what


def within_an_act(database, statement: str) -> None:
    """A change by hand inside an operator's act: its images are kept, and the functions that write the ledger are passed
    by. What a faulty act would be."""
    with database._connection.transaction():
        database.sql("SELECT operator_begin('x', '{}', 'x', 'x')")
        database.sql(statement)


def test_an_act_that_left_an_owner_without_his_assignment_is_named_though_the_next_mended_it(ctl, database, proven):
    database.hold(HONG, 101), database.confirm(HONG, 101)
    proven("a good beginning")
    within_an_act(database, "UPDATE locker_info SET owner = NULL WHERE locker_id = 101")
    assert {("act_disagrees", 101), ("owner_disagrees", 101)} <= broken(ctl)
    within_an_act(database, f"UPDATE locker_info SET owner = '{HONG}' WHERE locker_id = 101")
    assert database.consistent() == []
    assert broken(ctl) == {("act_disagrees", 101)}


def test_an_act_that_gave_an_assignment_without_its_owner_is_named(ctl, database):
    ctl.change("assign", HONG, "101")
    within_an_act(
        database,
        f"WITH a AS (UPDATE locker_assignments SET student_id = '{KIM}' WHERE locker_id = 101)"
        f" UPDATE locker_info SET owner = '{LEE}' WHERE locker_id = 101",
    )
    assert ("act_disagrees", 101) in broken(ctl)


def test_what_is_out_of_service_is_given_to_nobody(ctl, database):
    ctl.change("locker", "disable", "103")
    # As if the server had forgotten to look.
    database.sql("UPDATE locker_info SET disabled_at = NULL WHERE locker_id = 103")
    assert database.hold(HONG, 103) == "held"
    database.sql("UPDATE locker_info SET disabled_at = now() WHERE locker_id = 103")
    assert broken(ctl) == {("given_out_of_service", 103)}
