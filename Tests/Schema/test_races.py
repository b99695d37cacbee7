"""What was true before a lock is asked again behind it: each race is held open by a lock of the test's own, so that it happens
every time, and closed by letting go."""

import os
import threading
import time

import psycopg
import pytest

HONG, KIM = "2023321234", "2023325678"


def url(database, name):
    return database.url(os.environ[name])


@pytest.fixture
def world(database):
    """Two students with sessions, two lockers, an open period."""
    database.rows(f"""
        INSERT INTO users (student_id, name, phone_number) VALUES ('{HONG}', '홍길동', '01012345678'), ('{KIM}', '김철수', '01087654321');
        INSERT INTO locker_locations (name) VALUES ('정보관 2층');
        INSERT INTO locker_info (locker_id, location_id) VALUES (101, 1), (102, 1);
        INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 hour', now() + interval '1 hour');
        INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
        SELECT student_id, name, phone_number, true, 'x' FROM users;
        INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
        SELECT gen_random_uuid(), student_id, sha256(student_id::bytea), md5(student_id)::uuid, now(), now() + interval '1 day',
               now(), now() + interval '1 day' FROM users""")
    return database


DECIDE = """SELECT outcome FROM locker_decide(ARRAY[%s]::decision_act[], ARRAY[md5(%s::text)::uuid], ARRAY[%s], ARRAY[%s],
                                              '{race}', '{1.5}', 60, 60, 2, true)"""


def decide(connection, act, student, locker):
    return connection.execute(DECIDE, (act, student, student, locker)).fetchone()[0]


def app(world):
    return psycopg.connect(url(world, "DB_URL"), autocommit=True)


def operate(connection, call):
    """One act of an operator, in the transaction that is open."""
    connection.execute("SELECT operator_begin('test', '{}', 'a reason', 'tester')")
    return connection.execute(f"SELECT {call}").fetchone()[0]


class Later(threading.Thread):
    """A call on another thread, that waits for something."""

    def __init__(self, world, call):
        super().__init__(daemon=True)
        self.call, self.answer, self.error = call, None, None
        self.start()
        deadline = time.monotonic() + 10
        while not world.value("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)") and self.is_alive():
            assert time.monotonic() < deadline, "it waits for nothing"

    def run(self):
        try:
            self.answer = self.call()
        except psycopg.Error as error:
            self.error = error

    def result(self):
        self.join(15)
        assert not self.is_alive()
        if self.error:
            raise self.error
        return self.answer


def test_a_decision_behind_a_corrected_student_id(world):
    """His access token names the former 학번: 401, and nothing is written under it."""
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        assert decide(student, "hold", HONG, 101) == "held"
        operate(operator, f"operator_student_change_id('{HONG}', '2023320999')")
        late = Later(world, lambda: decide(student, "confirm", HONG, 101))
        operator.commit()
        assert late.result() == "unauthorized"
    assert world.rows(f"SELECT 1 FROM locker_decisions WHERE student_id = '{HONG}'") == []


@pytest.mark.parametrize("act, locker", [("hold", 102), ("hold", 999), ("confirm", 101), ("release", 101)])
def test_a_decision_behind_an_erased_student(world, act, locker):
    """Also one that is refused without a guard leaves no row with the erased 학번."""
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        operate(operator, f"operator_student_erase('{HONG}')")
        late = Later(world, lambda: decide(student, act, HONG, locker))
        operator.commit()
        assert late.result() == "unauthorized"
    assert world.rows(f"SELECT 1 FROM locker_decisions WHERE student_id = '{HONG}'") == []


def test_a_decision_behind_the_end_of_a_semester(world):
    """No row above the semester's last decision, which no retention would ever make anonymous."""
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        assert decide(student, "hold", HONG, 101) == "held"
        operate(operator, "operator_semester_close('2026-1', interval '30 days')")
        late = Later(world, lambda: decide(student, "confirm", HONG, 101))
        operator.commit()
        assert late.result() == "unauthorized"
    assert world.value("SELECT max(decision_id) <= (SELECT last_decision FROM semesters) FROM locker_decisions")


def test_a_hold_behind_a_logout(world):
    """The logout is answered while the hold waits for its guard."""
    with app(world) as student, app(world) as other, psycopg.connect(url(world, "DB_ADMIN_URL")) as holder:
        holder.execute("SELECT pg_advisory_xact_lock(2, 101)")
        late = Later(world, lambda: decide(student, "hold", HONG, 101))
        assert other.execute("SELECT auth_end_presented(NULL, ARRAY[md5(%s::text)::uuid])", (HONG,)).fetchone()[0]
        holder.commit()
        assert late.result() == "unauthorized"
    assert world.rows("SELECT 1 FROM locker_assignments") == [] == world.rows("SELECT 1 FROM locker_decisions")


def test_a_hold_behind_the_closing(world):
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        operate(operator, "operator_period_close()")
        late = Later(world, lambda: decide(student, "hold", HONG, 101))
        operator.commit()
        assert late.result() == "application_closed"


