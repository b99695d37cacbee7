-- Who waits for whom, and how long. Another session has the locks here; it can have no rows, since what a test makes nobody else
-- sees.
\ir support/start.psql
SELECT plan(37);

SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3 \gset
SELECT tap.session(student_id) FROM users \g /dev/null

CREATE EXTENSION dblink WITH SCHEMA tap;
SELECT tap.dblink_connect('other', format('host=%s port=%s user=%s dbname=%s', :'HOST', :'PORT', :'USER', :'DBNAME')) \gset
-- Should the test be wrong, and it waits for this transaction.
SELECT tap.dblink_exec('other', 'SET lock_timeout = ''2s''') \gset
CREATE FUNCTION tap.other(p_statement text) RETURNS text LANGUAGE sql AS $$
    SELECT v FROM tap.dblink('other', format('SELECT (%s)::text', p_statement)) AS t (v text);
$$;
CREATE FUNCTION tap.other_has(p_class int, p_key int) RETURNS text LANGUAGE sql AS $$
    SELECT tap.other(format('pg_advisory_lock(%s, %s)', p_class, p_key));
$$;
CREATE FUNCTION tap.other_gives(p_class int, p_key int) RETURNS text LANGUAGE sql AS $$
    SELECT tap.other(format('pg_advisory_unlock(%s, %s)', p_class, p_key));
$$;

-- Acts as 'act student locker' in one call: 'outcome …', or what the call ended with, and the tenths of a second that it took.
CREATE FUNCTION tap.together(p_waits boolean, VARIADIC p_acts text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_since   timestamptz := clock_timestamp();
    v_answers text;
BEGIN
    BEGIN
        SELECT string_agg(d.outcome, ' ' ORDER BY d.number) INTO v_answers
          FROM locker_decide(ARRAY(SELECT split_part(w, ' ', 1)::decision_act FROM unnest(p_acts) w),
                             ARRAY(SELECT tap.access(split_part(w, ' ', 2)) FROM unnest(p_acts) w),
                             ARRAY(SELECT split_part(w, ' ', 2) FROM unnest(p_acts) w),
                             ARRAY(SELECT split_part(w, ' ', 3)::int FROM unnest(p_acts) w),
                             ARRAY(SELECT 'tap' FROM unnest(p_acts) w), ARRAY(SELECT 0::float8 FROM unnest(p_acts) w),
                             60, 60, 2, p_waits) d;
    EXCEPTION WHEN lock_not_available THEN
        v_answers := SQLSTATE;
    END;
    RETURN format('%s, %s', v_answers, floor(10 * extract(epoch FROM clock_timestamp() - v_since)));
END
$$;
-- Whether somebody waited for so many tenths, or little more.
CREATE FUNCTION tap.waited(p_answer text, p_outcome text, p_tenths int) RETURNS boolean LANGUAGE sql AS $$
    SELECT split_part(p_answer, ', ', 1) = p_outcome AND split_part(p_answer, ', ', 2)::int BETWEEN p_tenths AND p_tenths + 6;
$$;
CREATE FUNCTION tap.written() RETURNS bigint LANGUAGE sql AS $$
    SELECT (SELECT count(*) FROM locker_decisions) + (SELECT count(*) FROM locker_assignments) + (SELECT count(*) FROM attempt_allowances);
$$;

-- The gate, which an operator has alone: every decision waits for it first, and for a second. Asked first, since this transaction
-- keeps its share of it from its first decision on.
SAVEPOINT clean;
SELECT tap.other_has(5, 0) \gset
SELECT ok(tap.waited(tap.together(true, 'hold ' || :'s1' || ' 9101'), '55P03', 10), 'an operator is at work: a second');
SELECT ok(tap.waited(tap.together(false, 'hold ' || :'s1' || ' 9101'), '55P03', 10), 'also where nothing else is waited for');
SELECT ok(tap.waited(tap.together(true, 'confirm ' || :'s1' || ' 9999'), '55P03', 10), 'whatever is asked');
SELECT is(locker_sweep(10), 0, 'the sweeper does not wait');
SELECT is(tap.written(), 0::bigint, 'and nothing is decided');
SELECT is(current_setting('lock_timeout'), '0', 'how long is the call''s own affair');
SELECT is(tap.other_gives(5, 0), 'true', 'he is ready');
ROLLBACK TO clean;

-- The locker's guard is with another.
SELECT tap.other_has(2, 9101) \gset
SELECT ok(tap.waited(tap.together(false, 'hold ' || :'s1' || ' 9101'), 'busy', 0), 'not waited for: busy at once');
SELECT is(tap.written(), 0::bigint, 'and nothing is decided');
SELECT is((SELECT (outcome, expires_at, seconds_left, opens_at, closes_at)::text
             FROM locker_decide('{hold}', ARRAY[tap.access(:'s1')], ARRAY[:'s1'], '{9101}', '{tap}', '{0}', 60, 60, 2, false)), '(busy,,,,)',
    'nor told');
SELECT ok(tap.waited(tap.together(true, 'hold ' || :'s1' || ' 9101'), '55P03', 3), 'waited for: three tenths of a second');
SELECT is(tap.written(), 0::bigint, 'and nothing is decided');
SELECT is(current_setting('lock_timeout'), '0', 'how long is the call''s own affair');
SELECT is((tap.together(false, 'hold ' || :'s1' || ' 9102', 'hold ' || :'s2' || ' 9101', 'hold ' || :'s3' || ' 9999')) ~ '^held busy locker_not_found,',
    true, 'of several acts the others are decided');
SELECT is(tap.written(), 5::bigint, 'two rows, two allowances, one hold: nothing of the busy one');
SELECT is((SELECT array_agg(format('%s: %s', d.outcome, concat_ws(' ', d.location_name, d.expires_at, d.seconds_left)) ORDER BY d.number)
             FROM locker_decide('{hold,hold}', ARRAY[tap.access(:'s3'), tap.access(:'s2')], ARRAY[:'s3', :'s2'], '{9103,9101}', '{tap,tap}', '{0,0}',
                                60, 60, 2, false) d WHERE d.number = 2),
    ARRAY['busy: '], 'a busy act is told nothing of another''s');
SELECT ok(tap.waited(tap.together(true, 'hold ' || :'s2' || ' 9102'), 'locker_taken', 0), 'who has lost already waits for nobody');
SELECT ok(tap.waited(tap.together(true, 'confirm ' || :'s2' || ' 9101'), 'hold_not_found', 0), 'nor who would change nothing');
SELECT is(tap.other_gives(2, 9101), 'true', 'it is given back');
SELECT is((tap.together(false, 'hold ' || :'s2' || ' 9101')) ~ '^held,', true, 'and then he has it');
ROLLBACK TO clean;

-- The student's.
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)
VALUES (9101, :'s2', 'hold', clock_timestamp() + interval '1 minute'), (9102, :'s1', 'hold', clock_timestamp() + interval '1 minute');
SELECT tap.other_has(1, hashtext(:'s2')) \gset
SELECT ok(tap.waited(tap.together(false, 'confirm ' || :'s2' || ' 9101'), 'busy', 0), 'at another device of his: busy');
SELECT ok(tap.waited(tap.together(true, 'confirm ' || :'s2' || ' 9101'), '55P03', 3), 'or three tenths');
SELECT ok(tap.waited(tap.together(true, 'release_hold ' || :'s2' || ' 9101'), '55P03', 3), 'whatever he asks for');
SELECT ok(tap.waited(tap.together(true, 'hold ' || :'s2' || ' 9101'), 'replayed', 0), 'but that he has it he is told at once');
SELECT is(tap.states(:'s2'), ARRAY['9101 hold'], 'and so it is');
SELECT ok(tap.waited(tap.together(true, 'confirm ' || :'s1' || ' 9102'), 'confirmed', 0), 'nobody else waits');

