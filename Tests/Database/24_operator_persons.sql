-- A student is one person for the operator: on the roster, in the ledger after a change of 학번, and when erased.
\ir support/start.psql
SELECT plan(61);

\ir support/operator.psql
CREATE FUNCTION tap.undo_last() RETURNS jsonb LANGUAGE sql AS $$
    SELECT tap.act(format('operator_undo(%s)', (SELECT max(audit_id) FROM operator_audit)));
$$;
CREATE FUNCTION tap.check(p_student text, p_name text, p_phone text) RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM auth_sign_in(p_student, p_name, p_phone, 'roster', false, sha256(gen_random_uuid()::text::bytea),
                                     gen_random_uuid(), gen_random_uuid(), 3600, 7200, NULL, NULL, 20, 5, 300);
$$;
-- The ledger, to the letter.
CREATE FUNCTION tap.whole_ledger() RETURNS text LANGUAGE sql AS $$
    SELECT md5(string_agg(d::text, E'\n' ORDER BY d.decision_id)) FROM locker_decisions d;
$$;
-- Everything that could name somebody.
CREATE FUNCTION tap.everything() RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(line, E'\n') FROM (
        SELECT u::text FROM users u UNION ALL SELECT e::text FROM eligible_students e
        UNION ALL SELECT a::text FROM locker_assignments a UNION ALL SELECT d::text FROM locker_decisions d
        UNION ALL SELECT s::text FROM semester_assignments s UNION ALL SELECT a::text FROM operator_audit a
        UNION ALL SELECT c::text FROM operator_changes c UNION ALL SELECT f::text FROM auth_failures f
        UNION ALL SELECT s::text FROM auth_sessions s) AS t(line);
$$;

-- A rehearsal's student passes by his own row, and only with all three values; a real one does not.
INSERT INTO users (student_id, name, phone_number, cohort) VALUES ('9900000001', '예행연습1', '000900000001', 'rehearsal-x');
SELECT is(tap.check('9900000001', '예행연습1', '000900000001'), 'signed_in', 'a student of a rehearsal');
SELECT is(tap.check('9900000001', '예행연습2', '000900000001'), 'not_listed', 'not under another name');
SELECT is(tap.check('9900000001', '예행연습1', '000900000002'), 'not_listed', 'nor with another phone');
SELECT is(tap.check(:'s1', '홍길동', '01090000001'), 'not_listed', 'whoever is real needs the list');

-- The roster follows.
SELECT is(tap.act('operator_student_add(''2099000010'', ''박민수'', ''01090000010'')') ->> 'error', NULL, 'a student is added');
SELECT is(tap.check('2099000010', '박민수', '01090000010'), 'signed_in', 'and may sign in');
SELECT is(tap.act('operator_student_correct(''2099000010'', ''박민호'', NULL)') ->> 'error', NULL, 'renamed');
SELECT is(tap.check('2099000010', '박민호', '01090000010'), 'signed_in', 'and may sign in');
SELECT is(tap.act('operator_student_correct(''2099000010'', NULL, ''01090000011'')') ->> 'error', NULL, 'another phone');
SELECT is(tap.check('2099000010', '박민호', '01090000011'), 'signed_in', 'and may sign in');
SELECT is(tap.act('operator_student_change_id(''2099000010'', ''2099000011'')') ->> 'error', NULL, 'another 학번');
SELECT is(tap.check('2099000011', '박민호', '01090000011'), 'signed_in', 'and may sign in');
SELECT is((SELECT count(*) FROM eligible_students), 1::bigint, 'under that one alone');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone');
SELECT is((SELECT student_id::text FROM eligible_students), '2099000010', 'it is the former one again');
INSERT INTO eligible_students (student_id, name, phone_number, eligible, reason, source_file) VALUES
    ('2099000020', '남의이름', '01090000020', true, NULL, 'x'), ('2099000021', '박민호', '01090000011', true, NULL, 'x'),
    ('2099000022', '미납자', '01090000022', false, '미납', 'x');
