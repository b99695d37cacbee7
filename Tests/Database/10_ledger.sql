-- The ledger and the guard: every call leaves exactly one row of its own, and locks exactly what it decides about.
\ir support/start.psql
SELECT plan(18);

SELECT tap.lockers(9101, 9103), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2 \gset

-- Which advisory locks this transaction holds, as 'class key'.
CREATE FUNCTION tap.locks() RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(format('%s %s', classid::bigint, objid::bigint) ORDER BY classid, objid), '{}')
      FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 2;
$$;
CREATE FUNCTION tap.key(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT hashtext(p_student)::bit(32)::bigint;
$$;

-- Every act that may change a locker takes the student and the locker, and keeps them to the end of the transaction.
SET LOCAL synchronous_commit = on;
SAVEPOINT clean;
SELECT is((tap.hold(:'s1', 9102)).outcome, 'held', 'hold');
SELECT is(tap.locks(), ARRAY['1 ' || tap.key(:'s1'), '2 9102', '5 0'], 'is guarded');
ROLLBACK TO clean;
SELECT is((tap.confirm(:'s1', 9102)).outcome, 'hold_not_found', 'confirm');
SELECT is(tap.locks(), ARRAY['1 ' || tap.key(:'s1'), '2 9102', '5 0'], 'is guarded');
ROLLBACK TO clean;
SELECT is(tap.release_hold(:'s1', 9102), 'hold_not_found', 'release_hold');
SELECT is(tap.locks(), ARRAY['1 ' || tap.key(:'s1'), '2 9102', '5 0'], 'is guarded');
ROLLBACK TO clean;
SELECT is(tap.release(:'s1', 9102), 'assignment_not_found', 'release');
SELECT is(tap.locks(), ARRAY['1 ' || tap.key(:'s1'), '2 9102', '5 0'], 'is guarded');
ROLLBACK TO clean;
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at) VALUES (9102, :'s1', 'hold', now());
SELECT is(locker_sweep(1), 1, 'the sweeper');
SELECT is(tap.locks(), ARRAY['1 ' || tap.key(:'s1'), '2 9102', '4 0', '5 0'], 'is guarded, and alone of its kind');
ROLLBACK TO clean;

SELECT is((SELECT proconfig FROM pg_proc WHERE proname = 'locker_guard'), ARRAY['lock_timeout=2s'], 'waiting is bounded');
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1), 0::bigint,
    'no lock of the one-number form');

-- A call that loses at the cheap check takes no lock at all.
INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9101, :'s2', 'confirmed');
SELECT is((tap.hold(:'s1', 9101)).outcome, 'locker_taken', 'a loser');
SELECT is(tap.locks(), '{}'::text[], 'waits for nobody');
ROLLBACK TO clean;

-- A loss is not flushed to disk before it is answered; a win always is.
SELECT is((tap.hold(:'s1', 9102)).outcome, 'held', 'a win');
SELECT is(current_setting('synchronous_commit'), 'on', 'waits for the disk');
SELECT is((tap.hold(:'s1', 9103)).outcome, 'already_holding', 'a loss');
SELECT is(current_setting('synchronous_commit'), 'off', 'does not');

\ir support/finish.psql
