-- Several students' acts in one call: each is decided by itself, in turn, and answered under its number.
\ir support/start.psql
SELECT plan(53);

SELECT tap.lockers(9101, 9129), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4, tap.student(5) AS s5, tap.student(6) AS s6,
       tap.student(7) AS s7, tap.student(8) AS s8, tap.student(9) AS s9, tap.student(10) AS s10 \gset
SELECT tap.session(student_id) FROM users \g /dev/null

-- Acts as 'act student locker', decided together, as the worker does first: nothing is waited for. The n-th came n seconds after
-- noon in the request r<n>.
CREATE FUNCTION tap.together(p_acts text[], p_burst int DEFAULT NULL, p_waits boolean DEFAULT false)
RETURNS TABLE (number int, outcome text, location_name text, expires_at timestamptz, seconds_left int) LANGUAGE sql AS $$
    SELECT d.number, d.outcome, d.location_name, d.expires_at, d.seconds_left
      FROM (SELECT array_agg(split_part(w.act, ' ', 1)::decision_act ORDER BY w.n) AS acts,
                   array_agg(tap.access(split_part(w.act, ' ', 2)) ORDER BY w.n) AS jtis,
                   array_agg(split_part(w.act, ' ', 2) ORDER BY w.n) AS students,
                   array_agg(split_part(w.act, ' ', 3)::int ORDER BY w.n) AS lockers,
                   array_agg('r' || w.n ORDER BY w.n) AS requests,
                   array_agg(extract(epoch FROM timestamptz '2026-03-02 12:00:00+09')::float8 + w.n ORDER BY w.n) AS received
              FROM unnest(p_acts) WITH ORDINALITY w (act, n)) a
     CROSS JOIN LATERAL locker_decide(a.acts, a.jtis, a.students, a.lockers, a.requests, a.received, 60, p_burst, 0.001, p_waits) d;
$$;
-- The outcomes alone, in the order of the acts.
CREATE FUNCTION tap.outcomes(p_acts text[], p_burst int DEFAULT NULL, p_waits boolean DEFAULT false) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(d.outcome ORDER BY d.number) FROM tap.together(p_acts, p_burst, p_waits) d;
$$;
-- The row of the ledger that an act of the last call has left.
CREATE FUNCTION tap.row_of(p_request text, p_student text) RETURNS locker_decisions LANGUAGE sql AS $$
    SELECT d FROM locker_decisions d WHERE d.request_id = p_request AND d.student_id = p_student ORDER BY d.decision_id DESC LIMIT 1;
$$;

-- Two students after one locker: one has it, and the other has lost to him.
CREATE TEMPORARY TABLE two AS SELECT * FROM tap.together(ARRAY['hold ' || :'s1' || ' 9101', 'hold ' || :'s2' || ' 9101']);
SELECT is((SELECT array_agg(number ORDER BY number) FROM two), ARRAY[1, 2], 'an answer for each');
SELECT is((SELECT array_agg(outcome ORDER BY number) FROM two), ARRAY['held', 'locker_taken'], 'one has it, the other not');
SELECT is((SELECT (expires_at IS NOT NULL, seconds_left)::text FROM two WHERE number = 1), '(t,60)', 'who has it is told how long');
SELECT is((SELECT (expires_at, seconds_left)::text FROM two WHERE number = 2), '(,)', 'who has not is told nothing of it');
SELECT is(tap.ledger(2), ARRAY[format('hold held %s 9101 guarded', :'s1'), format('hold locker_taken %s 9101 guarded', :'s2')],
    'the ledger has both, in their order');
SELECT is((tap.row_of('r2', :'s2')).lost_to, (tap.row_of('r1', :'s1')).decision_id, 'the loser lost to the winner''s decision');
SELECT is((SELECT decision_id FROM locker_assignments WHERE student_id = :'s1'), (tap.row_of('r1', :'s1')).decision_id,
    'which made the assignment');
