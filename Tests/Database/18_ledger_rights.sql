-- The ledger in the hands of the workers' role: its acts insert rows, it reads them, and there is nothing else that it
-- can do to them. Every statement here is tried in earnest as locker_app.
\ir support/start.psql
SELECT plan(25);

SELECT tap.lockers(9101, 9102), tap.period('-1 hour', '1 hour'), tap.student(1) AS one, tap.student(2) AS two \gset

-- Each act of a worker inserts its row, in the very transaction of the act.
SELECT tap.session(:'one'), tap.session(:'two') \gset
CREATE FUNCTION tap.statement(p_act text, p_student text, p_request text) RETURNS text LANGUAGE sql AS $$
    SELECT format('SELECT locker_decide(ARRAY[%L]::decision_act[], ARRAY[%L]::uuid[], ARRAY[%L], ARRAY[9101], ARRAY[%L], '
                  'ARRAY[extract(epoch FROM now())::float8], 60, 60, 2, true)', p_act, tap.access(p_student), p_student, p_request);
$$;
CREATE FUNCTION tap.act(p_statement text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
    v_before bigint := coalesce(tap.newest_decision(), 0);
    v_answer text := tap.try_as('locker_app', p_statement);
BEGIN
    RETURN v_answer || coalesce((SELECT array_agg(d.act || ' ' || d.outcome ORDER BY d.decision_id)
                                   FROM locker_decisions d WHERE d.decision_id > v_before), '{}');
END
$$;
SELECT is(tap.act(statement), expected, expected[2] || ' leaves one row')
  FROM (VALUES
    (tap.statement('hold', :'one', 'r1'), ARRAY['ok', 'hold held']),
    (tap.statement('hold', :'two', 'r2'), ARRAY['ok', 'hold locker_taken']),
    (tap.statement('confirm', :'one', 'r3'), ARRAY['ok', 'confirm confirmed']),
    (tap.statement('release', :'one', 'r4'), ARRAY['ok', 'release released']),
    (tap.statement('release_hold', :'one', 'r5'), ARRAY['ok', 'release_hold hold_not_found'])
  ) AS t(statement, expected);

-- It reads them.
SET LOCAL ROLE locker_app;
SELECT count(*) AS seen FROM locker_decisions \gset
RESET ROLE;
SELECT is(:seen, 5, 'and it reads all of them');

-- What an act writes is what was so: number and clock are the database's own, and the outcome is the function's.
SELECT is((SELECT bool_and(decided_at BETWEEN now() AND clock_timestamp()) FROM locker_decisions), true,
    'the clock of a decision is the database''s');
SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname) FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prosrc ~* 'insert\s+into\s+locker_decisions'),
    ARRAY['locker_decide', 'locker_record'], 'two functions write rows: what students decide, and all else');
SELECT is((SELECT array_agg(p.prosecdef) FROM pg_proc p WHERE p.proname IN ('locker_decide', 'locker_record')), ARRAY[true, true],
    'with the owner''s rights');
SELECT is(has_function_privilege('locker_app', 'locker_record(text, int, decision_act, decision_outcome, bigint)', 'EXECUTE'), false,
    'a worker calls the first alone');

SELECT md5(string_agg(d::text, ',' ORDER BY d.decision_id)) AS before FROM locker_decisions d \gset
SELECT is(tap.try_as('locker_app', statement), '42501', statement)
  FROM (VALUES
    -- A win that never was, for a friend.
    (format('INSERT INTO locker_decisions (decision_id, decided_at, student_id, locker_id, act, outcome, guarded) VALUES (0, now() - interval ''1 hour'', %L, 9101, ''hold'', ''held'', true)', :'two')),
    ('INSERT INTO locker_decisions SELECT * FROM locker_decisions LIMIT 0'),
    ('UPDATE locker_decisions SET outcome = ''held'''),
    ('UPDATE locker_decisions SET decided_at = decided_at - interval ''1 second'''),
    ('SELECT FROM locker_decisions FOR UPDATE'),
    ('DELETE FROM locker_decisions WHERE outcome = ''held'''),
    ('TRUNCATE locker_decisions'),
    ('ALTER TABLE locker_decisions DISABLE TRIGGER ALL'),
    ('DROP TABLE locker_decisions'),
    ('LOCK TABLE locker_decisions IN ACCESS EXCLUSIVE MODE'),
    ('SELECT nextval(''locker_decision_seq'')')
  ) AS t(statement);
SELECT is((SELECT md5(string_agg(d::text, ',' ORDER BY d.decision_id)) FROM locker_decisions d), :'before',
    'and not a letter of it has changed');

-- Nor is there a function which would do it in its stead.
SELECT is_empty($$
    SELECT p.proname FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND has_function_privilege('locker_app', p.oid, 'EXECUTE')
       AND p.prosrc ~* '(update|delete\s+from|truncate)\s+locker_decisions'
$$, 'no function that a worker may call changes a row');

-- What only operators and the sweeper do has no act that a worker could name, not even of a locker that the student has.
SELECT tap.hold(:'one', 9101), tap.confirm(:'one', 9101) \gset
SELECT is(tap.act(tap.statement(act, :'one', 'r6')), ARRAY['22023'], act || ' is nobody''s to ask for')
  FROM unnest(ARRAY['expire', 'operator']) act;

\ir support/finish.psql
