"""Nothing that a student or a timer calls costs more because of what was before: every statement of a worker reads about as many
rows with a long history as without one. Counted by PostgreSQL itself (pg_stat_xact_user_tables), so it is the same on every
machine."""

import os
import re

import psycopg
import pytest
from conftest import ROOT

HONG = "2023321234"
JTI = f"md5('{HONG}')::uuid"

# What each statement of Sources/Auth and Sources/Lockers is called with.
CALLS = {
    "auth_live_session": (JTI, f"'{HONG}'"),
    "auth_live_sessions": (f"ARRAY[{JTI}]", f"ARRAY['{HONG}']"),
    "auth_session_list": (f"'{HONG}'", JTI),
    "auth_end_session": (f"'{HONG}'", f"md5('session {HONG}')::uuid"),
    "auth_sign_in": (f"'{HONG}'", "'홍길동'", "'01012345678'", "'open'", "true", "sha256('new')", "gen_random_uuid()",
                     "gen_random_uuid()", "600", "6000", "NULL", "NULL", "20", "5", "600"),
    "auth_rotate": (f"sha256('{HONG}')", "sha256('next')", "gen_random_uuid()", "600", "NULL", "NULL", f"ARRAY[{JTI}]"),
    "auth_end_presented": (f"sha256('{HONG}')", f"ARRAY[{JTI}]"),
    "auth_end_all_sessions": (f"'{HONG}'",),
    "auth_sweep": (),
    "auth_register": ("'2023320777'", "'새학생'", "'01000000777'", "'open'", "5", "600"),
    "auth_student": (f"'{HONG}'",),
    "locker_decide": ("ARRAY['hold', 'confirm', 'release_hold', 'release', 'hold']::decision_act[]", f"ARRAY[{JTI}, {JTI}, {JTI}, {JTI}, {JTI}]",
                      f"ARRAY['{HONG}', '{HONG}', '{HONG}', '{HONG}', '{HONG}']", "ARRAY[101, 101, 101, 101, 102]",
                      "'{a,b,c,d,e}'", "'{1,1,1,1,1}'", "60", "60", "2", "true"),
    "locker_sweep": ("100",),
    "lockers_all": ("NULL",),
    "lockers_recent": (f"ARRAY['{HONG}']", "(SELECT max(decision_id) - 20 FROM locker_decisions)", "10"),
    "lockers_states": ("ARRAY[1]", f"ARRAY['{HONG}']", "ARRAY[101]"),
    "lockers_own": (f"ARRAY[{JTI}]", f"ARRAY['{HONG}']"),
    "attempts_own": (f"'{HONG}'",),
    "application_period": (),
    "board_counts": (),
}

SMALL = f"""
    INSERT INTO users (student_id, name, phone_number) VALUES ('{HONG}', '홍길동', '01012345678');
    INSERT INTO locker_locations (name) VALUES ('정보관 2층');
    INSERT INTO locker_info (locker_id, location_id) SELECT 100 + n, 1 FROM generate_series(1, 30) n;
    INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 hour', now() + interval '1 hour');
    INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
    VALUES (md5('session {HONG}')::uuid, '{HONG}', sha256('{HONG}'), {JTI}, now(), now() + interval '1 day', now(), now() + interval '1 day');
    INSERT INTO locker_decisions (decision_id, decided_at, student_id, locker_id, act, outcome, guarded)
    SELECT nextval('locker_decision_seq'), now() - interval '1 day', '{HONG}', 101, 'hold', 'locker_taken', false FROM generate_series(1, 150)"""

