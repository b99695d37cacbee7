-- How often a student may try: a bucket that holds `burst` and gets `refill` back a second. Where it does not say otherwise, three
-- here, and one in a thousand seconds, so that none comes back while the test runs.
\ir support/start.psql
SELECT plan(90);

SELECT tap.lockers(9101, 9129), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4, tap.student(5) AS s5, tap.student(6) AS s6,
       tap.student(7) AS s7, tap.student(8) AS s8, tap.student(9) AS s9, tap.student(10) AS s10, tap.student(11) AS s11 \gset

CREATE FUNCTION tap.try(p_act decision_act, p_student text, p_locker int, p_burst int DEFAULT 3, p_refill real DEFAULT 0.001)
RETURNS text LANGUAGE sql AS $$
    SELECT (tap.decide(p_act, p_student, p_locker, 60, p_burst, p_refill)).outcome;
$$;
CREATE FUNCTION tap.rows_of(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM locker_decisions WHERE student_id = p_student;
$$;
CREATE FUNCTION tap.left_of(p_student text) RETURNS numeric LANGUAGE sql AS $$
    SELECT round(left_over::numeric, 1) FROM attempt_allowances WHERE student_id = p_student;
$$;
-- As if so much time had passed since the last attempt.
CREATE FUNCTION tap.later(p_student text, p_by interval) RETURNS void LANGUAGE sql AS $$
    UPDATE attempt_allowances SET at = at - p_by WHERE student_id = p_student;
$$;

-- Refusals of every kind count together, and so does a hold.
SELECT is(tap.left_of(:'s1'), NULL, 'who never tried has all of them, and no row');
SELECT is(tap.try('confirm', :'s1', 999999), 'locker_not_found', 'the first: a locker that does not exist');
SELECT is(tap.left_of(:'s1'), 2.0, 'two are left');
SELECT ok((SELECT at BETWEEN now() AND clock_timestamp() FROM attempt_allowances), 'at the instant of the decision');
SELECT is(tap.try('release_hold', :'s1', 9101), 'hold_not_found', 'the second');
SELECT is(tap.try('release', :'s1', 9101), 'assignment_not_found', 'the third');
SELECT is(tap.left_of(:'s1'), 0.0, 'none is left');
SELECT is(tap.try('confirm', :'s1', 999998), 'too_many_requests', 'the fourth: no locker');
SELECT is(tap.try('confirm', :'s1', 9101), 'too_many_requests', 'nor a hold');
SELECT is(tap.try('release_hold', :'s1', 9101), 'too_many_requests', 'nor to give back');
SELECT is(tap.try('release', :'s1', 9101), 'too_many_requests', 'nor a locker to give back');
SELECT is(tap.try('hold', :'s1', 9101), 'too_many_requests', 'nor to hold a free one');
SELECT is(tap.try('hold', :'s1', 999999), 'too_many_requests', 'nor one that does not exist');
SELECT is(tap.shown(9101), 'available', 'which stays free');
SELECT is(tap.rows_of(:'s1'), 3::bigint, 'none of them is written down');
SELECT is(tap.left_of(:'s1'), 0.0, 'nor does it make the wait longer');
SELECT is(tap.try('confirm', :'s2', 9101), 'hold_not_found', 'another student is not affected');
SELECT is((tap.confirm(:'s1', 9101)).outcome, 'hold_not_found', 'without a limit there is none');
SELECT is(tap.rows_of(:'s1'), 4::bigint, 'and it is written down');
SELECT is(tap.left_of(:'s1'), 0.0, 'and counts for nothing');

-- The seconds to wait: until there is one again, rounded up.
SELECT is((tap.hold(:'s1', 9101, 60, 60, 2)).seconds_left, 1, 'two a second: one second');
SELECT is((SELECT (h.outcome, h.seconds_left, h.state, h.expires_at, h.opens_at, h.closes_at)::text FROM tap.hold(:'s1', 9101, 60, 3, 0.5) h),
    '(too_many_requests,2,,,,)', 'one in two seconds: two');
SELECT is((tap.confirm(:'s1', 9101, 3, 0.1)).seconds_left, 10, 'confirm tells it too');
SELECT is((SELECT seconds_left FROM tap.decide('release_hold', :'s1', 9101, 60, 3, 0.1)), 10, 'and release_hold');
SELECT is((SELECT seconds_left FROM tap.decide('release', :'s1', 9101, 60, 3, 0.1)), 10, 'and release');

-- It fills again, and not beyond the brim.
SELECT tap.later(:'s1', '4 seconds') \gset
SELECT is((SELECT (h.outcome, h.seconds_left)::text FROM tap.confirm(:'s1', 9101, 3, 0.1) h), '(too_many_requests,6)', 'part of one is not one');
SELECT tap.later(:'s1', '7 seconds') \gset
SELECT is(tap.try('release', :'s1', 9101, 3, 0.1), 'assignment_not_found', 'after eleven seconds there is one');
SELECT is(tap.left_of(:'s1'), 0.1, 'and a part of the next');
SELECT is(tap.try('release', :'s1', 9101, 3, 0.1), 'too_many_requests', 'only one');
SELECT tap.later(:'s1', '1 day') \gset
SELECT is(tap.try('release', :'s1', 9101, 3, 0.1), 'assignment_not_found', 'a day later, ' || n) FROM generate_series(1, 3) n;
SELECT is(tap.try('release', :'s1', 9101, 3, 0.1), 'too_many_requests', 'there are three and no more');
SELECT is(tap.left_of(:'s1'), 0.0, 'none of the day is left');
-- As the default has it: sixty at once, then two a second.
SELECT is((SELECT count(*) FROM generate_series(1, 60) n WHERE tap.try('release', :'s11', 9101, 60, 0.001) = 'assignment_not_found'), 60::bigint,
    'sixty of sixty');
SELECT tap.later(:'s11', '3 seconds') \gset
SELECT is((SELECT count(*) FROM generate_series(1, 20) n WHERE tap.try('release', :'s11', 9101, 60, 2) = 'assignment_not_found'), 6::bigint,
    'three seconds later six');

-- A clock that was set back keeps nobody out: the bucket is full then. A moment is no such thing: several hosts ask.
SELECT tap.try('release', :'s3', 9101), tap.try('release', :'s3', 9101), tap.try('release', :'s3', 9101) \gset
SELECT tap.later(:'s3', '-900 milliseconds') \gset
SELECT is(tap.try('release', :'s3', 9101), 'too_many_requests', 'less than a second ahead');
SELECT tap.later(:'s3', '-1 hour') \gset
SELECT is(tap.try('release', :'s3', 9101), 'assignment_not_found', 'an hour ahead');
SELECT is(tap.left_of(:'s3'), 2.0, 'it was full');
SELECT ok((SELECT at <= clock_timestamp() FROM attempt_allowances WHERE student_id = :'s3'), 'and goes by the clock again');

-- What changes something is never turned away, but for a hold.
SELECT tap.try('confirm', :'s4', 9109), tap.try('confirm', :'s4', 9109), tap.try('confirm', :'s4', 9109) \gset
SELECT is(tap.try('confirm', :'s4', 9109), 'too_many_requests', 'who pressed too often');
SELECT is((tap.hold(:'s4', 9102)).outcome, 'held', 'and has a hold nevertheless');
SELECT is((SELECT (c.outcome, c.locker_id, c.state)::text FROM tap.confirm(:'s4', 9102, 3, 0.001) c), '(confirmed,9102,confirmed)', 'confirms it');
SELECT is(tap.shown(9102), 'confirmed', 'for good');
SELECT is((SELECT (c.outcome, c.locker_id, c.location_name, c.state)::text FROM tap.confirm(:'s4', 9102, 3, 0.001) c),
    '(replayed,9102,"정보관 2층",confirmed)', 'reads the same again, if the answer was lost');
SELECT is(tap.rows_of(:'s4'), 5::bigint, 'and fills no disk with it: three refusals, hold, confirm');
SELECT is(tap.try('release', :'s4', 9102), 'released', 'gives it back');
SELECT is(tap.rows_of(:'s4'), 6::bigint, 'which is written down');
SELECT is((tap.hold(:'s4', 9102)).outcome, 'held', 'holds again');
SELECT is(tap.try('release_hold', :'s4', 9102), 'released', 'and gives that back');
SELECT is(tap.shown(9102), 'available', 'the locker is free');
SELECT is(tap.left_of(:'s4'), 0.0, 'the allowance is never below nothing');

-- A replayed yes within the limit leaves its row and counts; beyond it, neither.
SELECT is(tap.try('hold', :'s5', 9103), 'held', 'the first');
SELECT is(tap.try('hold', :'s5', 9103), 'replayed', 'the second');
SELECT is(tap.try('hold', :'s5', 9103), 'replayed', 'the third');
SELECT is(tap.rows_of(:'s5'), 3::bigint, 'are written down');
SELECT is((SELECT (h.outcome, h.locker_id, h.location_name, h.state, h.seconds_left > 50, h.expires_at = a.hold_expires_at)::text
             FROM tap.hold(:'s5', 9103, 60, 3, 0.001) h, locker_assignments a WHERE a.student_id = :'s5'),
    '(replayed,9103,"정보관 2층",held,t,t)', 'the fourth is the same hold');
SELECT is(tap.rows_of(:'s5'), 3::bigint, 'without a row');
SELECT is(tap.try('hold', :'s5', 9104), 'too_many_requests', 'another locker: turned away');
SELECT is(tap.try('confirm', :'s5', 9103), 'confirmed', 'his own hold he confirms, although nothing is left');
SELECT is(tap.try('confirm', :'s5', 9103), 'replayed', 'and is told so again');
SELECT is(tap.rows_of(:'s5'), 4::bigint, 'written down once');
SELECT is(tap.left_of(:'s5'), 0.0, 'nothing is left');
SELECT tap.later(:'s5', '1000 seconds') \gset
SELECT is(tap.try('confirm', :'s5', 9103), 'replayed', 'when there is one again');
SELECT is(tap.rows_of(:'s5'), 5::bigint, 'it is written down');

-- The last one is still one.
SELECT tap.try('release', :'s6', 9101), tap.try('release', :'s6', 9101) \gset
SELECT is(tap.try('hold', :'s6', 9105), 'held', 'a hold with the last of them');
SELECT is(tap.left_of(:'s6'), 0.0, 'counts as well');
SELECT is(tap.try('release_hold', :'s6', 9105), 'released', 'it is given back');
SELECT is(tap.try('hold', :'s6', 9105), 'too_many_requests', 'and not had again at once');

-- A stale hold of his own in the way of his last attempt is ended by it, and by no attempt that is turned away.
SELECT tap.try('hold', :'s7', 9106), tap.run_out(:'s7'), tap.try('release', :'s7', 9101), tap.try('release', :'s7', 9101) \gset
SELECT is(tap.try('hold', :'s7', 9106), 'too_many_requests', 'turned away');
SELECT is(tap.states(:'s7'), ARRAY['9106 hold'], 'nothing has happened');

-- Pressed too early: it counts for nothing, and leaves one row a second.
UPDATE application_periods SET opens_at = clock_timestamp() + interval '1 hour', closes_at = clock_timestamp() + interval '2 hours';
SELECT is((SELECT count(*) FROM generate_series(1, 50) n WHERE tap.try('hold', :'s8', 9107) = 'application_closed'), 50::bigint, 'fifty times too early');
SELECT is((SELECT (h.opens_at, h.closes_at) FROM tap.hold(:'s8', 9107, 60, 3, 0.001) h), (SELECT (opens_at, closes_at) FROM application_periods),
    'each is told when');
SELECT is(tap.rows_of(:'s8'), 1::bigint, 'one row');
SELECT is(tap.left_of(:'s8'), NULL, 'and nothing is counted');
UPDATE locker_decisions SET decided_at = decided_at - interval '999 milliseconds' WHERE student_id = :'s8';
SELECT is(tap.try('hold', :'s8', 9108), 'application_closed', 'a second later');
SELECT is(tap.rows_of(:'s8'), 2::bigint, 'another');
SELECT is(tap.try('hold', :'s8', 9108), 'application_closed', 'at once again');
SELECT is(tap.rows_of(:'s8'), 2::bigint, 'none');
SELECT is(tap.try('confirm', :'s8', 9107), 'hold_not_found', 'what is no hold counts then too');
SELECT is(tap.left_of(:'s8'), 2.0, 'as ever');
SELECT is(tap.try('hold', :'s9', 9107), 'application_closed', 'of another student');
SELECT is(tap.rows_of(:'s9'), 1::bigint, 'there is a row of his own');
SELECT is(tap.try('hold', :'s1', 9107), 'application_closed', 'who has nothing left is told the same: it is not yet time');
SELECT is((SELECT (outcome, seconds_left)::text FROM tap.hold(:'s1', 9107, 60, 3, 0.001)), '(application_closed,)', 'and not to wait a second');
SELECT is((tap.hold(:'s10', 9107)).outcome, 'application_closed', 'also without a limit');
SELECT is((tap.hold(:'s10', 9107)).outcome, 'application_closed', 'twice');
SELECT is(tap.rows_of(:'s10'), 1::bigint, 'one row');
-- At the opening all of them are there.
UPDATE application_periods SET opens_at = clock_timestamp();
SELECT is(tap.try('hold', :'s9', 9109), 'held', 'who pressed too early is not too late');
SELECT is(tap.left_of(:'s9'), 2.0, 'it is his first');

\ir support/finish.psql
