-- The locks that decide. Called by every decision (decisions.sql) and by operators' acts.
-- Advisory locks of the transaction, by class: 1 student, 2 locker, 3 sign-ins of a student, 4 sweepers and deployments, 5 gate,
-- 6 rehearsals (lockerctl), 7 operators.

-- A second look must see what was committed while a lock was waited for. Under any other isolation the locks protect nothing.
CREATE OR REPLACE FUNCTION read_committed() RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF current_setting('transaction_isolation') <> 'read committed' THEN
        RAISE EXCEPTION 'decisions need READ COMMITTED, not %', current_setting('transaction_isolation')
            USING ERRCODE = 'invalid_transaction_state';
    END IF;
END
$$;

-- The guard: the gate, then the student, then the locker, always in that order, so that no two can wait for each
-- other. Everybody shares the gate; an operator's act upon many at once (closing a semester, taking an act back) takes
-- it alone, and then no decision is under way anywhere: two thousand guards would be more than the lock table holds.
-- Transaction-level: a killed worker, a pooler or a lost connection cannot leak it. The caller's lock_timeout bounds each wait
-- (55P03). A student's number in the lock is hashed: a collision only makes two students wait for each other.
-- p_waits false: only tried, for who has the gate already and decides for several students; gives whether it is had.
CREATE OR REPLACE FUNCTION locker_guard(p_student_id text, p_locker_id int, p_waits boolean DEFAULT true) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM read_committed();
    IF NOT p_waits THEN
        RETURN pg_try_advisory_xact_lock(1, hashtext(p_student_id)) AND pg_try_advisory_xact_lock(2, p_locker_id);
    END IF;
    PERFORM pg_advisory_xact_lock_shared(5, 0);
    PERFORM pg_advisory_xact_lock(1, hashtext(p_student_id));
    PERFORM pg_advisory_xact_lock(2, p_locker_id);
    RETURN true;
END
$$;

-- The instant of a decision about a student and a locker, asked right after the guard: now, but never before the last decision
-- about either, should the clock have been set back. Predicates, rows and expiry all go by it.
CREATE OR REPLACE FUNCTION locker_now(p_student_id text, p_locker_id int) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN greatest(
        clock_timestamp(),
        (SELECT a.decided_at FROM locker_assignments a WHERE a.locker_id = p_locker_id ORDER BY a.decided_at DESC LIMIT 1),
        (SELECT a.decided_at FROM locker_assignments a WHERE a.student_id = p_student_id ORDER BY a.decided_at DESC LIMIT 1));
END
$$;

-- Operators take turns: no two acts are under way, so none waits for another with a lock in hand that students need, and none
-- for another in a circle. The first lock of an act, always (operator_begin); until its transaction ends.
CREATE OR REPLACE FUNCTION operator_turn() RETURNS void
LANGUAGE plpgsql SET lock_timeout = '15s' AS $$
BEGIN
    PERFORM read_committed();
    PERFORM pg_advisory_xact_lock(7, 0);
END
$$;

-- Takes the gate alone: every decision that is under way ends first, and every later one waits (up to its own 1 s)
-- until this transaction ends. While we wait for it nobody else gets through, so it is waited for 0.3 s at a time, for some 10 s
-- in all (55P03 then).
CREATE OR REPLACE FUNCTION operator_gate() RETURNS void
LANGUAGE plpgsql SET lock_timeout = '300ms' AS $$
BEGIN
    FOR attempt IN 1..20 LOOP
        BEGIN
            PERFORM pg_advisory_xact_lock(5, 0);
            RETURN;
        EXCEPTION WHEN lock_not_available THEN
            IF attempt = 20 THEN
                RAISE;
            END IF;
            PERFORM pg_sleep(0.2);
        END;
    END LOOP;
END
$$;
