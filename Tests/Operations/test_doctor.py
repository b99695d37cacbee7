"""doctor finds what slips of the hand have left, mends it, and looks at the machine."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from endtoend.stand import patience, poll
from operations.database import REPOSITORY

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"

DRIFT = {
    "owner_without_assignment": f"UPDATE locker_info SET owner = '{HONG}' WHERE locker_id = 105",
    "assignment_without_owner": f"INSERT INTO locker_assignments (locker_id, student_id, state, confirmed_at) VALUES (105, '{HONG}', 'confirmed', now())",
    "stale_hold": "INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)"
                  f" VALUES (105, '{HONG}', 'hold', now() - interval '1 hour')",
    "orphaned_session": "INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at,"
                        " expires_at) VALUES (gen_random_uuid(), '2000000000', sha256('x'), gen_random_uuid(), now(),"
                        " now() + interval '1 h', now(), now() + interval '1 h')",
    "sequence_behind": "INSERT INTO locker_locations (location_id, name) VALUES (50, '손으로 넣은 곳')",
}


def kinds(database):
    return {row[0] for row in database.sql("SELECT DISTINCT kind FROM operator_drift()")}


def by_hand(database, statement):
    """As a superuser whose triggers and foreign keys are off: what a careless restore does."""
    database.sql("SET session_replication_role = replica")
    database.sql(statement)
    database.sql("SET session_replication_role = origin")


def test_a_clean_database(ctl, database):
    result = ctl("doctor")
    assert "[문제]" not in result.out and "자료" in result.out and "권한" in result.out and "시계" in result.out
    grades = {row["subject"]: row["grade"] for row in ctl("doctor", "--json").json}
    assert grades == {"자료": "good", "구조": "good", "함수": "good", "sqitch status": "good", "pg_dump": "good", "권한": "good", "설정": "good", "시계": "good", "인증서": "skipped",
                      "JWT 비밀": "skipped"}
    ctl.change("doctor", "--fix")
    assert ctl("audit", "list", "--json").json == [], "nothing to mend leaves no row"


def test_a_role_that_lost_its_settings(ctl, database):
    database.sql("ALTER ROLE locker_app RESET jit")
    try:
        found = {row["subject"]: row for row in ctl("doctor", "--json", code=4).json}["설정"]
    finally:
        database.sql("ALTER ROLE locker_app SET jit = off")
    assert found["grade"] == "problem" and ": locker_app jit=off이어야" in found["text"]


def test_a_setting_of_the_database_goes_before_the_roles(ctl, database):
    """What the guarantee rests on, switched off for this database alone."""
    database.sql("ALTER ROLE locker_app IN DATABASE locker SET synchronous_commit = off")
    try:
        grade, text = said_of(ctl, "설정", code=4)
    finally:
        database.sql("ALTER ROLE locker_app IN DATABASE locker RESET ALL")
    assert grade == "problem" and ": locker_app synchronous_commit=on이어야" in text
    assert said_of(ctl, "설정")[0] == "good"


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_does_not_flush(ctl, database, setting):
    """It forgets what it said yes to."""

    def switch(statement, value):
        database.sql(statement)
        database.sql("SELECT pg_reload_conf()")
        poll(f"{setting} is {value}", patience(10), lambda: database.value(f"SHOW {setting}") == value)

    switch(f"ALTER SYSTEM SET {setting} = off", "off")
    try:
        grade, text = said_of(ctl, "저장", code=4)
    finally:
        switch(f"ALTER SYSTEM RESET {setting}", "on")
    assert grade == "problem" and setting in text


@pytest.mark.parametrize("kind", DRIFT)
def test_each_kind_is_found_and_mended(ctl, database, kind):
    by_hand(database, DRIFT[kind])
    assert kinds(database) == {kind}
    assert "[문제]    자료" in ctl("doctor", code=4).out
    ctl("doctor", "--fix", code=64)
    before = database.picture()
    preview = ctl("doctor", "--fix", "--dry-run", code=4).out
    assert "[미리 보기] 어긋난 곳 1군데 고침." in preview and database.picture() == before and kinds(database) == {kind}
    takes = kind in ("stale_hold", "orphaned_session")
    refusal = ctl("doctor", "--fix", "--reason", "시험", code=3 if takes else 0)
    assert not takes or "1건" in refusal.err and database.picture() == before
    ctl.change("doctor", "--fix")
    assert kinds(database) == set() and database.consistent() == []
    assert ctl("audit", "list", "--json").json[0]["command"] == "doctor --fix"
    if kind in ("owner_without_assignment", "assignment_without_owner"):
        assert database.owner(105) == HONG and database.confirm(HONG, 105) == "replayed"
    if kind == "sequence_behind":
        ctl.change("location", "add", "다음 곳")
        assert database.value("SELECT max(location_id) FROM locker_locations") == 51


def test_contradictions(ctl, database):
    """The owner has it: the list shows him."""
    by_hand(database, f"INSERT INTO locker_assignments (locker_id, student_id, state, confirmed_at)"
                      f" VALUES (101, '{HONG}', 'confirmed', now())")
    by_hand(database, f"UPDATE locker_info SET owner = '{KIM}' WHERE locker_id = 101")
    database.sql(f"INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)"
                 f" VALUES (102, '{KIM}', 'hold', now() + interval '1 minute')")
    ctl("doctor", "--fix", "--reason", "시험", code=3)
    ctl.change("doctor", "--fix")
    assert kinds(database) == set() and database.owner(101) == KIM and database.state(102) == "available"
    ctl.change("undo", str(ctl.audit()))
    assert kinds(database) == {"owner_without_assignment", "assignment_without_owner"}


def test_rights_and_schema(ctl, database):
    database.sql("GRANT UPDATE ON users TO locker_app")
    database.sql("GRANT EXECUTE ON FUNCTION locker_record(text, int, decision_act, decision_outcome, bigint) TO PUBLIC")
    try:
        out = ctl("doctor", code=4).out
        assert "users UPDATE" in out and "locker_record" in out
    finally:
        database.sql("REVOKE UPDATE ON users FROM locker_app")
        database.sql("REVOKE EXECUTE ON FUNCTION locker_record(text, int, decision_act, decision_outcome, bigint) FROM PUBLIC")


def said_of(ctl, subject, code=0, env=None):
    """Grade and text of one finding."""
    [row] = [row for row in ctl("doctor", "--json", code=code, env=env).json if row["subject"] == subject]
    return row["grade"], row["text"]


def last_change():
    return [line.split()[0] for line in (REPOSITORY / "migrations/sqitch.plan").read_text().splitlines()
            if line[:1].isalpha()][-1]


def test_a_database_one_migration_behind(ctl, database):
    """sqitch itself is asked, and the register is read besides: both say so."""
    last = last_change()
    row = database.value("SELECT to_jsonb(c)::text FROM sqitch.changes c WHERE change = %s", last)
    by_hand(database, f"DELETE FROM sqitch.changes WHERE change = '{last}'")
    try:
        grade, text = said_of(ctl, "sqitch status", 4)
        assert grade == "problem" and f"적용하지 않은 변경: {last}" in text
        assert said_of(ctl, "구조", 4)[0] == "problem"
    finally:
        database.sql("INSERT INTO sqitch.changes SELECT * FROM jsonb_populate_record(NULL::sqitch.changes, %s::jsonb)", row)
    assert said_of(ctl, "sqitch status") == ("good", f"{last}까지 적용되어 있고, 더 적용할 것이 없습니다.")


def test_a_change_that_was_edited_after_it_was_deployed(ctl, database, tmp_path):
    """The register still ends with the right name: only sqitch sees it."""
    plan = tmp_path / "edited/migrations/sqitch.plan"
    plan.parent.mkdir(parents=True)
    shutil.copy(REPOSITORY / "sqitch.conf", plan.parent.parent)
    shutil.copytree(REPOSITORY / "migrations", plan.parent, dirs_exist_ok=True)
    environment = {"LOCKER_SCHEMA_DIR": str(plan.parent.parent)}
    assert said_of(ctl, "sqitch status", env=environment)[0] == "good", "a copy is as good as the original"
    lines = plan.read_text().splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("students "))
    plan.write_text("\n".join([*lines[:first], lines[first] + " Edited.", *lines[first + 1:]]) + "\n")
    grade, text = said_of(ctl, "sqitch status", 4, environment)
    assert grade == "problem" and last_change() in text and "고친 변경" in text
    assert said_of(ctl, "구조", 4, environment)[0] == "good"


def test_a_function_that_was_changed_by_hand(ctl, database):
    database.sql("ALTER FUNCTION operator_drift() COST 50")
    try:
        grade, text = said_of(ctl, "함수", 4)
        assert grade == "problem" and "손으로" in text and "sql/deploy" in text
    finally:
        database.sql("ALTER FUNCTION operator_drift() COST 100")
    assert said_of(ctl, "함수")[0] == "good"


def test_functions_of_another_version(ctl, database):
    digest = database.value("SELECT digest FROM deployed_code")
    database.sql("UPDATE deployed_code SET digest = 'another'")
    try:
        grade, text = said_of(ctl, "함수", 4)
        assert grade == "problem" and "이 프로그램의 것이 아닙니다" in text
        database.sql("UPDATE deployed_code SET compatible_with = ARRAY[%s]", digest)
        assert said_of(ctl, "함수")[0] == "good"
    finally:
        database.sql("UPDATE deployed_code SET digest = %s, compatible_with = '{}'", digest)


def test_without_sqitch_it_says_so(ctl, database, tmp_path):
    """The register's own check stays."""
    (tmp_path / "bin").mkdir()
    for program in ("timeout", "openssl"):
        (tmp_path / "bin" / program).symlink_to(shutil.which(program))
    grade, text = said_of(ctl, "sqitch status", env={"PATH": str(tmp_path / "bin")})
    assert grade == "skipped" and "설치되어 있지 않아" in text
    assert said_of(ctl, "구조", env={"PATH": str(tmp_path / "bin")})[0] == "good"


