-- Expiry belongs to the claim: a stale hold is no hold, nothing waits for the sweeper, and the record is complete.
\ir support/start.psql
SELECT plan(47);

SELECT tap.lockers(9101, 9120), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4 \gset

-- Somebody else claims a locker whose hold ran out.
SELECT tap.hold(:'s1', 9101) \gset
SELECT tap.run_out(:'s1') \gset
SELECT is(tap.shown(9101), 'available', 'at the very instant of its expiry a hold is over');
SELECT is((tap.hold(:'s2', 9101)).outcome, 'held', 'and another student has the locker');
SELECT is(tap.ledger(2), ARRAY[format('expire expired %s 9101 guarded', :'s1'), format('hold held %s 9101 guarded', :'s2')],
    'the claim leaves the expiry in the ledger, before itself');
SELECT is(tap.states(:'s1'), ARRAY['9101 expired'], 'the stale hold is marked');
SELECT is((SELECT assignment_id FROM locker_decisions WHERE act = 'expire'),
          (SELECT assignment_id FROM locker_assignments WHERE student_id = :'s1'), 'the row names the assignment that ended');
SELECT is((tap.confirm(:'s1', 9101)).outcome, 'hold_not_found', 'who let it run out cannot confirm');
SELECT is(tap.release_hold(:'s1', 9101), 'hold_not_found', 'nor give back');
SELECT is(tap.shown(9101), 'held', 'and neither touches the winner''s fresh hold');

-- The same student claims the same locker anew: a new hold, not a replay.
SELECT tap.run_out(:'s2') \gset
CREATE TEMPORARY TABLE anew AS SELECT h.* FROM tap.hold(:'s2', 9101) h;
SELECT is((SELECT outcome FROM anew), 'held', 'the own hold that ran out is no replay');
SELECT ok((SELECT expires_at > clock_timestamp() + interval '50 seconds' FROM anew), 'with a fresh expiry');
SELECT is(tap.states(:'s2'), ARRAY['9101 expired', '9101 hold'], 'a row of its own');

-- The same student claims another locker.
SELECT tap.run_out(:'s2') \gset
SELECT is((tap.hold(:'s2', 9102)).outcome, 'held', 'a hold that ran out elsewhere does not stand in the way');
SELECT is(tap.states(:'s2'), ARRAY['9101 expired', '9101 expired', '9102 hold'], 'and is marked');
SELECT is(tap.shown(9101), 'available', 'its locker is free');

-- Both at once: the claimant has a stale hold elsewhere, and the locker a stale hold of somebody else.
SELECT tap.hold(:'s3', 9103) \gset
SELECT tap.run_out(:'s2'), tap.run_out(:'s3') \gset
SELECT is((tap.hold(:'s2', 9103)).outcome, 'held', 'two stale holds, one claim');
SELECT is((SELECT array_agg(l ORDER BY l) FROM unnest(tap.ledger(3)) l), ARRAY[
    format('expire expired %s 9102 guarded', :'s2'), format('expire expired %s 9103 guarded', :'s3'),
    format('hold held %s 9103 guarded', :'s2')], 'both expiries stand in the ledger');

-- A stale hold with nobody interested is expired by nobody but the sweeper, and is shown free all the while.
SELECT tap.hold(:'s4', 9104) \gset
SELECT tap.run_out(:'s4') \gset
SELECT is(tap.states(:'s4'), ARRAY['9104 hold'], 'not marked yet');
SELECT is((SELECT remaining FROM v_overall_locker_info), 19::bigint, 'and counted as free');

-- A claim that fails changes nothing at all.
SELECT is((tap.hold(:'s4', 9103)).outcome, 'locker_taken', 'fails');
SELECT is(tap.states(:'s4'), ARRAY['9104 hold'], 'so the caller''s own stale hold is left as it was');

-- Confirming or giving back what ran out says so, and ends it as such; giving a confirmed locker back has no part in it.
SELECT is((tap.confirm(:'s4', 9104)).outcome, 'hold_not_found', 'too late to confirm');
SELECT is(tap.ledger(2), ARRAY[format('expire expired %s 9104 guarded', :'s4'), format('confirm hold_not_found %s 9104 guarded', :'s4')],
    'the ledger tells that it ran out, and then that it was not there');
