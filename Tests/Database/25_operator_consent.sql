-- What an act takes away is counted, so that it is asked for; and what lists of lockers and students do.
\ir support/start.psql
SELECT plan(39);

\ir support/operator.psql
CREATE FUNCTION tap.undo_last() RETURNS jsonb LANGUAGE sql AS $$
    SELECT tap.act(format('operator_undo(%s)', (SELECT max(audit_id) FROM operator_audit)));
$$;
CREATE FUNCTION tap.destroyed() RETURNS int LANGUAGE sql AS $$
    SELECT operator_destroyed((SELECT max(audit_id) FROM operator_audit));
$$;
CREATE FUNCTION tap.roster(p_eligible boolean, p_students text[], p_add boolean DEFAULT false) RETURNS jsonb LANGUAGE sql AS $$
    SELECT tap.act(format('operator_roster_import(%L, ''x'', %L)', (
        SELECT jsonb_agg(jsonb_build_object('student_id', s, 'name', '홍길동', 'phone_number', '01090000001',
                                            'eligible', p_eligible, 'reason', CASE WHEN NOT p_eligible THEN '미납' END))
          FROM unnest(p_students) s), p_add));
$$;
CREATE FUNCTION tap.import(p_lockers int[]) RETURNS jsonb LANGUAGE sql AS $$
    SELECT tap.act(format('operator_lockers_import(%L)', (
        SELECT jsonb_agg(jsonb_build_object('locker_id', l, 'location', '정보관 2층')) FROM unnest(p_lockers) l)));
$$;

-- Rights
SELECT is(tap.try_as('locker_operator', 'SELECT operator_destroyed(1)'), 'ok', 'the operator may ask');
SELECT is(tap.try_as('locker_operator', 'SELECT operator_undo_rows(1)'), '42501', 'but not go round the undo');
SELECT is(tap.try_as('locker_operator', 'SELECT operator_roster_sessions()'), '42501', 'nor sign anybody out');

-- The roster: who may no longer apply, and who is signed out, now and not only at the commit.
SELECT is(tap.roster(true, ARRAY[:'s1', :'s2']) ->> 'new', '2', 'two are listed');
SELECT is(tap.destroyed(), 0, 'which takes nothing away');
SELECT auth_open_session(:'s1', sha256('x'), gen_random_uuid(), gen_random_uuid(), 600, 6000, NULL, NULL, 20) \gset
SELECT is(tap.roster(false, ARRAY[:'s1', :'s2']) -> 'sessions', '1', 'one who may no longer apply is signed out');
SELECT is((SELECT count(*) FROM v_live_sessions), 0::bigint, 'at once');
SELECT is(tap.destroyed(), 2, 'both are counted');
SELECT is(tap.roster(true, ARRAY['2099000044'], true) - 'sessions', '{"new": 1, "changed": 0, "gone": 0, "total": 3}',
    'adding leaves the others where they are');
SELECT is(tap.roster(true, ARRAY['2099000044']) -> 'gone', '2', 'replacing does not');
SELECT is(tap.destroyed(), 2, 'and they are counted');
SELECT auth_open_session('2099000002', sha256('y'), gen_random_uuid(), gen_random_uuid(), 600, 6000, NULL, NULL, 20) \gset
SELECT is(tap.roster(true, ARRAY[:'s2'], true) ->> 'error', NULL, 'another is added');
SELECT is(tap.undo_last() -> 'sessions', '1', 'and the undo says whom it signs out');

-- Periods
SELECT is(tap.act('operator_period_set(clock_timestamp() + interval ''1 day'', clock_timestamp() + interval ''2 days'', false)') ->> 'error',
    'period_is_open', 'an open period is not closed on the way');
SELECT is(tap.act('operator_period_set(clock_timestamp() - interval ''5 minutes'', clock_timestamp() + interval ''2 days'', true)') ->> 'error',
    NULL, 'it may be moved');
SELECT is(tap.destroyed(), 0, 'which takes nothing away while it stays open');
SELECT is(tap.act('operator_period_close()') ->> 'error', NULL, 'closed');
SELECT is(tap.destroyed(), 1, 'is counted');
SELECT is(tap.undo_last() ->> 'error', NULL, 'open again');
SELECT is(tap.destroyed(), 0, 'is not');
SELECT is(tap.act('operator_period_set(clock_timestamp() + interval ''1 day'', clock_timestamp() + interval ''2 days'', true)') ->> 'error',
    NULL, 'by force it can be');
SELECT is(tap.destroyed(), 1, 'and is counted');
SELECT is(tap.undo_last() ->> 'error', NULL, 'back');

-- Lockers: a wrong list, and the right one after it.
SELECT tap.hold(:'s1', 9101), tap.release_hold(:'s1', 9101), tap.hold(:'s1', 9102), tap.release_hold(:'s1', 9102) \gset
SELECT is(tap.act('operator_locker_disable(9102, true)') ->> 'error', NULL, 'one is broken');
SELECT is(tap.import(ARRAY[9105, 9106]) -> 'disabled', '[9101]', 'a list without one that has a history');
SELECT is(tap.destroyed(), 3, 'counts it, beside the two that go');
SELECT is(tap.import(ARRAY[9101, 9102, 9103, 9104, 9105, 9106]) - 'kept',
    '{"new": [9103, 9104], "total": 6, "broken": [9102], "changed": [], "deleted": [], "enabled": [9101], "disabled": []}',
    'a list that has it again brings it back, and tells of the broken one');
SELECT is(tap.shown(9101), 'available', 'it can be held');
SELECT is(tap.shown(9102), 'disabled', 'the broken one cannot');
SELECT is(tap.destroyed(), 0, 'nothing was taken away');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone');
SELECT is(tap.shown(9101), 'disabled', 'it is out again');
SELECT is(tap.import(ARRAY[9101, 9102, 9105, 9106]) -> 'enabled', '[9101]', 'and comes back again');
SELECT is(tap.import(ARRAY[9105, 9106]) -> 'disabled', '[9101]', 'off the list once more');
SELECT is(tap.act('operator_locker_disable(9101, false)') ->> 'error', NULL, 'put back by its number');
SELECT is(tap.act('operator_locker_disable(9101, true)') ->> 'error', NULL, 'and found broken');
SELECT is(tap.import(ARRAY[9101, 9102, 9105, 9106]) -> 'broken', '[9101, 9102]', 'then it stays so');
SELECT is((SELECT count(*) FROM locker_info WHERE unlisted_at IS NOT NULL), 0::bigint, 'for what it is');
SELECT throws_ok('UPDATE locker_info SET unlisted_at = clock_timestamp() WHERE locker_id = 9105', '23514', NULL,
    'off the list and in service at once is nothing');

\ir support/finish.psql
