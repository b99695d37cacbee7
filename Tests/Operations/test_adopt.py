"""Taking over the old Go server's data, in both shapes it had; the dumps are made here."""

from __future__ import annotations

import subprocess

import psycopg
import pytest

HONG, KIM, LEE = "2023321234", "2023325678", "2023320003"
STATE = "CREATE TYPE assignment_state AS ENUM ('hold', 'confirmed', 'cancelled', 'expired');"
PLACES = "CREATE TABLE locker_locations (location_id serial PRIMARY KEY, name text NOT NULL);" \
         "INSERT INTO locker_locations VALUES (1, '정보관 2층'), (4, '과학도서관');"

SHAPE_A = STATE + PLACES + """
CREATE TABLE users (student_id varchar(20) PRIMARY KEY, name varchar(100), phone_number varchar(32), created_at timestamptz DEFAULT now(), updated_at timestamptz DEFAULT now());
CREATE TABLE locker_info (locker_id int PRIMARY KEY, owner varchar(20) REFERENCES users, location_id int REFERENCES locker_locations);
CREATE TABLE locker_assignments (assignment_id bigserial PRIMARY KEY, locker_id int, student_id varchar(20), state assignment_state,
    hold_expires_at timestamptz, confirmed_at timestamptz, released_at timestamptz, created_at timestamptz DEFAULT now());
CREATE TABLE auth_refresh_tokens (id bigserial PRIMARY KEY, student_id varchar(20), token_hash text, expires_at timestamptz);
INSERT INTO users VALUES ('2023321234', '홍길동', '01012345678', '2025-03-02 12:00+09', now()), ('2023325678', '김철수', '01087654321', now(), now()),
    ('2023320003', '이영희', '01011112222', now(), now());
INSERT INTO locker_info VALUES (101, '2023321234', 1), (102, NULL, 1), (103, NULL, 4), (104, '2023325678', 4);
INSERT INTO locker_assignments (assignment_id, locker_id, student_id, state, confirmed_at, hold_expires_at) VALUES
    (70, 102, '2023321234', 'cancelled', NULL, NULL), (71, 101, '2023321234', 'confirmed', '2025-03-02 12:01+09', NULL),
    (72, 103, '2023320003', 'hold', NULL, now() - interval '1 day'), (73, 999, '2023320003', 'expired', NULL, NULL);
INSERT INTO auth_refresh_tokens (student_id, token_hash) VALUES ('2023321234', 'x');
"""

SHAPE_B = STATE + PLACES + """
CREATE TABLE users (serial_id bigserial PRIMARY KEY, student_id varchar(20), name varchar(100), phone_number varchar(32),
    created_at timestamp DEFAULT now(), updated_at timestamp DEFAULT now(), UNIQUE (student_id, name, phone_number));
CREATE TABLE locker_info (locker_id int PRIMARY KEY, owner_student_id varchar(20), location_id int, owner_serial_id bigint REFERENCES users);
CREATE TABLE locker_assignments (assignment_id bigserial PRIMARY KEY, locker_id int, user_serial_id bigint REFERENCES users, state assignment_state,
    hold_expires_at timestamp, confirmed_at timestamp, released_at timestamp, created_at timestamp DEFAULT now());
CREATE TABLE auth_refresh_tokens (id bigserial PRIMARY KEY, user_serial_id bigint, token_hash text, expires_at timestamp);
INSERT INTO users (serial_id, student_id, name, phone_number, created_at) VALUES
    (11, '2023321234', '홍길동', '01012345678', '2025-03-02 12:00'), (12, '2023321234', '홍길동', '01099998888', '2025-03-02 12:05'),
    (13, '2023325678', '김철수', '01087654321', '2025-03-02 12:00'), (14, '2023320003', '이영희', '01011112222', '2025-03-02 12:00'),
    (15, '2023320003', '이영이', '01011112223', '2025-03-02 12:00');
INSERT INTO locker_info VALUES (101, '2023321234', 1, 12), (102, NULL, 1, NULL), (103, '2023325678', 4, 13), (104, NULL, 4, NULL);
INSERT INTO locker_assignments (assignment_id, locker_id, user_serial_id, state, confirmed_at, created_at) VALUES
    (5, 102, 11, 'cancelled', NULL, '2025-03-02 12:00:30'), (6, 101, 12, 'confirmed', '2025-03-02 12:06', '2025-03-02 12:05:30'),
    (7, 103, 13, 'confirmed', '2025-03-02 12:07', '2025-03-02 12:05:30'), (8, 104, 14, 'confirmed', '2025-03-02 12:07', '2025-03-02 12:05:30');
"""