SELECT is((SELECT array_agg(d.assignment_id = a.assignment_id) FROM locker_decisions d, locker_assignments a
            WHERE d.student_id = :'s4' AND d.decision_id > tap.newest_decision() - 2 AND a.student_id = :'s4'),
    ARRAY[true, true], 'both rows name the assignment');
SELECT is((SELECT (request_id, received_at IS NOT NULL)::text FROM locker_decisions WHERE decision_id = tap.newest_decision() - 1),
    '(tap,t)', 'and the request that found it out');
SELECT is(tap.states(:'s4'), ARRAY['9104 expired'], 'it is marked');
SELECT is((SELECT (released_at, confirmed_at)::text FROM locker_assignments WHERE student_id = :'s4'), '(,)',
    'as one that was neither given back nor confirmed');
SELECT tap.hold(:'s4', 9104), tap.run_out(:'s4') \gset
SELECT is(tap.release_hold(:'s4', 9104), 'hold_not_found', 'too late to give back');
SELECT is(tap.ledger(2), ARRAY[format('expire expired %s 9104 guarded', :'s4'), format('release_hold hold_not_found %s 9104 guarded', :'s4')],
    'told in the same way');
SELECT is(tap.states(:'s4'), ARRAY['9104 expired', '9104 expired'], 'and marked');
SELECT tap.hold(:'s4', 9104), tap.run_out(:'s4') \gset
SELECT is(tap.release(:'s4', 9104), 'assignment_not_found', 'a confirmed locker it never was');
SELECT is((tap.confirm(:'s4', 9105)).outcome, 'hold_not_found', 'and who asks for another locker');
SELECT is(tap.states(:'s4'), ARRAY['9104 expired', '9104 expired', '9104 hold'], 'has not asked for this one');
SELECT is((tap.confirm(:'s4', 9104, 1, 0.001)).outcome, 'hold_not_found', 'with one attempt left it is told');
SELECT tap.hold(:'s4', 9104), tap.run_out(:'s4') \gset
SELECT is((tap.confirm(:'s4', 9104, 1, 0.001)).outcome, 'too_many_requests', 'with none it is not');
SELECT is(tap.states(:'s4'), ARRAY['9104 expired', '9104 expired', '9104 expired', '9104 hold'], 'and nothing is written');

-- The sweeper.
SELECT is(locker_sweep(100), 1, 'one stale hold is swept');
SELECT is(tap.states(:'s4'), ARRAY['9104 expired', '9104 expired', '9104 expired', '9104 expired'], 'and marked');
SELECT is(tap.ledger(1), ARRAY[format('expire expired %s 9104 guarded', :'s4')], 'with its row in the ledger');
SELECT is((SELECT (request_id, received_at)::text FROM locker_decisions WHERE decision_id = tap.newest_decision()), '(,)',
    'no request asked for it');
SELECT is(locker_sweep(100), 0, 'nothing is swept twice');
SELECT is(tap.states(:'s2') @> ARRAY['9103 hold'], true, 'a live hold is never swept');
SELECT tap.confirm(:'s2', 9103) \gset
UPDATE locker_assignments SET hold_expires_at = clock_timestamp() - interval '1 hour' WHERE student_id = :'s2';
SELECT is(locker_sweep(100), 0, 'nor is a confirmed locker, however old its hold');

INSERT INTO users (student_id, name, phone_number)
SELECT '20980000' || n, '김철수', '010800000' || n FROM generate_series(10, 14) n;
INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)
SELECT 9100 + n, '20980000' || n, 'hold', clock_timestamp() - n * interval '1 second' FROM generate_series(10, 14) n;
SELECT is(locker_sweep(2), 2, 'at most as many as asked for');
SELECT is((SELECT array_agg(locker_id ORDER BY locker_id) FROM locker_assignments WHERE state = 'expired' AND locker_id > 9109),
    ARRAY[9110, 9111], 'in the order of the lockers: there are no more of them than lockers');
SELECT is(locker_sweep(0), 0, 'none when none is asked for');
SELECT is(locker_sweep(10), 3, 'the rest');

-- It forgets who may try as often as ever, too.
INSERT INTO attempt_allowances VALUES ('2099000001', 0, now() - interval '61 minutes'), ('2099000002', 0, now() - interval '59 minutes');
SELECT locker_sweep(0) \gset
SELECT is((SELECT array_agg(student_id::text ORDER BY student_id) FROM attempt_allowances), ARRAY['2099000002', :'s4'], 'an hour fills every allowance');

\ir support/finish.psql