def test_another_isolation_is_refused(world):
    """Whatever the server's default: the role says read committed, and the guard takes nothing else."""
    world.rows(f"ALTER DATABASE {world.name} SET default_transaction_isolation = 'repeatable read'")
    with app(world) as student:
        assert student.execute("SHOW default_transaction_isolation").fetchone()[0] in ("read committed", "repeatable read")
        student.execute("SET default_transaction_isolation = 'repeatable read'")
        with pytest.raises(psycopg.Error) as refused:
            decide(student, "hold", HONG, 101)
        assert refused.value.sqlstate == "25000"
    assert world.rows("SELECT 1 FROM locker_assignments") == []


SIGN_IN = """SELECT outcome FROM auth_sign_in(%s, '홍길동', '01012345678', 'roster', true, sha256(%s::bytea), gen_random_uuid(),
                                              gen_random_uuid(), 600, 6000, NULL, NULL, 20, 5, 600)"""


def test_a_sign_in_behind_a_list_without_him(world):
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        operate(operator, "operator_roster_import('[]', 'y', false)")
        late = Later(world, lambda: student.execute(SIGN_IN, (HONG, "race")).fetchone()[0])
        operator.commit()
        assert late.result() == "not_listed"
    assert world.rows(f"SELECT 1 FROM auth_sessions WHERE student_id = '{HONG}'") == []


def test_a_list_without_him_behind_a_sign_in(world):
    """Who was signed in by the old list, in the very moment in which the new one is put in place, is signed out by it."""
    with psycopg.connect(url(world, "DB_URL")) as student, psycopg.connect(url(world, "DB_OPERATOR_URL"), autocommit=True) as operator:
        assert student.execute(SIGN_IN, (HONG, "race")).fetchone()[0] == "signed_in"

        def replace():
            with operator.transaction():
                return operate(operator, "operator_roster_import('[]', 'y', false)")

        late = Later(world, replace)
        student.commit()
        assert late.result()["gone"] == 2
    assert world.rows(f"SELECT 1 FROM auth_sessions WHERE student_id = '{HONG}'") == []


def test_a_sign_in_behind_a_corrected_name(world):
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        operate(operator, f"operator_student_correct('{HONG}', '홍길순', NULL)")
        late = Later(world, lambda: student.execute(SIGN_IN.replace("roster", "open"), (HONG, "race")).fetchone()[0])
        operator.commit()
        assert late.result() == "invalid"


def test_a_logout_that_crosses_a_corrected_student_id_and_a_refresh(world):
    """The session is the same row all the while: it is gone."""
    rotate = "SELECT outcome FROM auth_rotate(sha256(%s::bytea), sha256('next'), gen_random_uuid(), 600, NULL, NULL)"
    with app(world) as student, app(world) as other, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        operate(operator, f"operator_student_change_id('{HONG}', '2023320999')")
        refresh = Later(world, lambda: student.execute(rotate, (HONG,)).fetchone()[0])
        logout = Later(world, lambda: other.execute("SELECT auth_end_presented(sha256(%s::bytea), '{}')", (HONG,)).fetchone()[0])
        operator.commit()
        # Whichever came first: the token that the logout presented is spent or gone, and its session has ended.
        assert {refresh.result(), logout.result()} in ({"rotated", False}, {"unknown", True}, {"rotated", True})
    assert world.rows("SELECT 1 FROM auth_sessions WHERE student_id IN (%s, '2023320999')", HONG) == []


def test_a_refresh_behind_a_corrected_student_id(world):
    """The session goes along, and the account with it."""
    rotate = "SELECT student_id, serial_id FROM auth_rotate(sha256(%s::bytea), sha256('next'), gen_random_uuid(), 600, NULL, NULL)"
    serial = world.value(f"SELECT serial_id FROM users WHERE student_id = '{HONG}'")
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as operator:
        operate(operator, f"operator_student_change_id('{HONG}', '2023320999')")
        late = Later(world, lambda: student.execute(rotate, (HONG,)).fetchone())
        operator.commit()
        assert late.result() == ("2023320999", serial)


def test_an_operator_who_stops_in_the_middle_keeps_no_student_waiting(world):
    """An act that hangs has the shared gate; the next one, which wants it alone, waits for its turn and not in the gate."""
    with app(world) as student, psycopg.connect(url(world, "DB_OPERATOR_URL")) as stopped, \
            psycopg.connect(url(world, "DB_OPERATOR_URL"), autocommit=True) as next_one:
        operate(stopped, f"operator_assign('{KIM}', 102)")

        def close():
            with next_one.transaction():
                return operate(next_one, "operator_period_close()")

        late = Later(world, close)
        assert decide(student, "hold", HONG, 101) == "held"
        stopped.commit()
        late.result()
        assert decide(student, "hold", KIM, 101) == "application_closed"


def test_who_waits_for_the_gate_lets_others_through(world):
    """The gate is waited for a little at a time: with a decision under way that does not end, others are decided meanwhile."""
    with app(world) as student, psycopg.connect(url(world, "DB_URL")) as hanging, \
            psycopg.connect(url(world, "DB_OPERATOR_URL"), autocommit=True) as operator:
        assert decide(hanging, "hold", KIM, 102) == "held"

        def close():
            with operator.transaction():
                return operate(operator, "operator_period_close()")

        late = Later(world, close)
        assert decide(student, "hold", HONG, 101) == "held"
        hanging.commit()
        late.result()
