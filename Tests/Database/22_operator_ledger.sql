-- Operators' acts in the ledger: each row names its act, what goes out of service has its row, and what an undo takes back
-- is whole. That they agree with owners and assignments after each act is judged by Tests/Operations/test_verify.py.
\ir support/start.psql
SELECT plan(27);

\ir support/operator.psql

CREATE FUNCTION tap.undo_last() RETURNS jsonb LANGUAGE sql AS $$
    SELECT tap.act(format('operator_undo(%s)', (SELECT max(audit_id) FROM operator_audit)));
$$;
-- The rows of the newest act, oldest first: 'act outcome student locker'.
CREATE FUNCTION tap.told() RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(format('%s %s %s %s', d.act, d.outcome, d.student_id, d.locker_id) ORDER BY d.decision_id), '{}')
      FROM locker_decisions d WHERE d.audit_id = (SELECT max(audit_id) FROM operator_audit);
$$;

-- Each row names its act; what students do names none.
SELECT is((tap.hold(:'s2', 9105)).outcome, 'held', 'a student holds');
SELECT is((SELECT audit_id FROM locker_decisions), NULL, 'of his own will');
SELECT is(tap.act(format('operator_assign(%L, 9101)', :'s1')) ->> 'error', NULL, 'assign');
SELECT is(tap.told(), ARRAY[format('operator assigned %s 9101', :'s1')], 'names its act');
SELECT is(tap.act(format('operator_move(%L, 9102)', :'s1')) ->> 'error', NULL, 'move');
SELECT is(tap.told(), ARRAY[format('operator released %s 9101', :'s1'), format('operator assigned %s 9102', :'s1')],
    'gives one back and then another');
SELECT is(tap.undo_last() ->> 'error', NULL, 'its undo');
SELECT is(tap.told(), ARRAY[format('operator released %s 9102', :'s1'), format('operator assigned %s 9101', :'s1')],
    'tells it in the order in which it was');
SELECT is((SELECT bool_and(in_ledger) FROM operator_audit), true, 'acts from now on are told of');

-- Out of service and back, in whatever way.
SELECT is(tap.act('operator_locker_disable(9103, true)') ->> 'error', NULL, 'disable');
SELECT is(tap.told(), ARRAY['operator disabled  9103'], 'is told');
SELECT is(tap.undo_last() ->> 'error', NULL, 'its undo');
SELECT is(tap.told(), ARRAY['operator enabled  9103'], 'is told');
SELECT is(tap.act('operator_locker_disable(9104, true)') ->> 'error', NULL, 'another');
SELECT is((SELECT tap.act(format('operator_lockers_import(%L)', jsonb_agg(jsonb_build_object('locker_id', l.locker_id, 'location', '정보관 2층'))))
             FROM locker_info l WHERE l.locker_id <> 9104) -> 'deleted', '[9104]', 'an import without it');
SELECT is(tap.told(), ARRAY['operator removed  9104'], 'is told');
UPDATE locker_info SET disabled_at = clock_timestamp() WHERE locker_id = 9106;
SELECT is((SELECT count(*) FROM locker_decisions WHERE locker_id = 9106), 0::bigint, 'by hand it is not');

-- A setting that a worker may set to anything is no act.
SELECT tap.release_hold(:'s2', 9105) \gset
SELECT set_config('locker.audit_id', (SELECT max(audit_id) FROM operator_audit)::text, true) \gset
UPDATE operator_audit SET transaction_id = '3';
SELECT is((tap.hold(:'s2', 9105)).outcome, 'held', 'a hold under a forged act');
SELECT is((SELECT audit_id FROM locker_decisions WHERE decision_id = tap.newest_decision()), NULL, 'names none');
SELECT set_config('locker.audit_id', '', true) \gset

-- The locker of the student who held it: the undo gives it back, and not only its owner.
SELECT is(tap.act(format('operator_assign(%L, 9105)', :'s2')) ->> 'error', NULL, 'assigned to who holds it');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone');
SELECT is(tap.shown(9105), 'available', 'it is free');
SELECT is((tap.hold(:'s2', 9105)).outcome, 'held', 'and its student may hold again');

-- A semester's end takes a live hold and a stale one; its undo brings both back as history, with the ends that the ledger
-- gave them.
SELECT tap.hold(:'s3', 9102, 0) \gset
SELECT is(tap.act('operator_semester_close(''2026-2'', ''30 days'')') ->> 'released', '2', 'a locker and a live hold end by it');
SELECT is((SELECT outcome FROM locker_decisions WHERE locker_id = 9102 ORDER BY decision_id DESC LIMIT 1), 'expired',
    'a stale hold has run out');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone');
SELECT is(tap.states(:'s1') || tap.states(:'s2') || tap.states(:'s3'), ARRAY['9101 confirmed', '9102 cancelled',
    '9105 cancelled', '9105 cancelled', '9105 cancelled', '9102 expired'], 'everything is back');

\ir support/finish.psql