SELECT is(tap.act('operator_student_change_id(''2099000010'', ''2099000021'')') ->> 'error', NULL, 'where the list was corrected first');
SELECT is((SELECT array_agg(student_id::text ORDER BY student_id) FROM eligible_students),
    ARRAY['2099000020', '2099000021', '2099000022'], 'the entry that it replaced goes');
SAVEPOINT here;
SELECT is(tap.act('operator_student_change_id(''2099000021'', ''2099000020'')') ->> 'error', 'roster_names_another',
    'a 학번 that the list gives to another is refused');
ROLLBACK TO here;
SELECT is(tap.act('operator_student_add(''2099000022'', ''미납자'', ''01090000022'')') ->> 'error', 'roster_ineligible',
    'nor is anybody made eligible on the way');

-- A change of 학번 by mistake, and back: the ledger is as it was, to the letter, whoever had that 학번 before.
SELECT tap.hold(:'s1', 9101), tap.confirm(:'s1', 9101) \gset
INSERT INTO locker_decisions SELECT nextval('locker_decision_seq'), clock_timestamp(), NULL, NULL, '2099000030', 9102, 'hold', 'locker_taken', false;
SELECT tap.whole_ledger() AS before \gset
SELECT is((tap.act(format('operator_student_change_id(%L, ''2099000030'')', :'s1')) ->> 'decisions')::int, 2, 'his two rows go along');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = '2099000030'), 3::bigint, 'beside the one that was there');
SELECT max(audit_id) AS change FROM operator_audit \gset
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone');
SELECT is(tap.whole_ledger(), :'before', 'the ledger is as it was');
SELECT is(tap.undo_last() ->> 'error', NULL, 'and undone again');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = '2099000030'), 3::bigint, 'they go along again');
-- What he does under the name that is taken back is his too.
SELECT is((tap.hold('2099000030', 9102)).outcome, 'already_assigned', 'he tries another under the wrong name');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone for good');
SELECT is((SELECT array_agg(d.outcome::text ORDER BY d.decision_id) FROM locker_decisions d WHERE d.student_id = :'s1'),
    ARRAY['held', 'confirmed', 'already_assigned'], 'and that is his again');
SELECT is((SELECT array_agg(d.outcome::text) FROM locker_decisions d WHERE d.student_id = '2099000030'), ARRAY['locker_taken'],
    'the stranger has what he had');

-- Erased after a real change of 학번: nothing has the former one either.
SELECT is(tap.act(format('operator_student_correct(%L, ''이수'', ''01097777777'')', :'s2')) ->> 'error', NULL, 'a correction');
SELECT is(tap.act(format('operator_student_change_id(%L, ''2099000040'')', :'s2')) ->> 'error', NULL, 'a change of 학번');
SELECT operator_begin('student change-id', jsonb_build_object('student_id', :'s2', 'to', '2099000040'), :'s2' || ' 이수의 요청', 't') \gset
-- He is signed in, has guessed and pressed.
SELECT tap.check('2099000040', '이수', '01097777777') \gset
SELECT is((tap.hold('2099000040', 9104, 60, 60)).outcome, 'held', 'he holds a locker');
SELECT is((SELECT (SELECT count(*) FROM auth_sessions WHERE student_id = '2099000040') || ' '
               || (SELECT count(*) FROM auth_failures WHERE student_id = '2099000040') || ' '
               || (SELECT count(*) FROM attempt_allowances WHERE student_id = '2099000040')), '1 1 1', 'and leaves his traces everywhere');