SELECT ok((tap.row_of('r2', :'s2')).decided_at >= (tap.row_of('r1', :'s1')).decided_at, 'and was earlier');
SELECT is((SELECT array_agg(format('%s %s', d.request_id, to_char(d.received_at AT TIME ZONE 'Asia/Seoul', 'MM-DD HH24:MI:SS.US'))
                            ORDER BY d.decision_id) FROM locker_decisions d),
    ARRAY['r1 03-02 12:00:01.000000', 'r2 03-02 12:00:02.000000'], 'each with its own request and arrival');
SELECT is((tap.confirm(:'s1', 9101)).outcome, 'confirmed', 'the winner confirms');
SELECT is(tap.states(:'s2'), '{}'::text[], 'the loser has nothing');

-- The same student twice.
SELECT is(tap.outcomes(ARRAY['hold ' || :'s2' || ' 9102', 'hold ' || :'s2' || ' 9103']), ARRAY['held', 'already_holding'], 'two lockers: the first');
SELECT is((tap.row_of('r2', :'s2')).lost_to, (tap.row_of('r1', :'s2')).decision_id, 'the second lost to it');
SELECT is(tap.states(:'s2'), ARRAY['9102 hold'], 'he has one');
CREATE TEMPORARY TABLE same AS SELECT * FROM tap.together(ARRAY['hold ' || :'s3' || ' 9103', 'hold ' || :'s3' || ' 9103', 'hold ' || :'s3' || ' 9103']);
SELECT is((SELECT array_agg(outcome ORDER BY number) FROM same), ARRAY['held', 'replayed', 'replayed'], 'the same hold thrice');
SELECT is((SELECT count(DISTINCT expires_at) FROM same), 1::bigint, 'is one hold');
SELECT is(tap.states(:'s3'), ARRAY['9103 hold'], 'with one assignment');
SELECT is(tap.outcomes(ARRAY['confirm ' || :'s3' || ' 9103', 'confirm ' || :'s3' || ' 9103']), ARRAY['confirmed', 'replayed'], 'confirmed twice');
SELECT is(tap.outcomes(ARRAY['release ' || :'s3' || ' 9103', 'release ' || :'s3' || ' 9103']), ARRAY['released', 'assignment_not_found'],
    'given back twice: once');
SELECT is(tap.outcomes(ARRAY['hold ' || :'s3' || ' 9104', 'release_hold ' || :'s3' || ' 9104']), ARRAY['held', 'hold_not_found'],
    'what is not there at first cannot be given back at once');

-- All four acts, and answers of every kind between them.
SELECT tap.hold(:'s4', 9110), tap.hold(:'s5', 9111), tap.hold(:'s6', 9112), tap.confirm(:'s6', 9112) \gset
DELETE FROM auth_sessions WHERE student_id = :'s8';
CREATE TEMPORARY TABLE mixed AS SELECT * FROM tap.together(ARRAY[
    'release ' || :'s6' || ' 9112', 'hold ' || :'s8' || ' 9113', 'confirm ' || :'s4' || ' 9110', 'hold ' || :'s7' || ' 9112',
    'release_hold ' || :'s5' || ' 9111', 'hold ' || :'s9' || ' 9999', 'hold ' || :'s10' || ' 9114', 'confirm 2099999999 9110',
    'release_hold ' || :'s9' || ' 9114']);
SELECT is((SELECT array_agg(format('%s %s', number, outcome) ORDER BY number) FROM mixed),
    ARRAY['1 released', '2 unauthorized', '3 confirmed', '4 locker_taken', '5 released', '6 locker_not_found', '7 held', '8 unauthorized',
          '9 hold_not_found'], 'each has its own answer');
SELECT is((SELECT array_agg(number ORDER BY number) FROM mixed WHERE expires_at IS NOT NULL OR seconds_left IS NOT NULL), ARRAY[7],
    'only a hold has an end');
SELECT is((SELECT array_agg(number ORDER BY number) FROM mixed WHERE location_name IS NULL), ARRAY[2, 6, 8],
    'no place is told to who is nobody, or of what does not exist');
SELECT is((SELECT array_agg(format('%s %s %s', d.request_id, d.outcome, d.guarded) ORDER BY d.request_id) FROM locker_decisions d
            WHERE d.decision_id > tap.newest_decision() - 7),
    ARRAY['r1 released t', 'r3 confirmed t', 'r4 locker_taken f', 'r5 released t', 'r6 locker_not_found f', 'r7 held t', 'r9 hold_not_found f'],
    'and its own row, but for who is nobody');
