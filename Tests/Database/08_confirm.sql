-- A confirmation: every outcome, what it answers, what it writes.
\ir support/start.psql
SELECT plan(40);

SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.student(3) AS s3, tap.student(4) AS s4 \gset

-- confirmed
SELECT tap.hold(:'s1', 9101) \gset
CREATE TEMPORARY TABLE once AS SELECT c.* FROM tap.confirm(:'s1', 9101) c;
SELECT is((SELECT (outcome, locker_id, location_name, state)::text FROM once), '(confirmed,9101,"정보관 2층",confirmed)',
    'confirmed: the locker as it is now');
SELECT is((SELECT (expires_at, seconds_left, opens_at, closes_at)::text FROM once), '(,,,)', 'nothing runs out any more');
SELECT is(tap.states(:'s1'), ARRAY['9101 confirmed'], 'the hold has become the assignment');
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 9101), :'s1', 'the locker has its owner');
SELECT ok((SELECT confirmed_at BETWEEN now() AND clock_timestamp() FROM locker_assignments), 'confirmed_at is set');
SELECT is(tap.ledger(1), ARRAY[format('confirm confirmed %s 9101 guarded', :'s1')], 'one row in the ledger');
SELECT is((SELECT (request_id, received_at, assignment_id) FROM locker_decisions WHERE act = 'confirm'),
          (SELECT ('tap'::text, '2026-03-02 12:00:00+09'::timestamptz, assignment_id) FROM locker_assignments),
          'with the request and the assignment');

SELECT is((SELECT (a.confirmed_at, a.decided_at) FROM locker_assignments a),
          (SELECT (d.decided_at, d.decided_at) FROM locker_decisions d WHERE act = 'confirm'), 'at one instant');

-- replayed
CREATE TEMPORARY TABLE again AS SELECT c.* FROM tap.confirm(:'s1', 9101) c;
SELECT is((SELECT (outcome, locker_id, state)::text FROM again), '(replayed,9101,confirmed)', 'again is the same confirmation');
SELECT is(tap.ledger(1), ARRAY[format('confirm replayed %s 9101 unguarded', :'s1')], 'the ledger tells it');
SELECT is(tap.states(:'s1'), ARRAY['9101 confirmed'], 'nothing else has changed');
UPDATE locker_assignments SET hold_expires_at = clock_timestamp() - interval '1 day';
SELECT is((tap.confirm(:'s1', 9101)).outcome, 'replayed', 'a day later too');

-- hold_not_found: never held, ran out, given back, another's
SELECT is((SELECT c::text FROM tap.confirm(:'s2', 9102) c),
    format('(hold_not_found,,%s,"정보관 2층",,,,,)', (SELECT location_id FROM locker_info WHERE locker_id = 9102)), 'never held');
SELECT is(tap.ledger(1), ARRAY[format('confirm hold_not_found %s 9102 unguarded', :'s2')], 'the ledger tells it');
SELECT is((tap.confirm(:'s2', 9101)).outcome, 'hold_not_found', 'confirmed by another');
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 9101), :'s1', 'whose it stays');
SELECT tap.hold(:'s3', 9103) \gset
SELECT is((tap.confirm(:'s2', 9103)).outcome, 'hold_not_found', 'held by another');
SELECT is((tap.confirm(:'s3', 9102)).outcome, 'hold_not_found', 'holding another locker');
SELECT is(tap.states(:'s3'), ARRAY['9103 hold'], 'which is still held');
SELECT tap.run_out(:'s3') \gset
SELECT is((tap.confirm(:'s3', 9103)).outcome, 'hold_not_found', 'ran out');
SELECT is((SELECT owner FROM locker_info WHERE locker_id = 9103), NULL, 'and nobody owns it');
SELECT is(tap.shown(9103), 'available', 'and it is free');
SELECT tap.hold(:'s4', 9104), tap.release_hold(:'s4', 9104) \gset
SELECT is((tap.confirm(:'s4', 9104)).outcome, 'hold_not_found', 'given back');

-- locker_not_found
SELECT is((SELECT c::text FROM tap.confirm(:'s2', 9999) c), '(locker_not_found,,,,,,,,)', 'no such locker');
SELECT is(tap.ledger(1), ARRAY[format('confirm locker_not_found %s 9999 unguarded', :'s2')], 'the ledger tells it');

-- A hold outlives the period it was made in.
SELECT tap.hold(:'s2', 9102) \gset
UPDATE application_periods SET closes_at = clock_timestamp();
SELECT is((tap.confirm(:'s2', 9102)).outcome, 'confirmed', 'confirmed after the period has ended');
DELETE FROM application_periods;
SELECT is((tap.confirm(:'s2', 9102)).outcome, 'replayed', 'and again without any period');

-- Slips of the hand. An owner written by hand is nobody's to take: not by a hold, not by confirming an earlier hold.
SELECT tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(5) AS s5, tap.student(6) AS s6, tap.student(7) AS s7, tap.student(8) AS s8 \gset
UPDATE locker_info SET owner = :'s5' WHERE locker_id = 9105;
SELECT is((tap.hold(:'s6', 9105)).outcome, 'locker_taken', 'owner without an assignment: it cannot be held');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), NULL, 'no decision made it so');
SELECT is((tap.hold(:'s5', 9106)).outcome, 'already_assigned', 'and its owner cannot hold another');
SELECT is((tap.confirm(:'s5', 9105)).outcome, 'replayed', 'its owner has it');
SELECT tap.hold(:'s6', 9107) \gset
UPDATE locker_info SET owner = :'s7' WHERE locker_id = 9107;
SELECT is((tap.confirm(:'s6', 9107)).outcome, 'hold_not_found', 'given to another by hand during a hold: not confirmed');
SELECT is(tap.states(:'s6'), ARRAY['9107 hold'], 'a hold that lives is left to run out');
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 9107), :'s7', 'the hand''s decision stands');
SELECT tap.hold(:'s8', 9108) \gset
UPDATE locker_info SET owner = :'s8' WHERE locker_id = 9109;
SELECT lives_ok(format('SELECT tap.confirm(%L, 9108)', :'s8'), 'owner of another by hand during a hold: an answer, no error');
SELECT is((SELECT count(*) FROM locker_info WHERE owner = :'s8'), 1::bigint, 'and still one locker');
UPDATE locker_info SET owner = NULL WHERE locker_id = 9101;
SELECT tap.student(9) AS s9 \gset
SELECT is((tap.hold(:'s9', 9101)).outcome, 'locker_taken', 'assignment without an owner: it cannot be held');
SELECT tap.student(10) AS s10, tap.student(11) AS s11 \gset
SELECT tap.hold(:'s10', 9106), tap.run_out(:'s10') \gset
UPDATE locker_info SET owner = :'s11' WHERE locker_id = 9106;
SELECT is((tap.hold(:'s9', 9106)).outcome, 'locker_taken', 'given by hand where a hold ran out: it cannot be held');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), NULL, 'and not for the sake of what ran out');
SELECT is((tap.confirm(:'s10', 9106)).outcome, 'hold_not_found', 'nor is that confirmed');

\ir support/finish.psql