@pytest.fixture
def old(database):
    """Makes old databases, and drops them."""
    made = []

    def make(sql: str) -> str:
        name = f"old{len(made)}"
        database.sql(f"CREATE DATABASE {name}")
        made.append(name)
        url = database.urls["DB_SUPERUSER_URL"].replace("/locker?", f"/{name}?")
        with psycopg.connect(url) as connection:
            connection.execute(sql)
        return url

    yield make
    for name in made:
        database.sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def nothing(database):
    """A new server: the schema and no rows."""
    database.sql("TRUNCATE users, locker_info, locker_locations, locker_assignments, application_periods RESTART IDENTITY CASCADE")


def sources(ctl, url, kind):
    if kind == "dsn":
        return url
    file = ctl.folder / f"old.{kind}"
    subprocess.run(["pg_dump", "-Fc" if kind == "dump" else "-Fp", "-f", str(file), url], check=True)
    return str(file)


@pytest.mark.parametrize("kind", ["dsn", "dump", "sql"])
def test_shape_a(ctl, database, old, nothing, kind):
    source = sources(ctl, old(SHAPE_A), kind)
    before = database.picture()
    preview = ctl("adopt", source, "--dry-run")
    assert database.picture() == before
    assert "72" in preview.err and "73" in preview.err and "학생 3" in preview.out
    ctl("adopt", source, "--reason", "이전")
    assert database.sql("SELECT student_id, name, phone_number FROM users ORDER BY 1") == [
        (LEE, "이영희", "01011112222"), (HONG, "홍길동", "01012345678"), (KIM, "김철수", "01087654321")]
    assert database.value("SELECT created_at = '2025-03-02 12:00+09' FROM users WHERE student_id = %s", HONG)
    assert [database.owner(n) for n in (101, 102, 103, 104)] == [HONG, None, None, KIM]
    assert database.figures("users", "locker_info") == {"users": 3, "locker_info": 4}, "the planner was told"
    # An owner without an assignment gets one; the history keeps its numbers.
    assert database.consistent() == []
    assert database.sql("SELECT assignment_id, state::text FROM locker_assignments WHERE assignment_id < 73 ORDER BY 1") == [
        (70, "cancelled"), (71, "confirmed"), (72, "expired")]
    assert database.value("SELECT name FROM locker_locations WHERE location_id = 4") == "과학도서관"
    ctl.change("location", "add", "새 곳")
    assert database.value("SELECT max(location_id) FROM locker_locations") == 5
    assert database.sql("SELECT * FROM operator_drift()") == []
    assert database.confirm(HONG, 101) == "replayed"
    assert "비어 있지 않은" in ctl.change("adopt", source, code=1).err


def test_a_student_id_in_another_form(ctl, database, old, nothing):
    """Taken over as it is and marked; a right one is given by change-id, and its undo."""
    ctl("adopt", old(SHAPE_A.replace(LEE, "20-320003")), "--reason", "이전")
    assert database.sql("SELECT student_id, adopted FROM users ORDER BY 1") == [("20-320003", True), (HONG, False), (KIM, False)]
    ctl.change("student", "change-id", "20-320003", LEE)
    assert database.value("SELECT adopted FROM users WHERE student_id = %s", LEE) is False
    ctl.change("undo", str(ctl.audit()))
    assert database.value("SELECT adopted FROM users WHERE student_id = '20-320003'") is True
    assert database.sql("SELECT * FROM operator_drift()") == []


@pytest.mark.parametrize("kind", ["dsn", "dump", "sql"])
def test_shape_b(ctl, database, old, nothing, kind):
    source = sources(ctl, old(SHAPE_B), kind)
    preview = ctl("adopt", source, "--dry-run").err
    assert "계정이 2개(11, 12): 12번을 남깁니다 (사물함 101번)" in preview
    ctl("adopt", source, "--keep", "14", "--reason", "이전")
    assert database.sql("SELECT student_id, serial_id, name, phone_number FROM users ORDER BY 1") == [
        (LEE, 14, "이영희", "01011112222"), (HONG, 12, "홍길동", "01099998888"), (KIM, 13, "김철수", "01087654321")]
    # Seoul's time, whatever the zone of the session.
    assert database.value("SELECT created_at = '2025-03-02 12:05+09' FROM users WHERE student_id = %s", HONG)
    assert database.value("SELECT confirmed_at = '2025-03-02 12:06+09' FROM locker_assignments WHERE assignment_id = 6")
    # 104 was confirmed without an owner: the kept account gets it. The other account's history is the same person's.
    assert [database.owner(n) for n in (101, 102, 103, 104)] == [HONG, None, KIM, LEE]
    assert database.value("SELECT student_id FROM locker_assignments WHERE assignment_id = 5") == HONG
    assert database.consistent() == [] and database.sql("SELECT * FROM operator_drift()") == []
    assert database.value("INSERT INTO users (student_id, name, phone_number) VALUES ('2027320001', '새학생', '01000000000') RETURNING serial_id") == 15
    database.sql("DELETE FROM users WHERE student_id = '2027320001'")
    ctl.change("undo", str(ctl.audit()))
    assert database.value("SELECT count(*) FROM users") == 0


