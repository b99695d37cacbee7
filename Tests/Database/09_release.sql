-- Giving back a hold and a confirmed locker: every outcome, what they write.
\ir support/start.psql
SELECT plan(33);

SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.student(3) AS s3 \gset

-- release_hold
SELECT is(tap.release_hold(:'s1', 9101), 'hold_not_found', 'nothing was held');
SELECT is(tap.ledger(1), ARRAY[format('release_hold hold_not_found %s 9101 unguarded', :'s1')], 'the ledger tells it');
SELECT is(tap.release_hold(:'s1', 9999), 'hold_not_found', 'no such locker');
SELECT tap.hold(:'s1', 9101) \gset
SELECT is(tap.release_hold(:'s2', 9101), 'hold_not_found', 'another''s hold is not given back');
SELECT is(tap.release_hold(:'s1', 9102), 'hold_not_found', 'another locker');
SELECT is(tap.states(:'s1'), ARRAY['9101 hold'], 'the hold stands');
SELECT is(tap.release_hold(:'s1', 9101), 'released', 'given back');
SELECT is(tap.ledger(1), ARRAY[format('release_hold released %s 9101 guarded', :'s1')], 'the ledger tells it');
SELECT is((SELECT assignment_id FROM locker_decisions WHERE decision_id = tap.newest_decision()),
          (SELECT assignment_id FROM locker_assignments), 'and which assignment ended');
SELECT is(tap.states(:'s1'), ARRAY['9101 cancelled'], 'kept as history');
SELECT ok((SELECT released_at BETWEEN now() AND clock_timestamp() FROM locker_assignments), 'with its instant');
SELECT is((SELECT (a.released_at, a.decided_at) FROM locker_assignments a),
          (SELECT (d.decided_at, d.decided_at) FROM locker_decisions d WHERE decision_id = tap.newest_decision()), 'that of the decision');
SELECT is(tap.shown(9101), 'available', 'free again');
SELECT is(tap.release_hold(:'s1', 9101), 'hold_not_found', 'once only');
SELECT is((tap.hold(:'s2', 9101)).outcome, 'held', 'another student has it');
SELECT tap.confirm(:'s2', 9101) \gset
SELECT is(tap.release_hold(:'s2', 9101), 'hold_not_found', 'a confirmed locker is not a hold');
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 9101), :'s2', 'it stays confirmed');

-- release
SELECT is(tap.release(:'s1', 9101), 'assignment_not_found', 'another''s locker is not given back');
SELECT is(tap.ledger(1), ARRAY[format('release assignment_not_found %s 9101 unguarded', :'s1')], 'the ledger tells it');
SELECT is(tap.release(:'s2', 9102), 'assignment_not_found', 'another locker');
SELECT is(tap.release(:'s2', 9999), 'assignment_not_found', 'no such locker');
SELECT is(tap.shown(9101), 'confirmed', 'it stays confirmed');
SELECT is(tap.release(:'s2', 9101), 'released', 'given back');
SELECT is(tap.ledger(1), ARRAY[format('release released %s 9101 guarded', :'s2')], 'the ledger tells it');
SELECT is((SELECT owner FROM locker_info WHERE locker_id = 9101), NULL, 'nobody owns it');
SELECT is(tap.states(:'s2'), ARRAY['9101 cancelled'], 'kept as history');
SELECT is((SELECT (a.released_at, a.decided_at, a.assignment_id) FROM locker_assignments a WHERE student_id = :'s2'),
          (SELECT (d.decided_at, d.decided_at, d.assignment_id) FROM locker_decisions d WHERE decision_id = tap.newest_decision()),
    'with the instant and the name of its end in the ledger');
SELECT is(tap.release(:'s2', 9101), 'assignment_not_found', 'once only');
SELECT tap.hold(:'s2', 9102) \gset
SELECT is(tap.release(:'s2', 9102), 'assignment_not_found', 'a hold is not a confirmed locker');
SELECT is(tap.states(:'s2'), ARRAY['9101 cancelled', '9102 hold'], 'it stays held');

-- Slips of the hand are mended by giving back.
UPDATE locker_info SET owner = :'s3' WHERE locker_id = 9103;
SELECT is(tap.release(:'s3', 9103), 'released', 'owner without an assignment');
INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9104, :'s3', 'confirmed');
SELECT is(tap.release(:'s3', 9104), 'released', 'assignment without an owner');
SELECT is((SELECT array_agg(state) FROM v_locker_states WHERE locker_id IN (9103, 9104)), ARRAY['available', 'available'],
    'both are free');

\ir support/finish.psql
