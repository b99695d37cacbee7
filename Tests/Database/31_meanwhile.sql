-- Time passes between the look without the guard and the answer: what has run out, ended or been made by then is told as it is
-- under the guard, and never as it was before.
\ir support/start.psql
SELECT plan(27);

SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4, tap.student(5) AS s5, tap.student(6) AS s6,
       tap.student(7) AS s7, tap.student(8) AS s8 \gset

-- A live hold that has a moment left.
CREATE FUNCTION tap.nearly_over(p_student text) RETURNS void LANGUAGE sql AS $$
    UPDATE locker_assignments SET hold_expires_at = clock_timestamp() + interval '50 milliseconds'
     WHERE student_id = p_student AND state = 'hold';
$$;
SELECT tap.hold(:'s1', 9101) \gset
UPDATE locker_assignments SET hold_expires_at = clock_timestamp() + interval '300 milliseconds';
SELECT is((SELECT (outcome, seconds_left)::text FROM tap.hold(:'s1', 9101)), '(replayed,1)', 'in time: the same hold, with a second that has begun');
SELECT is(tap.ledger(1), ARRAY[format('hold replayed %s 9101 unguarded', :'s1')], 'told without the guard');
SELECT pg_sleep(0.31) \gset
CREATE TEMPORARY TABLE late AS SELECT h.* FROM tap.hold(:'s1', 9101) h;
SELECT is((SELECT (outcome, seconds_left)::text FROM late), '(held,60)', 'too late: a new one, with its whole time');
SELECT is(tap.states(:'s1'), ARRAY['9101 expired', '9101 hold'], 'the old one is history');
SELECT is(tap.ledger(2), ARRAY[format('expire expired %s 9101 guarded', :'s1'), format('hold held %s 9101 guarded', :'s1')],
    'the ledger tells both, and no replay');

-- The product's own guard, but it is waited for, as when the machine stood still or somebody else had it; and meanwhile happens
-- what p_meanwhile says. What the product's functions do they do as its owner.
GRANT USAGE ON SCHEMA tap TO PUBLIC;
ALTER FUNCTION locker_guard(text, int, boolean) RENAME TO quick_guard;
CREATE FUNCTION tap.meanwhile(p_statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format($f$
        CREATE OR REPLACE FUNCTION public.locker_guard(p_student_id text, p_locker_id int, p_waits boolean) RETURNS boolean
        LANGUAGE plpgsql AS $b$
        BEGIN
            %s;
            PERFORM pg_sleep(0.06);
            RETURN public.quick_guard(p_student_id, p_locker_id, p_waits);
        END $b$ $f$, p_statement);
END
$$;
SELECT tap.meanwhile('NULL') \gset

SELECT tap.hold(:'s2', 9102), tap.hold(:'s3', 9103) \gset
SELECT tap.nearly_over(:'s2') \gset
SELECT is((tap.confirm(:'s2', 9102)).outcome, 'hold_not_found', 'ran out before it could be confirmed');
SELECT is(tap.ledger(2), ARRAY[format('expire expired %s 9102 guarded', :'s2'), format('confirm hold_not_found %s 9102 guarded', :'s2')],
    'as the ledger tells');
SELECT is(ARRAY[tap.shown(9102), (SELECT owner FROM locker_info WHERE locker_id = 9102)], ARRAY['available', NULL], 'and nobody has it');
SELECT tap.nearly_over(:'s3') \gset
SELECT is(tap.release_hold(:'s3', 9103), 'hold_not_found', 'or given back');
SELECT is(tap.states(:'s3'), ARRAY['9103 expired'], 'it ended by itself');

-- Another has the locker by now: the loser is told so under the guard, and to whom he lost.
SELECT tap.meanwhile(format($$INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, decision_id)
    VALUES (9104, %L, 'hold', clock_timestamp() + interval '1 minute', 4711)$$, :'s4')) \gset
SELECT is((tap.hold(:'s5', 9104)).outcome, 'locker_taken', 'taken meanwhile');
SELECT is(tap.ledger(1), ARRAY[format('hold locker_taken %s 9104 guarded', :'s5')], 'is told under the guard');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), 4711::bigint, 'and by whom');

-- What somebody at the student's other device did meanwhile.
SELECT tap.meanwhile(format($$INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, decision_id)
    VALUES (9105, %L, 'hold', clock_timestamp() + interval '1 minute', 4712)$$, :'s5')) \gset
SELECT is((SELECT (outcome, seconds_left)::text FROM tap.hold(:'s5', 9105)), '(replayed,60)', 'the same hold: it is that one');
SELECT is(tap.ledger(1), ARRAY[format('hold replayed %s 9105 guarded', :'s5')], 'told under the guard');
SELECT is(tap.states(:'s5'), ARRAY['9105 hold'], 'and no second one');
SELECT tap.meanwhile(format($$INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, decision_id)
    VALUES (9106, %L, 'hold', clock_timestamp() + interval '50 milliseconds', 4713)$$, :'s6')) \gset
SELECT is((SELECT (outcome, seconds_left)::text FROM tap.hold(:'s6', 9106)), '(held,60)', 'made meanwhile and run out: a new one');
SELECT is(tap.states(:'s6'), ARRAY['9106 expired', '9106 hold'], 'and nothing else lives');
SELECT is(tap.ledger(1), ARRAY[format('hold held %s 9106 guarded', :'s6')], 'told once');
SELECT tap.meanwhile(format($$INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, decision_id)
    VALUES (9107, %L, 'hold', clock_timestamp() + interval '1 minute', 4714)$$, :'s7')) \gset
SELECT is((tap.hold(:'s7', 9108)).outcome, 'already_holding', 'of another locker');
SELECT tap.meanwhile(format($$UPDATE locker_assignments SET state = 'cancelled' WHERE student_id = %L$$, :'s7')) \gset
SELECT is((tap.confirm(:'s7', 9107)).outcome, 'hold_not_found', 'given back');
SELECT is(tap.ledger(1), ARRAY[format('confirm hold_not_found %s 9107 guarded', :'s7')], 'which was no running out');
SELECT tap.hold(:'s8', 9108) \gset
SELECT tap.meanwhile(format($$UPDATE locker_assignments SET state = 'confirmed' WHERE student_id = %L$$, :'s8')) \gset
SELECT is((tap.confirm(:'s8', 9108)).outcome, 'replayed', 'confirmed');

-- The period has closed, the session has ended.
SELECT tap.meanwhile('NULL') \gset
UPDATE application_periods SET closes_at = clock_timestamp() + interval '50 milliseconds';
SELECT tap.period('1 minute', '2 minutes') \gset
SELECT is((SELECT (h.outcome, h.opens_at = p.opens_at, h.closes_at = p.closes_at)::text FROM tap.hold(:'s3', 9109) h, application_periods p
            WHERE p.opens_at > now()), '(application_closed,t,t)', 'who waited past the closing is too late, and is told of the next opening');
UPDATE application_periods SET closes_at = clock_timestamp() + interval '20 seconds' WHERE opens_at < now();
SELECT tap.meanwhile('DELETE FROM auth_sessions'), tap.newest_decision() AS newest \gset
SELECT is((SELECT h::text FROM tap.hold(:'s2', 9109, 60, 60) h), '(unauthorized,,,,,,,,)', 'and whose session has ended is nobody');
SELECT is(tap.newest_decision(), :'newest'::bigint, 'without a trace');
SELECT is((SELECT count(*) FROM attempt_allowances), 0::bigint, 'of any kind');

\ir support/finish.psql