def test_no_password_shows_while_sqitch_runs(ctl, database, tmp_path):
    """A sqitch that writes down what it was given: the password of the address is in its environment alone."""
    (tmp_path / "bin").mkdir()
    witness = tmp_path / "bin/sqitch"
    witness.write_text(f"#!/bin/sh\nprintf '%s ' \"$@\" > {tmp_path}/arguments\nenv > {tmp_path}/environment\nexit 3\n")
    witness.chmod(0o755)
    url = database.urls["DB_OPERATOR_URL"] + "&password=geheim-987"
    grade, text = said_of(ctl, "sqitch status", 4, {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}", "DB_OPERATOR_URL": url})
    assert grade == "problem" and "(3)" in text and "geheim" not in text
    assert (tmp_path / "arguments").read_text() == "status db:pg: "
    assert "PGPASSWORD=geheim-987\n" in (tmp_path / "environment").read_text()


def test_a_pg_dump_older_than_the_server(ctl, database, tmp_path):
    """It refuses a newer server, so no backup would be made."""
    (tmp_path / "bin").mkdir()
    old = tmp_path / "bin/pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    grade, text = said_of(ctl, "pg_dump", 4, {"PATH": f"{tmp_path}/bin:{os.environ['PATH']}"})
    assert grade == "problem" and "pg_dump는 9" in text


@pytest.mark.parametrize("days, code, said", [(300, 0, "남았습니다"), (5, 4, "갱신하세요")])
def test_certificate(ctl, tmp_path, days, code, said):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-days", str(days), "-subj", "/CN=localhost", "-keyout", "k.pem", "-out", "c.pem"],
                   cwd=tmp_path, check=True, capture_output=True)
    assert said in ctl("doctor", "--certificate", "c.pem", code=code).out
    assert "읽을 수 없습니다" in ctl("doctor", "--certificate", "k.pem", code=4).out
    assert "읽을 수 없습니다" in ctl("doctor", env={"LOCKER_HTTPS_URL": "https://127.0.0.1:1"}, code=4).out


def test_secret(ctl, tmp_path):
    assert "너무 짧습니다" in ctl("doctor", env={"JWT_ACCESS_SECRET": "short"}, code=4).out
    file = tmp_path / "secret"
    file.write_text("x" * 64)
    assert "64바이트" in ctl("doctor", env={"JWT_ACCESS_SECRET_FILE": str(file)}).out
    os.utime(file, (0, 0))
    assert "새로 만드세요" in ctl("doctor", env={"JWT_ACCESS_SECRET_FILE": str(file)}, code=4).out
