-- auth_check_roster: every outcome, the brake it shares with the sign-in; what a changed list does to sessions.
\ir support/start.psql
SELECT plan(30);

-- The check as a worker asks for it: 5 failures in 300 s.
CREATE FUNCTION tap.check(p_student text, p_name text, p_phone text) RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM auth_check_roster(p_student, p_name, p_phone, 5, 300);
$$;
CREATE FUNCTION tap.failures(p_student text) RETURNS int LANGUAGE sql AS $$
    SELECT f.failures FROM auth_failures f WHERE f.student_id = p_student;
$$;

SELECT is(tap.check('2099000001', '홍길동', '01090000001'), 'not_listed', 'an empty list: nobody');
SELECT is(tap.failures('2099000001'), 1, 'which is a failure');

INSERT INTO eligible_students (student_id, name, phone_number, eligible, reason, source_file) VALUES
    ('2099000001', '홍길동', '01090000001', true, NULL, '명단.xlsx'),
    ('2099000002', normalize('김철수', NFD), '01090000002', true, NULL, '명단.xlsx'),
    ('2099000003', '이영희', '01090000003', false, '학생회비 미납', '명단.xlsx');
SELECT is(tap.check('2099000001', '홍길동', '01090000001'), 'listed', 'the right three');
SELECT is(tap.check('2099000001', normalize('홍길동', NFD), '01090000001'), 'listed', 'a decomposed name is the same name');
SELECT is(tap.check('2099000002', '김철수', '01090000002'), 'listed', 'also when the list has it decomposed');
SELECT is(tap.check('2099000001', '홍길순', '01090000001'), 'not_listed', 'another name');
SELECT is(tap.check('2099000001', '홍길동', '01090000002'), 'not_listed', 'another phone, although somebody''s on the list');
SELECT is(tap.check('2099000003', '이영희', '01090000003'), 'not_listed', 'the right three, but not eligible: no other answer');
SELECT is(tap.failures('2099000001'), 3, 'each counts');
SELECT is(tap.failures('2099000003'), 1, 'whoever it is');

-- The brake: exactly five, shared with the sign-in, for whoever is on the list or not.
SELECT is(tap.check('2099000001', '홍길동', '01000000000'), 'not_listed', 'failure ' || n) FROM generate_series(4, 5) n;
SELECT is(tap.check('2099000001', '홍길동', '01000000000'), 'too_many_attempts', 'the sixth is not looked at');
SELECT is(tap.check('2099000001', '홍길동', '01090000001'), 'too_many_attempts', 'even when it is right');
SELECT ok((SELECT retry_after BETWEEN 290 AND 300 FROM auth_check_roster('2099000001', 'x', 'x', 5, 300)), 'with the seconds to wait');
SELECT is((SELECT outcome FROM auth_sign_in('2099000001', '홍길동', '01090000001', true, sha256('r'), gen_random_uuid(),
    gen_random_uuid(), 60, 60, NULL, NULL, 5, 300)), 'too_many_attempts', 'a sign-in is braked by the same failures');
SELECT is(tap.check('2099999999', '홍길동', '01090000009'), 'not_listed', 'a stranger, ' || n) FROM generate_series(1, 5) n;
SELECT is(tap.check('2099999999', '홍길동', '01090000009'), 'too_many_attempts', 'a stranger is braked like anybody');
SELECT is(tap.check('2099000002', '김철수', '01090000002'), 'listed', 'another student is not affected');

-- The form of an entry
SELECT throws_ok($$INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    VALUES ('2099000004', '박영희', '010-9000-0004', true, 'x')$$, '23514', NULL, 'a phone number that could never match');
SELECT throws_ok($$INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    VALUES ('209900004', '박영희', '01090000004', true, 'x')$$, '23514', NULL, 'a 학번 that could never match');
SELECT throws_ok($$INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    VALUES ('2099000004', '박영희', '01090000004', false, 'x')$$, '23514', NULL, 'not eligible needs a reason');

-- Struck off the list: signed out, at the commit.
SELECT tap.student(1, '홍길동') AS s1, tap.student(2, '김철수') AS s2 \gset
CREATE FUNCTION tap.live(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM auth_refresh_tokens t WHERE t.student_id = p_student AND t.revoked_at IS NULL;
$$;
CREATE FUNCTION tap.open(p_student text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(),
                             3600, 7200, NULL, NULL);
$$;
SELECT tap.open(:'s1'), tap.open(:'s1'), tap.open(:'s2') \gset
-- A list that is replaced as a whole, in one transaction.
CREATE TEMPORARY TABLE before AS SELECT * FROM eligible_students;
DELETE FROM eligible_students;
INSERT INTO eligible_students SELECT * FROM before WHERE student_id <> '2099000002';
SELECT is(tap.live(:'s2'), 1::bigint, 'not before the commit');
SET CONSTRAINTS ALL IMMEDIATE;
SELECT is(tap.live(:'s1'), 2::bigint, 'who is still on the list stays signed in');
SELECT is(tap.live(:'s2'), 0::bigint, 'who is not is signed out');
UPDATE eligible_students SET eligible = false, reason = '휴학' WHERE student_id = :'s1';
SELECT is((SELECT DISTINCT revoke_reason FROM auth_refresh_tokens WHERE student_id = :'s1'), 'operator',
    'who is not eligible any more is signed out');

\ir support/finish.psql