def test_two_owners_of_one_person_stop_it(ctl, database, old, nothing):
    url = old(SHAPE_B + "UPDATE locker_info SET owner_serial_id = 11, owner_student_id = '2023321234' WHERE locker_id = 102;")
    before = database.picture()
    for more in (("--dry-run",), ("--reason", "이전")):
        said = ctl("adopt", url, *more, code=1).err
        assert "11번 계정 → 사물함 102번" in said and "12번 계정 → 사물함 101번" in said and "--keep" in said
    assert database.picture() == before
    ctl("adopt", url, "--keep", "11", "--keep", "14", "--reason", "이전")
    assert database.owner(102) == HONG and database.owner(101) is None
    assert database.value("SELECT serial_id FROM users WHERE student_id = %s", HONG) == 11


def test_one_phone_of_two_students_stops_it(ctl, database, old, nothing):
    url = old(SHAPE_A.replace("CREATE TABLE auth", "-- \nCREATE TABLE auth") + "UPDATE users SET phone_number = '01012345678' WHERE student_id = '2023320003';")
    assert "전화번호가 같습니다" in ctl("adopt", url, "--dry-run", code=1).err
    ctl("adopt", url, "--skip", LEE, "--reason", "이전")
    assert database.value("SELECT count(*) FROM users") == 2


def test_one_account_with_two_lockers_and_a_phone_with_hyphens(ctl, database, old, nothing):
    url = old(SHAPE_A + "UPDATE locker_info SET owner = '2023321234' WHERE locker_id = 102;"
              "UPDATE users SET phone_number = '010-8765-4321' WHERE student_id = '2023325678';"
              "UPDATE users SET phone_number = '내선 12' WHERE student_id = '2023320003';")
    said = ctl("adopt", url, "--dry-run", code=1).err
    assert "101번, 102번" in said and "--free" in said
    assert f"{KIM}: 전화번호를 숫자만으로" in said and f"{LEE}: 전화번호가 10~15자리" in said
    ctl("adopt", url, "--free", "102", "--reason", "이전")
    assert [database.owner(n) for n in (101, 102)] == [HONG, None]
    assert database.value("SELECT phone_number FROM users WHERE student_id = %s", KIM) == "01087654321"


def test_a_plain_dump_that_is_not_whole(ctl, database, old, nothing):
    """Cut off, or with a statement that fails: refused. With a role that is not here: taken."""
    whole = (ctl.folder / sources(ctl, old(SHAPE_A), "sql")).read_text()
    (ctl.folder / "half.sql").write_text(whole[: whole.index("COPY public.locker_assignments")])
    assert "끝까지" in ctl("adopt", "half.sql", "--dry-run", code=1).err
    (ctl.folder / "wrong.sql").write_text(whole.replace("COPY public.users (", "COPY public.nobody ("))
    assert "오류" in ctl("adopt", "wrong.sql", "--dry-run", code=1).err
    (ctl.folder / "role.sql").write_text(whole.replace("COPY public.users (", "ALTER TABLE public.users OWNER TO stranger;\n"
                                                      "GRANT SELECT ON public.users TO stranger;\nCOPY public.users (", 1))
    assert "학생 3" in ctl("adopt", "role.sql", "--dry-run").out


def test_what_is_no_old_server(ctl, database, old, nothing):
    assert "모르는 모양" in ctl("adopt", old("CREATE TABLE things (x int)"), "--dry-run", code=1).err
    assert "아닙니다" in ctl("adopt", "nowhere", "--dry-run", code=1).err
    ctl("adopt", "postgresql://127.0.0.1:1/x", "--dry-run", code=2)
