"""doctor finds what slips of the hand have left, mends it, and looks at the machine."""

from __future__ import annotations

import os
import subprocess

import pytest

from operations.database import REPOSITORY

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"

DRIFT = {
    "owner_without_assignment": f"UPDATE locker_info SET owner = '{HONG}' WHERE locker_id = 105",
    "assignment_without_owner": f"INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (105, '{HONG}', 'confirmed')",
    "stale_hold": "INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)"
                  f" VALUES (105, '{HONG}', 'hold', now() - interval '1 hour')",
    "orphaned_session": "INSERT INTO auth_refresh_tokens (student_id, token_hash, access_jti, family_id, family_expires_at,"
                        " expires_at) VALUES ('2000000000', sha256('x'), gen_random_uuid(), gen_random_uuid(),"
                        " now() + interval '1 h', now() + interval '1 h')",
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
    assert grades == {"자료": "good", "구조": "good", "권한": "good", "시계": "good", "인증서": "skipped", "JWT 비밀": "skipped"}
    ctl("doctor", "--fix", "--reason", "시험")
    assert ctl("audit", "list", "--json").json == [], "nothing to mend leaves no row"


@pytest.mark.parametrize("kind", DRIFT)
def test_each_kind_is_found_and_mended(ctl, database, kind):
    by_hand(database, DRIFT[kind])
    assert kinds(database) == {kind}
    assert "[문제]    자료" in ctl("doctor", code=4).out
    ctl("doctor", "--fix", code=64)
    ctl("doctor", "--fix", "--reason", "시험")
    assert kinds(database) == set() and database.consistent() == []
    assert ctl("audit", "list", "--json").json[0]["command"] == "doctor --fix"
    if kind in ("owner_without_assignment", "assignment_without_owner"):
        assert database.owner(105) == HONG and database.confirm(HONG, 105) == "replayed"
    if kind == "sequence_behind":
        ctl.change("location", "add", "다음 곳")
        assert database.value("SELECT max(location_id) FROM locker_locations") == 51


def test_contradictions(ctl, database):
    """The owner has it: the list shows him."""
    by_hand(database, f"INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (101, '{HONG}', 'confirmed')")
    by_hand(database, f"UPDATE locker_info SET owner = '{KIM}' WHERE locker_id = 101")
    database.sql(f"INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)"
                 f" VALUES (102, '{KIM}', 'hold', now() + interval '1 minute')")
    ctl("doctor", "--fix", "--reason", "시험")
    assert kinds(database) == set() and database.owner(101) == KIM and database.state(102) == "available"
    ctl.change("undo", str(ctl.audit()))
    assert kinds(database) == {"owner_without_assignment", "assignment_without_owner"}


def test_rights_and_schema(ctl, database):
    database.sql("GRANT UPDATE ON users TO locker_app")
    database.sql("GRANT EXECUTE ON FUNCTION locker_record(text, int, text, text, boolean, boolean, text, timestamptz, bigint, bigint) TO PUBLIC")
    try:
        out = ctl("doctor", code=4).out
        assert "users UPDATE" in out and "locker_record" in out
    finally:
        database.sql("REVOKE UPDATE ON users FROM locker_app")
        database.sql("REVOKE EXECUTE ON FUNCTION locker_record(text, int, text, text, boolean, boolean, text, timestamptz, bigint, bigint) FROM PUBLIC")


def test_the_program_knows_the_plan():
    plan = (REPOSITORY / "migrations/sqitch.plan").read_text().splitlines()
    last = [line.split()[0] for line in plan if line and not line.startswith("%")][-1]
    assert f'lastChange = "{last}"' in (REPOSITORY / "Sources/Operations/Doctor.swift").read_text()


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
