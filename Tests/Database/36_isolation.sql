-- Decisions are made under READ COMMITTED alone: the second look must see what was committed while the guard was waited for.
-- Anywhere else the guard refuses, and nothing is decided.
\set isolation 'REPEATABLE READ'
\ir support/start.psql
SELECT plan(14);

SELECT is(current_setting('transaction_isolation'), 'repeatable read', 'this is another isolation');
SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4 \gset
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at) VALUES
    (9102, :'s2', 'hold', clock_timestamp() + interval '1 minute'), (9103, :'s3', 'confirmed', NULL),
    (9104, :'s4', 'hold', clock_timestamp() - interval '1 second');
CREATE FUNCTION tap.everything() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(line, E'\n' ORDER BY line COLLATE "C")) FROM (
        SELECT 'rows ' || a::text FROM locker_assignments a UNION ALL SELECT 'lockers ' || l::text FROM locker_info l
        UNION ALL SELECT 'ledger ' || d::text FROM locker_decisions d UNION ALL SELECT 'allowances ' || b::text FROM attempt_allowances b) AS t(line);
$$;
SELECT tap.everything() AS before \gset

SELECT throws_ok(format('SELECT locker_guard(%L, 9101, %L)', :'s1', waits), '25000', 'decisions need READ COMMITTED, not repeatable read',
    'the guard, ' || CASE WHEN waits THEN 'waited for' ELSE 'tried' END) FROM (VALUES (true), (false)) AS t(waits);
SELECT throws_ok(format('SELECT tap.hold(%L, 9101, 60, 60)', :'s1'), '25000', NULL, 'a hold');
SELECT throws_ok(format('SELECT tap.hold(%L, 9101, 60, 60)', :'s4'), '25000', NULL, 'a hold where one ran out');
SELECT throws_ok(format('SELECT tap.confirm(%L, 9102, 60)', :'s2'), '25000', NULL, 'a confirmation');
SELECT throws_ok(format('SELECT tap.release_hold(%L, 9102, 60)', :'s2'), '25000', NULL, 'a hold that is given back');
SELECT throws_ok(format('SELECT tap.release_hold(%L, 9104, 60)', :'s4'), '25000', NULL, 'or that ran out');
SELECT throws_ok(format('SELECT tap.release(%L, 9103, 60)', :'s3'), '25000', NULL, 'a locker that is given back');
SELECT tap.session(:'s1') \gset
SELECT throws_ok(format($$SELECT locker_decide(ARRAY['hold']::decision_act[], ARRAY[%L]::uuid[], ARRAY[%L], ARRAY[9101], ARRAY['tap'], ARRAY[0],
    60, 60, 2, false)$$, tap.access(:'s1'), :'s1'), '25000', NULL, 'also one that waits for nothing');
SELECT throws_ok('SELECT locker_sweep(10)', '25000', NULL, 'what the sweeper ends');
CREATE FUNCTION tap.act(p_call text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_answer jsonb;
BEGIN
    PERFORM operator_begin('test', '{}', 'a reason', 'tester');
    EXECUTE 'SELECT ' || p_call INTO v_answer;
    RETURN v_answer;
END
$$;
SELECT throws_ok(format('SELECT tap.act(%L)', format('operator_assign(%L, 9101)', :'s1')), '25000', NULL, 'what an operator gives');
SELECT throws_ok($$SELECT tap.act('operator_release(9102)')$$, '25000', NULL, 'or takes');
SELECT is(tap.everything(), :'before', 'nothing has come of any of it');

\ir support/finish.psql
