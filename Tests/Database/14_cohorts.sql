-- Cohorts: a rehearsal's students, lockers and periods stand beside the real ones and never meet them.
\ir support/start.psql
SELECT plan(26);

SELECT tap.lockers(9101, 9102), tap.lockers(9201, 9203, '예행연습') \gset
SELECT tap.student(1) AS real, tap.student(2) AS rehearsed, tap.student(3) AS other \gset
UPDATE locker_locations SET cohort = 'rehearsal-a' WHERE name = '예행연습';
UPDATE users SET cohort = 'rehearsal-a' WHERE student_id = :'rehearsed';
UPDATE users SET cohort = 'rehearsal-b' WHERE student_id = :'other';

-- What is counted
SELECT is((SELECT (remaining, total)::text FROM v_overall_locker_info), '(2,2)', 'only real lockers are counted');
SELECT is((SELECT array_agg(cohort ORDER BY locker_id) FROM v_locker_states),
    ARRAY[NULL, NULL, 'rehearsal-a', 'rehearsal-a', 'rehearsal-a'], 'every locker tells its cohort');

-- Periods
SELECT tap.period('-1 hour', '1 hour') \gset
SELECT is((tap.hold(:'real', 9101)).outcome, 'held', 'a real period lets a real student in');
SELECT is((tap.hold(:'rehearsed', 9201)).outcome, 'application_closed', 'and no other');
SELECT is((SELECT (h.opens_at, h.closes_at)::text FROM tap.hold(:'rehearsed', 9201) h), '(,)', 'nor is it shown to another');
SELECT lives_ok($$INSERT INTO application_periods (opens_at, closes_at, cohort)
    VALUES (clock_timestamp() - interval '2 hours', clock_timestamp() + interval '2 hours', 'rehearsal-a')$$,
    'a rehearsal''s period may overlap a real one');
SELECT lives_ok($$INSERT INTO application_periods (opens_at, closes_at, cohort)
    VALUES (clock_timestamp() - interval '2 hours', clock_timestamp() + interval '2 hours', 'rehearsal-b')$$,
    'and another rehearsal''s');
SELECT throws_ok($$INSERT INTO application_periods (opens_at, closes_at, cohort)
    VALUES (clock_timestamp(), clock_timestamp() + interval '1 minute', 'rehearsal-a')$$, '23P01', NULL,
    'but not one of its own');
SELECT throws_ok($$INSERT INTO application_periods (opens_at, closes_at)
    VALUES (clock_timestamp(), clock_timestamp() + interval '1 minute')$$, '23P01', NULL, 'nor real ones each other');
SELECT is((SELECT p.closes_at FROM application_period_at(clock_timestamp()) p),
    (SELECT p.closes_at FROM application_periods p WHERE p.cohort IS NULL), 'asked without a cohort: the real one');
SELECT is((SELECT p.closes_at FROM application_period_at(clock_timestamp(), 'rehearsal-a') p),
    (SELECT p.closes_at FROM application_periods p WHERE p.cohort = 'rehearsal-a'), 'asked with one: its own');
SELECT is_empty($$SELECT * FROM application_period_at(clock_timestamp(), 'nobody')$$, 'a cohort without periods has none');
SELECT throws_ok($$UPDATE users SET cohort = ''$$, '23514', NULL, 'a cohort has a name');

-- Lockers
SELECT is((tap.hold(:'rehearsed', 9201)).outcome, 'held', 'a rehearsal''s student holds its lockers');
SELECT is((SELECT remaining FROM v_overall_locker_info), 1::bigint, 'which real figures do not notice');
SELECT is((tap.hold(:'rehearsed', 9101)).outcome, 'locker_not_found', 'a real locker does not exist for it');
SELECT is((tap.hold(:'real', 9202)).outcome, 'locker_not_found', 'nor its lockers for a real student');
SELECT is((tap.hold(:'other', 9202)).outcome, 'locker_not_found', 'nor for another rehearsal''s');
SELECT is((tap.confirm(:'real', 9202)).outcome, 'locker_not_found', 'nor to confirm');
SELECT is((tap.confirm(:'real', 9102)).outcome, 'hold_not_found', 'as a real locker does');
SELECT is(tap.release_hold(:'real', 9201), 'hold_not_found', 'nor to give back');
SELECT is((tap.confirm(:'rehearsed', 9201)).outcome, 'confirmed', 'its own it confirms');
SELECT is((tap.confirm(:'rehearsed', 9201)).outcome, 'replayed', 'and again');
SELECT is((tap.hold(:'rehearsed', 9202)).outcome, 'already_assigned', 'one student, one locker');
SELECT is(tap.release(:'rehearsed', 9201), 'released', 'and gives it back');
SELECT is(tap.states(:'real'), ARRAY['9101 hold'], 'the real student''s hold is untouched by all of it');

\ir support/finish.psql