SELECT is(ARRAY[tap.shown(9110), tap.shown(9111), tap.shown(9112), tap.shown(9113), tap.shown(9114)],
    ARRAY['confirmed', 'available', 'available', 'available', 'held'], 'and all of it is so');
SELECT is((SELECT count(*) FROM locker_assignments a WHERE a.decision_id IS NOT NULL AND NOT EXISTS (
              SELECT FROM locker_decisions d WHERE d.decision_id = a.decision_id AND d.outcome = 'held'
                 AND d.assignment_id = a.assignment_id AND d.student_id = a.student_id AND d.locker_id = a.locker_id)), 0::bigint,
    'every assignment is named by the decision that made it');
SELECT ok((SELECT bool_and(d.decided_at >= d.before) FROM (
              SELECT decided_at, lag(decided_at) OVER (PARTITION BY locker_id ORDER BY decision_id) AS before FROM locker_decisions
               WHERE guarded) d WHERE d.before IS NOT NULL), 'the clock of a locker''s decisions follows their numbers');

-- No acts, no answers.
SELECT is_empty($$SELECT * FROM locker_decide('{}', '{}', '{}', '{}', '{}', '{}', 60, 60, 2, false)$$, 'none');
SELECT is(tap.ledger(1), ARRAY[format('hold held %s 9114 guarded', :'s10')], 'and nothing is written');

-- A stale hold of another in the way of two: the first ends it, and it is told once.
SELECT tap.run_out(:'s10') \gset
SELECT is(tap.outcomes(ARRAY['hold ' || :'s7' || ' 9114', 'hold ' || :'s9' || ' 9114']), ARRAY['held', 'locker_taken'], 'two after what ran out');
SELECT is((SELECT array_agg(format('%s %s %s', d.act, d.student_id, d.request_id) ORDER BY d.decision_id) FROM locker_decisions d
            WHERE d.decision_id > tap.newest_decision() - 3),
    ARRAY[format('expire %s r1', :'s10'), format('hold %s r1', :'s7'), format('hold %s r2', :'s9')], 'it ended once, for the first');
SELECT is((tap.row_of('r2', :'s9')).lost_to, (tap.row_of('r1', :'s7')).decision_id, 'the second lost to the first, and not to it');
-- The stale hold of a student who asks for another locker, and one who asks for the locker that it was of.
SELECT tap.run_out(:'s7') \gset
SELECT is(tap.outcomes(ARRAY['hold ' || :'s7' || ' 9115', 'hold ' || :'s9' || ' 9114', 'confirm ' || :'s7' || ' 9114']),
    ARRAY['held', 'held', 'hold_not_found'], 'both have theirs');
SELECT is(tap.states(:'s7') || tap.states(:'s9'), ARRAY['9114 expired', '9115 hold', '9114 hold'], 'it ended once');
SELECT is((SELECT count(*) FROM locker_decisions WHERE act = 'expire' AND student_id = :'s7'), 1::bigint, 'as the ledger tells');

-- Waited for, as the worker does at last, it is decided in the same way.
SELECT is(tap.outcomes(ARRAY['release_hold ' || :'s7' || ' 9115', 'hold ' || :'s10' || ' 9115', 'hold ' || :'s8' || ' 9116'], NULL, true),
    ARRAY['released', 'locker_taken', 'unauthorized'], 'also where the guards are waited for');

-- The allowance: every act of a student counts, whatever else there is in the call.
SELECT is(tap.outcomes(ARRAY['hold ' || :'s10' || ' 9120', 'confirm ' || :'s1' || ' 9129', 'hold ' || :'s10' || ' 9121'], 5),
    ARRAY['held', 'hold_not_found', 'already_holding'], 'two of one and one of another');
SELECT is((SELECT array_agg(format('%s %s', student_id, round(left_over)) ORDER BY student_id) FROM attempt_allowances),
    ARRAY[:'s1' || ' 4', :'s10' || ' 3'], 'are counted');