-- Another's: of the same name, and one whose name begins with it.
SELECT operator_begin('student add', '{"student_id": "2099000050", "name": "이수"}', '동명이인', 't') AS namesake \gset
SELECT operator_begin('student rename', '{"student_id": "2099000051", "name": "이수민"}', '이수민 요청, 01097777777로 연락', 't') AS longer \gset
SELECT set_config('locker.audit_id', '', true) \gset
SELECT is(tap.act('operator_student_erase(''2099000040'')') ->> 'erased', '1', 'erased');
SELECT unalike(tap.everything(), '%' || :'s2' || '%', 'nothing has the former 학번');
SELECT unalike(tap.everything(), '%2099000040%', 'nor the last');
SELECT is((SELECT count(*) FROM attempt_allowances WHERE student_id = '2099000040'), 0::bigint, 'nor does what is left of his attempts');
SELECT is(tap.shown(9104), 'available', 'his locker is free');
SELECT unalike(tap.everything(), '%01097777777%', 'nor the phone, not even in another''s reason');
SELECT unalike(tap.everything(), '%김철수%', 'nor the former name');
SELECT is((SELECT arguments ->> 'name' FROM operator_audit WHERE audit_id = :'namesake'), '이수', 'a namesake keeps his');
SELECT is((SELECT arguments ->> 'name' FROM operator_audit WHERE audit_id = :'longer'), '이수민', 'so does who has a longer one');
SELECT is((SELECT reason FROM operator_audit WHERE audit_id = :'longer'), '이수민 요청, (삭제됨)로 연락', 'and his act its reason');

-- Whom somebody was taken for by mistake, and is himself: he is not erased with the other.
SELECT is(tap.act(format('operator_student_change_id(%L, ''2099000060'')', :'s3')) ->> 'error', NULL, 'by mistake');
SELECT is(tap.undo_last() ->> 'error', NULL, 'undone');
INSERT INTO users (student_id, name, phone_number) VALUES ('2099000060', '참주인', '01090000060');
SELECT tap.hold('2099000060', 9105) \gset
SELECT is(tap.act(format('operator_student_erase(%L)', :'s3')) ->> 'erased', '1', 'the other is erased');
SELECT is((SELECT name::text FROM users WHERE student_id = '2099000060'), '참주인', 'he is there');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = '2099000060'), 1::bigint, 'and his attempt');

-- Without an account: after a semester's end, and on the roster alone. For everybody else the end can be taken back.
SELECT is(tap.act('operator_semester_close(''2026-2'', ''30 days'')') ->> 'error', NULL, 'a semester ends');
SELECT max(audit_id) AS closing FROM operator_audit \gset
SELECT is((tap.act('operator_student_erase(''2099000060'')') ->> 'archived')::int, 1, 'a student of it is erased');
SELECT unalike(tap.everything(), '%2099000060%', 'no archive has him');
SELECT unalike(tap.everything(), '%참주인%', 'no image');
SELECT is(tap.act(format('operator_undo(%s)', :'closing')) ->> 'error', NULL, 'the end is taken back');
SELECT ok((SELECT array_agg(student_id::text) FROM users) @> ARRAY[:'s1'], 'the others are there again');
SELECT is((SELECT count(*) FROM users WHERE name = '참주인'), 0::bigint, 'and he is not');
INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file) VALUES ('2099000070', '명단뿐', '01090000070', true, 'x');
SELECT is(tap.act('operator_student_erase(''2099000070'')') ->> 'erased', '1', 'who is on the roster alone is erased');
SELECT unalike(tap.everything(), '%명단뿐%', 'from it and from the images');
SELECT is(tap.act('operator_student_erase(''2099000070'')') ->> 'error', 'student_not_found', 'then he is nowhere');

-- An odd 학번 of an old server is forgotten like all others.
INSERT INTO users (student_id, name, phone_number, adopted) VALUES ('20231', '옛학번', '01090000080', true);
SELECT tap.hold('20231', 9106) \gset
SELECT is(tap.act('operator_semester_close(''2027-1'', ''30 days'')') ->> 'error', NULL, 'his semester ends');
UPDATE semesters SET keep_until = clock_timestamp();
SELECT cmp_ok(operator_semesters_forget(), '>', 0, 'its time is over');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id !~ '^x[0-9a-f]{16}$'), 0::bigint, 'the ledger names nobody');

\ir support/finish.psql