-- What the sweeper finds busy it leaves for the next time.
SELECT tap.run_out(:'s2') \gset
SELECT is(locker_sweep(10), 0, 'it does not end what is under another''s guard');
SELECT is(tap.states(:'s2'), ARRAY['9101 hold'], 'as it was');
SELECT is(tap.other_gives(1, hashtext(:'s2')), 'true', 'it is given back');
ROLLBACK TO clean;
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at) VALUES (9101, :'s2', 'hold', now());
SELECT tap.other_has(2, 9101) \gset
SELECT is(locker_sweep(10), 0, 'nor what is under the locker''s');
SELECT is(tap.other_gives(2, 9101), 'true', 'it is given back');
ROLLBACK TO clean;
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at) VALUES (9101, :'s2', 'hold', now());
SELECT tap.other_has(4, 0) \gset
SELECT is(locker_sweep(10), 0, 'nor beside another sweeper');
SELECT is(tap.other_gives(4, 0), 'true', 'which ends');
SELECT is(locker_sweep(10), 1, 'then it does');
UPDATE auth_sessions SET expires_at = now() - interval '1 second' WHERE student_id = :'s3';
SELECT tap.other_has(4, 1) \gset
SELECT is(auth_sweep(), 0, 'of sessions there is one sweeper too');
SELECT is(tap.other_gives(4, 1), 'true', 'which ends');
SELECT is(auth_sweep(), 1, 'then it does');

\ir support/finish.psql
