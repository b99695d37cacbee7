-- The locks that decide. Called by every decision (decisions.sql, expiry.sql) and by operators' acts.
-- Advisory locks of the transaction, by class: 1 student, 2 locker, 3 sessions of a student, 4 sweepers and deployments, 5 gate.

-- The guard: the gate, then the student, then the locker, always in that order, so that no two can wait for each
-- other. Everybody shares the gate; an operator's act upon many at once (closing a semester, taking an act back) takes
-- it alone, and then no decision is under way anywhere: two thousand guards would be more than the lock table holds.
-- Transaction-level: a killed worker, a pooler or a lost connection cannot leak it. Bounded: what waits longer
-- ends with 55P03 and the student is told to try again.
-- A student's number in the lock is hashed: a collision only makes two students wait for each other.
CREATE OR REPLACE FUNCTION locker_guard(p_student_id text, p_locker_id int) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5, 0);
    PERFORM pg_advisory_xact_lock(1, hashtext(p_student_id));
    PERFORM pg_advisory_xact_lock(2, p_locker_id);
END
$$;

-- Takes the gate alone: every decision that is under way ends first, and every later one waits (up to its own 2 s)
-- until this transaction ends. The first lock of an act, always.
CREATE OR REPLACE FUNCTION operator_gate() RETURNS void
LANGUAGE sql SET lock_timeout = '10s' AS $$
    SELECT pg_advisory_xact_lock(5, 0);
$$;
