-- A hold: every outcome, what it answers, what it writes.
\ir support/start.psql
SELECT plan(48);

SELECT tap.lockers(9101, 9109), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.student(3) AS s3, tap.student(4) AS s4 \gset

-- held
CREATE TEMPORARY TABLE first AS SELECT h.* FROM tap.hold(:'s1', 9101, 60) h;
SELECT is((SELECT (outcome, locker_id, location_name, state)::text FROM first), '(held,9101,"정보관 2층",held)',
    'held: the locker as it is now');
SELECT location_id AS place FROM locker_info WHERE locker_id = 9101 \gset
SELECT is((SELECT location_id FROM first), (SELECT location_id FROM locker_info WHERE locker_id = 9101), 'and its place');
SELECT is((SELECT seconds_left FROM first), 60, '60 whole seconds are left');
SELECT ok((SELECT expires_at - clock_timestamp() BETWEEN '58 seconds' AND '60 seconds' FROM first), 'it runs out in 60 s');
SELECT is((SELECT (opens_at, closes_at)::text FROM first), '(,)', 'no instants of the period');
SELECT is(tap.states(:'s1'), ARRAY['9101 hold'], 'one assignment');
SELECT is((SELECT hold_expires_at FROM locker_assignments WHERE student_id = :'s1'), (SELECT expires_at FROM first),
    'the answer is what stands in the table');
SELECT is(tap.shown(9101), 'held', 'the list shows it held');
SELECT is((SELECT owner FROM locker_info WHERE locker_id = 9101), NULL, 'a hold owns nothing');
SELECT is(tap.ledger(1), ARRAY[format('hold held %s 9101 guarded', :'s1')], 'one row in the ledger, guarded');
SELECT is((SELECT count(*) FROM locker_decisions), 1::bigint, 'and only one');
SELECT is((SELECT (d.request_id, d.received_at, d.assignment_id, d.decision_id, d.lost_to) FROM locker_decisions d),
          (SELECT ('tap'::text, '2026-03-02 12:00:00+09'::timestamptz, a.assignment_id, a.decision_id, NULL::bigint)
             FROM locker_assignments a), 'request, arrival, assignment; the assignment carries the number');
SELECT ok((SELECT decided_at BETWEEN now() AND clock_timestamp() FROM locker_decisions), 'decided by the database''s clock');
SELECT is((SELECT (a.created_at, a.decided_at, a.hold_expires_at) FROM locker_assignments a),
          (SELECT (d.decided_at, d.decided_at, d.decided_at + interval '60 seconds') FROM locker_decisions d),
    'one instant for the row, the assignment and its expiry');
SELECT tap.newest_decision() AS won \gset

-- replayed
CREATE TEMPORARY TABLE again AS SELECT h.* FROM tap.hold(:'s1', 9101, 600) h;
SELECT is((SELECT outcome FROM again), 'replayed', 'the same locker again is the same hold');
SELECT is((SELECT expires_at FROM again), (SELECT expires_at FROM first), 'with the unchanged expiry');
SELECT is((SELECT (locker_id, location_name, state)::text FROM again), '(9101,"정보관 2층",held)', 'and the same locker');
SELECT ok((SELECT seconds_left BETWEEN 58 AND 60 FROM again), 'and the seconds that are left');
SELECT is(tap.states(:'s1'), ARRAY['9101 hold'], 'still one assignment');
SELECT is(tap.ledger(1), ARRAY[format('hold replayed %s 9101 unguarded', :'s1')], 'the ledger tells it');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), :won::bigint, 'and of which hold');

-- locker_taken by a hold
CREATE TEMPORARY TABLE lost AS SELECT h.* FROM tap.hold(:'s2', 9101) h;
SELECT is((SELECT lost::text FROM lost), format('(locker_taken,,%s,"정보관 2층",,,,,)', :'place'),
    'another student: taken, and nothing told of the winner');
SELECT is(tap.ledger(1), ARRAY[format('hold locker_taken %s 9101 unguarded', :'s2')], 'the loser is in the ledger');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), :won::bigint,
    'and lost_to is the winner''s row');
SELECT is(tap.states(:'s2'), '{}'::text[], 'a loser has no assignment');

-- already_holding
SELECT is((tap.hold(:'s1', 9102)).outcome, 'already_holding', 'one hold at a time');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), :won::bigint, 'it lost to the own hold');
SELECT is(tap.shown(9102), 'available', 'the second locker stays free');

-- locker_not_found: before anything is said of the caller's own state
SELECT is((tap.hold(:'s2', 9999)).outcome, 'locker_not_found', 'no such locker');
SELECT is((tap.hold(:'s1', 9999)).outcome, 'locker_not_found', 'no such locker, for one who holds another too');
SELECT is(tap.ledger(1), ARRAY[format('hold locker_not_found %s 9999 unguarded', :'s1')], 'the ledger tells it');
SELECT is((tap.hold(:'s2', -1)).outcome, 'locker_not_found', 'a negative number is no locker');

-- locker_taken by a confirmed one; already_assigned
SELECT tap.confirm(:'s1', 9101) \gset
SELECT tap.newest_decision() AS confirmed_by \gset
SELECT is((tap.hold(:'s2', 9101)).outcome, 'locker_taken', 'a confirmed locker is taken');
SELECT is((SELECT lost_to FROM locker_decisions WHERE decision_id = tap.newest_decision()), :won::bigint,
    'lost_to is the decision that made the assignment');
SELECT is((tap.hold(:'s1', 9102)).outcome, 'already_assigned', 'one locker a student');
SELECT is((tap.hold(:'s1', 9101)).outcome, 'already_assigned', 'the own confirmed one is not held again');

-- A hold of another length; the same student holds anew after giving back.
SELECT is((SELECT seconds_left FROM tap.hold(:'s2', 9103, 90)), 90, 'as many seconds as asked for');
SELECT tap.release_hold(:'s2', 9103) \gset
SELECT is((tap.hold(:'s2', 9103)).outcome, 'held', 'given back, held again');
SELECT is(tap.states(:'s2'), ARRAY['9103 cancelled', '9103 hold'], 'each hold is a row of its own');

-- application_closed comes before locker_not_found and before the caller's own state, but not before a replay.
UPDATE application_periods SET closes_at = clock_timestamp();
SELECT is((tap.hold(:'s3', 9104)).outcome, 'application_closed', 'closed');
SELECT is(tap.ledger(1), ARRAY[format('hold application_closed %s 9104 unguarded', :'s3')], 'the ledger tells it');
SELECT is((tap.hold(:'s3', 9999)).outcome, 'application_closed', 'closed, whatever the locker');
SELECT is((tap.hold(:'s2', 9103)).outcome, 'replayed', 'a live hold is told to its holder after the closing too');
SELECT is((tap.hold(:'s1', 9102)).outcome, 'application_closed', 'closed, whatever the caller has');
SELECT is(tap.ledger(3), ARRAY[format('hold application_closed %s 9104 unguarded', :'s3'),
    format('hold replayed %s 9103 unguarded', :'s2'), format('hold application_closed %s 9102 unguarded', :'s1')],
    'of each student the ledger tells one press a second');

-- A statement sees only what was committed when it began: under the guard the question is asked a second time.
SELECT volatility_is('locker_decide', 'volatile');
SELECT volatility_is('locker_guard', 'volatile');
SELECT volatility_is('locker_now', 'volatile');

\ir support/finish.psql
