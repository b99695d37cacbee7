-- The ledger and the guard: every call leaves exactly one row of its own, and locks exactly what it decides about.
\ir support/start.psql
SELECT plan(35);

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
-- The student and the locker, beside the gate, which everybody shares.
SELECT ARRAY['1 ' || tap.key(:'s1'), '2 9102', '5 0'] AS guard, ARRAY['5 0'] AS gate \gset

-- Every act that changes a locker takes the student and the locker, and keeps them to the end of the transaction.
SET LOCAL synchronous_commit = on;
SAVEPOINT clean;
SELECT is((tap.hold(:'s1', 9102)).outcome, 'held', 'hold');
SELECT is(tap.locks(), :'guard'::text[], 'is guarded');
ROLLBACK TO clean;
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)
VALUES (9102, :'s1', 'hold', clock_timestamp() + interval '1 minute');
SAVEPOINT held;
SELECT is((tap.confirm(:'s1', 9102)).outcome, 'confirmed', 'confirm');
SELECT is(tap.locks(), :'guard'::text[], 'is guarded');
ROLLBACK TO held;
SELECT is(tap.release_hold(:'s1', 9102), 'released', 'release_hold');
SELECT is(tap.locks(), :'guard'::text[], 'is guarded');
ROLLBACK TO held;
UPDATE locker_assignments SET state = 'confirmed';
SELECT is(tap.release(:'s1', 9102), 'released', 'release');
SELECT is(tap.locks(), :'guard'::text[], 'is guarded');
ROLLBACK TO held;
UPDATE locker_assignments SET hold_expires_at = clock_timestamp();
SELECT is((tap.confirm(:'s1', 9102)).outcome, 'hold_not_found', 'what may have run out');
SELECT is(tap.locks(), :'guard'::text[], 'is guarded too: there it ends');
ROLLBACK TO clean;
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at) VALUES (9102, :'s1', 'hold', now());
SELECT is(locker_sweep(1), 1, 'the sweeper');
SELECT is(tap.locks(), ARRAY['1 ' || tap.key(:'s1'), '2 9102', '4 0', '5 0'], 'is guarded, and alone of its kind');
ROLLBACK TO clean;

SELECT is((SELECT proconfig @> ARRAY['lock_timeout=1s'] FROM pg_proc WHERE proname = 'locker_decide'), true, 'waiting is bounded');
SELECT is((SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND objsubid = 1), 0::bigint,
    'no lock of the one-number form');

-- A call that would change nothing takes no guard: it waits for nobody but an operator.
INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9101, :'s2', 'confirmed');
SELECT is((tap.hold(:'s1', 9101)).outcome, 'locker_taken', 'a loser');
SELECT is(tap.locks(), :'gate'::text[], 'waits for nobody');
SELECT is((tap.confirm(:'s1', 9102)).outcome, 'hold_not_found', 'who confirms what he does not hold');
SELECT is(tap.locks(), :'gate'::text[], 'waits for nobody');
SELECT is((tap.confirm(:'s2', 9101)).outcome, 'replayed', 'who confirms what he has');
SELECT is(tap.locks(), :'gate'::text[], 'waits for nobody');
SELECT is(tap.release_hold(:'s1', 9102), 'hold_not_found', 'who gives back what he does not hold');
SELECT is(tap.locks(), :'gate'::text[], 'waits for nobody');
SELECT is(tap.release(:'s1', 9102), 'assignment_not_found', 'or does not have');
SELECT is(tap.locks(), :'gate'::text[], 'waits for nobody');
SELECT is((SELECT array_agg(guarded) FROM locker_decisions), ARRAY[false, false, false, false, false], 'and the ledger says so');
ROLLBACK TO clean;

-- A loss is not flushed to disk before it is answered; a win always is, and so is a win that is told again: the commit that it
-- rests upon may not be on the disk yet.
SELECT is((tap.hold(:'s1', 9102)).outcome, 'held', 'a win');
SELECT is(current_setting('synchronous_commit'), 'on', 'waits for the disk');
SELECT is((tap.hold(:'s1', 9103)).outcome, 'already_holding', 'a loss');
SELECT is(current_setting('synchronous_commit'), 'off', 'does not');
SELECT is((tap.hold(:'s1', 9102)).outcome, 'replayed', 'a win that is told again');
SELECT is(current_setting('synchronous_commit'), 'on', 'waits');
-- By its own commit, which needs something to write: also where the limit keeps its row out of the ledger.
SELECT tap.release(:'s1', 9101, 1, 0.001), tap.newest_decision() AS newest, pg_current_wal_insert_lsn() AS before \gset
SELECT is((tap.hold(:'s1', 9102, 60, 1, 0.001)).outcome, 'replayed', 'beyond the limit');
SELECT is(current_setting('synchronous_commit'), 'on', 'it waits as well');
SELECT is(tap.newest_decision(), :'newest'::bigint, 'without a row');
SELECT ok(pg_current_wal_insert_lsn() > :'before', 'but with something to wait for');

\ir support/finish.psql
