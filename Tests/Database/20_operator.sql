-- The operator's acts in the database: an act leaves its row and its images, can be taken back as long as the world
-- has not moved on, and nothing happens outside an act. The commands themselves are tested in Tests/Operations.
\ir support/start.psql
SELECT plan(49);

\ir support/operator.psql

-- A refusal rolls back, as the caller does; gives the code.
CREATE FUNCTION tap.refused(p_call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_answer jsonb;
BEGIN
    BEGIN
        v_answer := tap.act(p_call);
        RAISE EXCEPTION USING ERRCODE = 'TAP01';
    EXCEPTION WHEN SQLSTATE 'TAP01' THEN
        RETURN v_answer ->> 'error';
    END;
END
$$;
CREATE FUNCTION tap.undo_last() RETURNS jsonb LANGUAGE sql AS $$
    SELECT tap.act(format('operator_undo(%s)', (SELECT max(audit_id) FROM operator_audit)));
$$;

-- Rights
SELECT is(tap.try_as('locker_operator', statement), expected, statement) FROM (VALUES
    ('SELECT operator_assign(''2099000001'', 9101)', '55000'),
    ('SELECT operator_period_close()', '55000'),
    ('INSERT INTO operator_audit (command, reason, os_user) VALUES (''x'', ''x'', ''x'')', '42501'),
    ('DELETE FROM operator_audit', '42501'), ('UPDATE operator_audit SET reason = ''other''', '42501'),
    ('DELETE FROM operator_changes', '42501'), ('UPDATE locker_info SET owner = NULL', '42501'),
    ('DELETE FROM users', '42501'), ('SELECT operator_give(''2099000001'', 9101)', '42501'),
    ('SELECT operator_begin(''x'', ''{}'', '' '', ''x'')', '23514'),
    ('SELECT count(*) FROM locker_assignments', 'ok'), ('SELECT token_hash FROM auth_sessions', 'ok'),
    ('DELETE FROM auth_sessions', '42501'), ('UPDATE attempt_allowances SET left_over = 0', '42501')
  ) AS t(statement, expected);
SELECT is(tap.try_as('locker_app', 'SELECT operator_begin(''x'', ''{}'', ''x'', ''x'')'), '42501', 'no worker opens an act');

-- Assign, move, release
SELECT is(tap.act(format('operator_assign(%L, 9101)', :'s1')) ->> 'error', NULL, 'assign');
SELECT is(tap.shown(9101), 'confirmed', 'the locker is his');
SELECT is(tap.ledger(1), ARRAY[format('operator assigned %s 9101 guarded', :'s1')], 'the ledger tells');
SELECT is((SELECT count(*) FROM operator_changes), 2::bigint, 'both rows are kept');
SELECT is(tap.refused(format('operator_assign(%L, 9101)', :'s2')), 'locker_taken', 'not to two');
SELECT is(tap.refused(format('operator_assign(%L, 9102)', :'s1')), 'student_has_locker', 'not two to one');
SELECT is(tap.refused('operator_assign(''2099999999'', 9102)'), 'student_not_found', 'nobody');
SELECT is(tap.refused(format('operator_assign(%L, 9999)', :'s2')), 'locker_not_found', 'nothing');
SELECT is(tap.act(format('operator_move(%L, 9102)', :'s1')) ->> 'from', '9101', 'move');
SELECT is(ARRAY[tap.shown(9101), tap.shown(9102)], ARRAY['available', 'confirmed'], 'moved');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undo of the move');
SELECT is(ARRAY[tap.shown(9101), tap.shown(9102)], ARRAY['confirmed', 'available'], 'is where he was');
SELECT is(tap.act('operator_release(9101)') ->> 'student_id', :'s1', 'release');
SELECT is(tap.shown(9101), 'available', 'free');
SELECT is((tap.hold(:'s2', 9101, 60)).outcome, 'held', 'another holds it');
SELECT is(tap.refused('operator_undo((SELECT max(audit_id) FROM operator_audit WHERE undo_of IS NULL AND command = ''test'' AND audit_id <> currval(''operator_audit_audit_id_seq'')))'),
    'world_moved_on', 'then the release cannot be taken back');
SELECT is(tap.release_hold(:'s2', 9101), 'released', 'he gives it up');
SELECT is(tap.undo_last() ->> 'error', NULL, 'now it can');
SELECT is(tap.shown(9101), 'confirmed', 'and the first has it again');
SELECT is((tap.confirm(:'s1', 9101)).outcome, 'replayed', 'and the server agrees');

-- Out of service
SELECT is(tap.refused('operator_locker_disable(9101, true)'), 'locker_in_use', 'not while somebody has it');
SELECT is(tap.act('operator_locker_disable(9103, true)') ->> 'disabled', 'true', 'disable');
SELECT is((tap.hold(:'s2', 9103, 60)).outcome, 'locker_disabled', 'nobody holds it');
SELECT is(tap.refused(format('operator_assign(%L, 9103)', :'s2')), 'locker_disabled', 'nor is it given');

-- A person
SELECT is(tap.act(format('operator_student_change_id(%L, ''2099777777'')', :'s1')) ->> 'error', NULL, 'another 학번');
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 9101), '2099777777', 'the locker follows');
SELECT is(tap.undo_last() ->> 'error', NULL, 'back');
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 9101), :'s1', 'the locker too');

-- A semester
SELECT is((tap.act('operator_semester_close(''2026-2'', ''30 days'')') ->> 'confirmed')::int, 1, 'close');
SELECT is((SELECT count(*) FROM users), 0::bigint, 'the accounts are gone');
SELECT is((SELECT array_agg(tap.shown(l) ORDER BY l) FROM unnest(ARRAY[9101, 9102]) l), ARRAY['available', 'available'], 'all free');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undo');
SELECT is((SELECT format('%s %s', count(*), max(owner)) FROM locker_info WHERE owner IS NOT NULL), '1 ' || :'s1', 'as it was');
SELECT is((SELECT count(*) FROM semester_assignments), 0::bigint, 'no archive is left');

\ir support/finish.psql
