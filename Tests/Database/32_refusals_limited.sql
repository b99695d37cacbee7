-- The limit a minute for what changes nothing: confirm, release_hold and release. Three here.
\ir support/start.psql
SELECT plan(29);

SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4 \gset

CREATE FUNCTION tap.try(p_act text, p_student text, p_locker int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
BEGIN
    EXECUTE format('SELECT outcome FROM locker_%s($1, $2, %L, NULL, 3)', p_act, 'tap') INTO v_outcome USING p_student, p_locker;
    RETURN v_outcome;
END
$$;
CREATE FUNCTION tap.rows_of(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM locker_decisions WHERE student_id = p_student;
$$;
CREATE FUNCTION tap.minute_later(p_student text) RETURNS void LANGUAGE sql AS $$
    UPDATE locker_decisions SET decided_at = decided_at - interval '1 minute' WHERE student_id = p_student;
$$;

-- Refusals of every kind count together.
SELECT is(tap.try('confirm', :'s1', 999999), 'locker_not_found', 'the first: a locker that does not exist');
SELECT is(tap.try('release_hold', :'s1', 9101), 'hold_not_found', 'the second');
SELECT is(tap.try('release', :'s1', 9101), 'assignment_not_found', 'the third');
SELECT is(tap.try('confirm', :'s1', 999998), 'too_many_requests', 'the fourth: no locker');
SELECT is(tap.try('confirm', :'s1', 9101), 'too_many_requests', 'nor a hold');
SELECT is(tap.try('release_hold', :'s1', 9101), 'too_many_requests', 'nor to give back');
SELECT is(tap.try('release', :'s1', 9101), 'too_many_requests', 'nor a locker to give back');
SELECT is(tap.rows_of(:'s1'), 3::bigint, 'none of them is written down');
SELECT ok((SELECT seconds_left BETWEEN 55 AND 60 FROM locker_confirm(:'s1', 9101, 'tap', NULL, 3)), 'confirm tells the seconds to wait');
SELECT ok((SELECT seconds_left BETWEEN 55 AND 60 FROM locker_release_hold(:'s1', 9101, 'tap', NULL, 3)), 'release_hold too');
SELECT ok((SELECT seconds_left BETWEEN 55 AND 60 FROM locker_release(:'s1', 9101, 'tap', NULL, 3)), 'and release');
SELECT is(tap.try('confirm', :'s2', 9101), 'hold_not_found', 'another student is not affected');
SELECT is((tap.confirm(:'s1', 9101)).outcome, 'hold_not_found', 'without a limit there is none');
SELECT tap.minute_later(:'s1') \gset
SELECT is(tap.try('release', :'s1', 9101), 'assignment_not_found', 'a minute later');

-- What changes something is never turned away.
SELECT tap.try('confirm', :'s3', 9109), tap.try('confirm', :'s3', 9109), tap.try('confirm', :'s3', 9109) \gset
SELECT is(tap.try('confirm', :'s3', 9109), 'too_many_requests', 'who pressed too often');
SELECT is((tap.hold(:'s3', 9102)).outcome, 'held', 'and has a hold nevertheless');
SELECT is(tap.try('confirm', :'s3', 9102), 'confirmed', 'confirms it');
SELECT is(tap.shown(9102), 'confirmed', 'for good');
SELECT is(tap.try('confirm', :'s3', 9102), 'replayed', 'reads the same again, if the answer was lost');
SELECT is((SELECT (c.locker_id, c.state)::text FROM locker_confirm(:'s3', 9102, 'tap', NULL, 3) c), '(9102,confirmed)', 'with the locker');
SELECT is(tap.rows_of(:'s3'), 5::bigint, 'and fills no disk with it: three refusals, hold, confirm');
SELECT is(tap.try('release', :'s3', 9102), 'released', 'gives it back');
SELECT is(tap.rows_of(:'s3'), 6::bigint, 'which is written down');
SELECT is((tap.hold(:'s3', 9102)).outcome, 'held', 'holds again');
SELECT is(tap.try('release_hold', :'s3', 9102), 'released', 'and gives that back');
SELECT is(tap.shown(9102), 'available', 'the locker is free');

-- Within the limit a replay leaves its row.
SELECT tap.hold(:'s4', 9103), tap.try('confirm', :'s4', 9103) \gset
SELECT is(tap.try('confirm', :'s4', 9103), 'replayed', 'the third act');
SELECT is(tap.rows_of(:'s4'), 3::bigint, 'is written down');

-- As a worker of the version before asks.
SELECT is(tap.release(:'s4', 9103), 'released', 'without a limit');

\ir support/finish.psql