# Of him and of others: decisions, assignments, sessions, failures.
LARGE = f"""
    INSERT INTO users (student_id, name, phone_number)
    SELECT (2099000000 + n)::text, '학생', '0105' || lpad(n::text, 7, '0') FROM generate_series(1, 2000) n;
    INSERT INTO locker_decisions (decision_id, decided_at, student_id, locker_id, act, outcome, guarded)
    SELECT nextval('locker_decision_seq'), now() - interval '1 day', CASE WHEN n % 2 = 0 THEN '{HONG}' ELSE (2099000000 + n % 2000 + 1)::text END,
           101 + n % 30, 'hold', 'locker_taken', false FROM generate_series(1, 60000) n;
    INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, decided_at)
    SELECT 101 + n % 30, CASE WHEN n % 2 = 0 THEN '{HONG}' ELSE (2099000000 + n % 2000 + 1)::text END, 'expired',
           now() - interval '1 day', now() - interval '1 day' FROM generate_series(1, 20000) n;
    INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
    SELECT gen_random_uuid(), (2099000000 + n % 2000 + 1)::text, sha256(n::text::bytea), gen_random_uuid(), now(), now() + interval '1 day', now(),
           now() + interval '1 day' FROM generate_series(1, 20000) n;
    INSERT INTO auth_spent_tokens (token_hash, session_id, spent_at)
    SELECT sha256(session_id::text::bytea), session_id, now() FROM auth_sessions;
    INSERT INTO auth_failures (student_id, failures, window_started_at)
    SELECT (2088000000 + n)::text, 1, now() FROM generate_series(1, 5000) n"""


def statements():
    """Name and text of each."""
    found = {}
    for folder in ("Sources/Auth", "Sources/Lockers"):
        for path in (ROOT / folder).glob("*.swift"):
            text = path.read_text()
            for name, block, line in re.findall(
                    r'Statement\(\s*name: "(\w+)",\s*sql: (?:"""\n(.*?)"""|"([^"\n]*)")', text, re.S):
                found[name] = re.sub(r"\\\(limit\)", "100", block or line)
    return found


def rows_read(connection, sql, arguments):
    """How many rows of tables it reads, as a worker; nothing stays."""
    text = re.sub(r"\$(\d+)", lambda number: f"({arguments[int(number[1]) - 1]})", sql)
    with connection.transaction(force_rollback=True):
        connection.execute(text)
        connection.execute("RESET ROLE")
        return connection.execute(
            "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::int FROM pg_stat_xact_user_tables").fetchone()[0]


def test_every_statement_is_known():
    assert set(statements()) == set(CALLS)


def test_no_cost_grows_with_history(database):
    database.rows(SMALL)
    database.rows("ANALYZE")
    with psycopg.connect(database.url(os.environ["DB_SUPERUSER_URL"]), autocommit=True) as connection:
        # As the workers' role plans.
        for setting in ("enable_seqscan = off", "jit = off", "plan_cache_mode = force_generic_plan"):
            connection.execute(f"SET {setting}")
        before = {name: rows_read(connection, sql, CALLS[name]) for name, sql in statements().items()}
        database.rows(LARGE)
        database.rows("ANALYZE")
    with psycopg.connect(database.url(os.environ["DB_SUPERUSER_URL"]), autocommit=True) as connection:
        for setting in ("enable_seqscan = off", "jit = off", "plan_cache_mode = force_generic_plan"):
            connection.execute(f"SET {setting}")
        after = {name: rows_read(connection, sql, CALLS[name]) for name, sql in statements().items()}
        # The control: something that does grow is seen.
        grown = rows_read(connection, "SELECT count(*) FROM locker_decisions d WHERE d.request_id IS NOT DISTINCT FROM $1", ("NULL",))
    assert grown > 50000
    dearer = {name: (before[name], after[name]) for name in before if after[name] > before[name] + 50}
    assert dearer == {}


@pytest.mark.parametrize("name", ["locker_decide", "auth_sign_in"])
def test_the_count_counts(database, name):
    database.rows(SMALL)
    with psycopg.connect(database.url(os.environ["DB_SUPERUSER_URL"]), autocommit=True) as connection:
        assert rows_read(connection, statements()[name], CALLS[name]) > 3