SELECT is(tap.outcomes(ARRAY['release ' || :'s10' || ' 9120', 'release ' || :'s10' || ' 9120', 'release ' || :'s10' || ' 9120'], 5),
    ARRAY['assignment_not_found', 'assignment_not_found', 'assignment_not_found'], 'three more');
SELECT is((SELECT round(left_over) FROM attempt_allowances WHERE student_id = :'s10'), 0::double precision, 'are counted');
SELECT is(tap.outcomes(ARRAY['release ' || :'s10' || ' 9120', 'release ' || :'s1' || ' 9120'], 5),
    ARRAY['too_many_requests', 'assignment_not_found'], 'who has none left is turned away, and nobody else');
SELECT is((SELECT (seconds_left, location_name)::text FROM tap.together(ARRAY['release ' || :'s10' || ' 9120', 'hold ' || :'s1' || ' 9101'], 5)
            WHERE number = 1), '(1000,"정보관 2층")', 'with his own seconds to wait');
SELECT is((SELECT (outcome, seconds_left)::text FROM tap.together(ARRAY['release ' || :'s10' || ' 9120', 'hold ' || :'s1' || ' 9101'], 5)
            WHERE number = 2), '(already_assigned,)', 'which nobody else is told');
SELECT is(tap.outcomes(ARRAY['release_hold ' || :'s10' || ' 9120', 'hold ' || :'s10' || ' 9121'], 5), ARRAY['released', 'too_many_requests'],
    'what changes something is done all the same');

-- Too early: each student's second has one row, however they came.
UPDATE application_periods SET opens_at = clock_timestamp() + interval '1 hour', closes_at = clock_timestamp() + interval '2 hours';
SELECT is(tap.outcomes(ARRAY['hold ' || :'s5' || ' 9120', 'hold ' || :'s6' || ' 9120']), ARRAY['application_closed', 'application_closed'],
    'two who pressed too early');
SELECT is((SELECT array_agg(student_id::text ORDER BY student_id) FROM locker_decisions WHERE outcome = 'application_closed'),
    ARRAY[:'s5', :'s6'], 'have their rows');
SELECT is(tap.outcomes(ARRAY['hold ' || :'s4' || ' 9120', 'hold ' || :'s4' || ' 9121']), ARRAY['application_closed', 'application_closed'],
    'one who pressed twice');
SELECT is((SELECT count(*) FROM locker_decisions WHERE outcome = 'application_closed' AND student_id = :'s4'), 1::bigint, 'has one');

-- Students of several cohorts in one call: each has his own period and his own lockers.
SELECT tap.lockers(9201, 9202, '예행연습') \gset
UPDATE locker_locations SET cohort = 'rehearsal-a' WHERE name = '예행연습';
UPDATE users SET cohort = 'rehearsal-a' WHERE student_id IN (:'s2', :'s9');
DELETE FROM locker_assignments WHERE student_id IN (:'s2', :'s9');
INSERT INTO application_periods (opens_at, closes_at, cohort)
VALUES (clock_timestamp() - interval '1 hour', clock_timestamp() + interval '1 hour', 'rehearsal-a');
SELECT is(tap.outcomes(ARRAY['hold ' || :'s5' || ' 9120', 'hold ' || :'s2' || ' 9201', 'hold ' || :'s6' || ' 9201', 'hold ' || :'s9' || ' 9120']),
    ARRAY['application_closed', 'held', 'application_closed', 'locker_not_found'], 'one is open and the other is not');

-- A win in the call, and the whole call waits for the disk; without one it does not.
SELECT is(tap.outcomes(ARRAY['confirm ' || :'s5' || ' 9120', 'confirm ' || :'s6' || ' 9120']), ARRAY['hold_not_found', 'hold_not_found'], 'losers alone');
SELECT is(current_setting('synchronous_commit'), 'off', 'wait for no disk');
SELECT is(tap.outcomes(ARRAY['confirm ' || :'s5' || ' 9120', 'confirm ' || :'s2' || ' 9201', 'confirm ' || :'s6' || ' 9120']),
    ARRAY['hold_not_found', 'confirmed', 'hold_not_found'], 'with a winner among them');
SELECT is(current_setting('synchronous_commit'), 'on', 'they do');

\ir support/finish.psql
