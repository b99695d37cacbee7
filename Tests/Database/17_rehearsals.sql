-- Rehearsals: made, opened and wiped, and nothing real is touched.
\ir support/start.psql
SELECT plan(20);

-- Something real: a student with a locker, another with a hold, a period, and a ledger.
SELECT tap.lockers(9101, 9103), tap.period('-1 hour', '1 hour'), tap.student(1) AS one, tap.student(2) AS two \gset
SELECT tap.hold(:'one', 9101), tap.confirm(:'one', 9101), tap.hold(:'two', 9102), tap.hold(:'two', 9101) \gset
CREATE FUNCTION tap.everything() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(line, E'\n' ORDER BY line COLLATE "C")) FROM (
        SELECT 'users ' || u::text FROM users u UNION ALL SELECT 'places ' || l::text FROM locker_locations l
        UNION ALL SELECT 'lockers ' || l::text FROM locker_info l UNION ALL SELECT 'rows ' || a::text FROM locker_assignments a
        UNION ALL SELECT 'periods ' || p::text FROM application_periods p
        UNION ALL SELECT 'ledger ' || d::text FROM locker_decisions d
        UNION ALL SELECT 'sessions ' || s::text FROM auth_sessions s
        UNION ALL SELECT 'spent ' || t::text FROM auth_spent_tokens t
        UNION ALL SELECT 'allowances ' || b::text FROM attempt_allowances b
        UNION ALL SELECT 'failures ' || f::text FROM auth_failures f) AS t(line);
$$;
SELECT tap.everything() AS before \gset

SELECT rehearsal_make('rehearsal-x1', 3, 2) \gset
SELECT is((SELECT count(*) FROM users WHERE cohort = 'rehearsal-x1'), 3::bigint, 'students');
SELECT is((SELECT array_agg(student_id || ' ' || phone_number ORDER BY student_id) FROM users WHERE cohort = 'rehearsal-x1'),
    ARRAY['9900000001 000900000001', '9900000002 000900000002', '9900000003 000900000003'], 'whom the API can sign in');
SELECT is((SELECT array_agg(locker_id ORDER BY locker_id) FROM v_locker_states WHERE cohort = 'rehearsal-x1'),
    ARRAY[1990000001, 1990000002], 'lockers');
SELECT is((tap.hold('9900000001', 1990000001)).outcome, 'application_closed', 'the gate is closed');
SELECT cmp_ok(rehearsal_open('rehearsal-x1', '0 seconds', '1 hour'), '<=', clock_timestamp(), 'it opens');
SELECT is((tap.hold('9900000001', 1990000001, 60, 60)).outcome, 'held', 'and a hold is won');
SELECT is((tap.confirm('9900000001', 1990000001)).outcome, 'confirmed', 'and confirmed');
SELECT is((tap.hold('9900000002', 1990000001)).outcome, 'locker_taken', 'and lost');
SELECT is(array_agg(r), ARRAY['rehearsal-x1'], 'it can be found') FROM rehearsal_leftovers() r;
SELECT throws_ok($$SELECT rehearsal_make('rehearsal-x2', 1, 1)$$, '23505', NULL, 'two at a time are refused');

-- A real student who asks for one of its lockers is refused, and the row stays his.
SELECT is((tap.hold(:'two', 1990000001)).outcome, 'locker_not_found', 'a real student does not see them');
SELECT rehearsal_wipe('rehearsal-x1') \gset
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = :'two' AND locker_id = 1990000001), 1::bigint,
    'a real student''s row of the ledger stays');
DELETE FROM locker_decisions WHERE student_id = :'two' AND locker_id = 1990000001;
SELECT is(tap.everything(), :'before', 'afterwards all is as it was before, to the letter');
SELECT is_empty('SELECT rehearsal_leftovers()', 'and nothing is left');
SELECT lives_ok($$SELECT rehearsal_wipe('rehearsal-x1')$$, 'wiping twice does no harm');

-- Nothing real can be meant.
SELECT throws_ok('SELECT rehearsal_wipe(NULL)', '22023', NULL, 'the real ones are no rehearsal');
SELECT throws_ok($$SELECT rehearsal_wipe('')$$, '22023', NULL, 'nor is a cohort without a name');
SELECT throws_ok($$SELECT rehearsal_wipe('winter')$$, '22023', NULL, 'nor any other');
SELECT is(tap.try_as('locker_app', $$SELECT rehearsal_wipe('rehearsal-x1')$$), '42501', 'a worker may not');
SELECT is(tap.try_as('locker_operator', $$SELECT rehearsal_wipe('rehearsal-x1')$$), 'ok', 'the operator may');

\ir support/finish.psql
