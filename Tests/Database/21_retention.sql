-- What is due is forgotten without an act; the planner's figures are the operator's to refresh.
\ir support/start.psql
SELECT plan(22);

TRUNCATE operator_audit, operator_changes, semesters, semester_assignments, eligible_students;
SELECT tap.lockers(9101, 9103), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2 \gset

-- As lockerctl does: an act with its arguments.
CREATE FUNCTION tap.act(p_command text, p_arguments jsonb, p_call text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_answer jsonb;
BEGIN
    PERFORM operator_begin(p_command, p_arguments, 'a reason', 'tester');
    EXECUTE 'SELECT ' || p_call INTO v_answer;
    PERFORM set_config('locker.audit_id', '', true);
    RETURN v_answer;
END
$$;
CREATE FUNCTION tap.retain() RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_answer jsonb := operator_retention('daily', 'timer');
BEGIN
    PERFORM set_config('locker.audit_id', '', true);
    RETURN v_answer;
END
$$;

SELECT is(tap.retain(), '{"acts": 0, "semesters": [], "assignments": 0, "audit_id": null, "next": null}'::jsonb,
    'an empty database has nothing to forget');
SELECT is((SELECT count(*) FROM operator_audit), 0::bigint, 'and nothing is written about it');

SELECT tap.act('assign', jsonb_build_object('student_id', :'s1', 'locker_id', '9101'), format('operator_assign(%L, 9101)', :'s1')) \gset
SELECT tap.act('location add', '{"name": "새 곳"}', 'operator_location_add(''새 곳'')') \gset
SELECT tap.act('semester close', '{"name": "2026-2"}', 'operator_semester_close(''2026-2'', ''30 days'')') \gset
SELECT is(tap.retain() ->> 'audit_id', NULL, 'within the time nothing is forgotten');
SELECT is((tap.retain() ->> 'next')::timestamptz, (SELECT min(keep_until) FROM semesters), 'it says when the time is over');
SELECT is((SELECT student_id::text FROM semester_assignments), :'s1', 'the archive knows who it was');

UPDATE semesters SET keep_until = clock_timestamp();
SELECT is(tap.retain() - 'audit_id' - 'next', '{"acts": 2, "semesters": ["2026-2"], "assignments": 1}'::jsonb,
    'past it, it is, and with it the images of the acts before it');
SELECT is((SELECT count(*) FROM semester_assignments WHERE student_id = :'s1' OR name IS NOT NULL), 0::bigint, 'by the archive');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = :'s1'), 0::bigint, 'and by the ledger');
SELECT is((SELECT array_agg(command ORDER BY audit_id) FROM operator_audit WHERE reason = 'daily' AND os_user = 'timer'),
    ARRAY['retention run'], 'one row tells of it');
SELECT is((SELECT count(*) FROM operator_changes c JOIN operator_audit a USING (audit_id) WHERE a.command = 'retention run'),
    0::bigint, 'without images: it cannot be taken back');

UPDATE operator_audit SET images_until = clock_timestamp();
SELECT is(tap.retain() - 'audit_id' - 'next', '{"acts": 1, "semesters": [], "assignments": 0}'::jsonb, 'an old act forgets its images');
SELECT is((SELECT count(*) FROM operator_changes), 0::bigint, 'all of them');
SELECT is((SELECT arguments FROM operator_audit WHERE command = 'assign'), '{"locker_id": "9101"}'::jsonb,
    'and whom they were about');
SELECT is((SELECT arguments FROM operator_audit WHERE command = 'location add'), '{"name": "새 곳"}'::jsonb,
    'the name of a place is nobody''s');
SELECT is((SELECT not_undoable FROM operator_audit WHERE command = 'semester close'), 'expired', 'they cannot be taken back');
SELECT is((SELECT array_agg(a.v) FROM (SELECT tap.retain() ->> 'audit_id' UNION ALL SELECT tap.retain() ->> 'audit_id') a(v)),
    ARRAY[NULL, NULL], 'the second run and the third find nothing');

-- An act without images that names a person (sessions ended).
SELECT tap.act('session revoke', jsonb_build_object('student_id', :'s2'), format('operator_sessions_revoke(%L)', :'s2')) \gset
UPDATE operator_audit SET images_until = clock_timestamp();
SELECT is(tap.retain() ->> 'acts', '1', 'it forgets him too');

SELECT is(tap.try_as('locker_operator', statement), expected, statement) FROM (VALUES
    ('SELECT operator_retention(''x'', ''x'')', 'ok'), ('SELECT operator_analyze()', 'ok'),
    ('SELECT operator_forget()', '42501'), ('SELECT operator_semesters_forget()', '42501')
  ) AS t(statement, expected);
SELECT is(tap.try_as('locker_app', 'SELECT operator_retention(''x'', ''x'')'), '42501', 'no worker forgets');

\ir support/finish.psql
