-- The clock that is set back: what is decided of a locker or a student is never dated before the last decision about either. An
-- assignment whose decision lies an hour ahead stands for one that was made before the clock was set.
\ir support/start.psql
SELECT plan(35);

\ir support/operator.psql
SELECT tap.lockers(9107, 9109), tap.student(4) AS s4, tap.student(5) AS s5, tap.student(6) AS s6 \gset
UPDATE application_periods SET closes_at = closes_at + interval '1 day';
SELECT clock_timestamp() + interval '1 hour' AS later \gset
CREATE FUNCTION tap.ahead(p_student text, p_at timestamptz) RETURNS void LANGUAGE sql AS $$
    UPDATE locker_assignments SET decided_at = p_at WHERE student_id = p_student;
$$;
-- Whether the newest decision is dated no earlier.
CREATE FUNCTION tap.dated(p_at timestamptz) RETURNS boolean LANGUAGE sql AS $$
    SELECT decided_at >= p_at FROM locker_decisions ORDER BY decision_id DESC LIMIT 1;
$$;

-- Of the locker: another student.
SELECT tap.hold(:'s1', 9101), tap.release_hold(:'s1', 9101) \gset
SELECT is(tap.dated(:'later'), false, 'the control: by the clock');
SELECT tap.ahead(:'s1', :'later') \gset
CREATE TEMPORARY TABLE held AS SELECT h.* FROM tap.hold(:'s2', 9101) h;
SELECT is((SELECT (outcome, seconds_left)::text FROM held), '(held,60)', 'held, with its whole minute');
SELECT is(tap.dated(:'later'), true, 'dated no earlier than the last decision about the locker');
SELECT is((SELECT (a.created_at, a.decided_at, a.hold_expires_at) FROM locker_assignments a WHERE student_id = :'s2'),
          (SELECT (d.decided_at, d.decided_at, h.expires_at) FROM locker_decisions d, held h WHERE decision_id = tap.newest_decision()),
    'and so are the assignment and its expiry');
SELECT is((SELECT expires_at FROM held), (SELECT decided_at + interval '60 seconds' FROM locker_assignments WHERE student_id = :'s2'),
    'which is a minute later');
SELECT is((tap.confirm(:'s2', 9101)).outcome, 'confirmed', 'confirmed');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT cmp_ok((SELECT confirmed_at FROM locker_assignments WHERE student_id = :'s2'), '>=', :'later'::timestamptz, 'nor is the assignment');
SELECT is(tap.release(:'s2', 9101), 'released', 'given back');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT ok((SELECT decided_at >= :'later' AND released_at = decided_at FROM locker_assignments WHERE student_id = :'s2'), 'nor is the assignment');

-- Of the student: another locker.
SELECT is((tap.hold(:'s2', 9102)).outcome, 'held', 'the same student, another locker');
SELECT is(tap.dated(:'later'), true, 'no earlier than the last decision about him');
SELECT is(tap.release_hold(:'s2', 9102), 'released', 'given back');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT is((tap.hold(:'s3', 9103)).outcome, 'held', 'another student, a third locker');
SELECT is(tap.dated(:'later'), false, 'by the clock: they have nothing to do with it');

-- The newest counts, wherever it is.
SELECT tap.release_hold(:'s3', 9103), tap.hold(:'s3', 9102), tap.release_hold(:'s3', 9102), tap.hold(:'s3', 9104), tap.release_hold(:'s3', 9104) \gset
SELECT is(tap.dated(:'later'), true, 'it is handed on from one to the other');

-- What runs out.
SELECT tap.hold(:'s4', 9105), tap.run_out(:'s4'), tap.ahead(:'s4', :'later') \gset
SELECT is(locker_sweep(10), 1, 'swept');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT ok((SELECT decided_at >= :'later' FROM locker_assignments WHERE student_id = :'s4'), 'nor is the assignment');
SELECT tap.hold(:'s5', 9106), tap.run_out(:'s5'), tap.ahead(:'s5', :'later') \gset
SELECT is((tap.hold(:'s6', 9106)).outcome, 'held', 'claimed by another');
SELECT is((SELECT bool_and(decided_at >= :'later') FROM locker_decisions WHERE decision_id > tap.newest_decision() - 2), true,
    'both the end of the one and the other');
SELECT is((SELECT array_agg(act::text ORDER BY decision_id) FROM locker_decisions WHERE decision_id > tap.newest_decision() - 2),
    ARRAY['expire', 'hold'], 'which those were');
SELECT ok((SELECT bool_and(decided_at >= :'later') FROM locker_assignments WHERE locker_id = 9106), 'and the assignments');

-- What operators do.
SELECT is(tap.act(format('operator_assign(%L, 9101)', :'s1')) ->> 'error', NULL, 'assigned');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT is(tap.act(format('operator_move(%L, 9107)', :'s1')) ->> 'error', NULL, 'moved');
SELECT ok((SELECT bool_and(decided_at >= :'later') FROM locker_decisions WHERE decision_id > tap.newest_decision() - 2), 'both no earlier');
SELECT is(tap.act('operator_release(9107)') ->> 'error', NULL, 'taken back');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT is(tap.act(format('operator_undo(%s)', (SELECT max(audit_id) FROM operator_audit))) ->> 'error', NULL, 'undone');
SELECT is(tap.dated(:'later'), true, 'no earlier');
SELECT ok((SELECT bool_and(decided_at >= :'later') FROM locker_assignments WHERE locker_id = 9107), 'nor is the assignment');

-- All in all.
SELECT is_empty($$
    SELECT * FROM (SELECT d.decision_id, d.locker_id, d.decided_at, lag(d.decided_at) OVER (PARTITION BY d.locker_id ORDER BY d.decision_id)
                     FROM locker_decisions d WHERE d.guarded) t (decision_id, locker_id, decided_at, before)
     WHERE locker_id IN (9102, 9104, 9107) AND decided_at < before
$$, 'of one locker no later decision has an earlier date');

\ir support/finish.psql
