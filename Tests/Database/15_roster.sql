-- The council's list: who signs in and registers by it, the brake that both share with every guess, and what a changed list does
-- to sessions.
\ir support/start.psql
SELECT plan(71);

-- Asked as a worker does: 5 failures in 300 s. p_registers: as login-or-register does.
CREATE FUNCTION tap.sign_in(p_student text, p_name text, p_phone text, p_registers boolean DEFAULT true,
                            p_registration text DEFAULT 'roster') RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM auth_sign_in(p_student, p_name, p_phone, p_registration, p_registers,
        sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(), 3600, 7200, 'curl/8', '127.0.0.0', 20, 5, 300);
$$;
CREATE FUNCTION tap.register(p_student text, p_name text, p_phone text) RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM auth_register(p_student, p_name, p_phone, 'roster', 5, 300);
$$;
CREATE FUNCTION tap.failures(p_student text) RETURNS int LANGUAGE sql AS $$
    SELECT f.failures FROM auth_failures f WHERE f.student_id = p_student;
$$;
CREATE FUNCTION tap.live(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM v_live_sessions s WHERE s.student_id = p_student;
$$;

SELECT is(tap.sign_in('2099000001', '홍길동', '01090000001'), 'not_listed', 'an empty list: nobody');
SELECT is(tap.failures('2099000001'), 1, 'which is a failure');
SELECT is((SELECT count(*) FROM users), 0::bigint, 'and no account');

INSERT INTO eligible_students (student_id, name, phone_number, eligible, reason, source_file) VALUES
    ('2099000001', '홍길동', '01090000001', true, NULL, '명단.xlsx'),
    ('2099000002', normalize('김철수', NFD), '01090000002', true, NULL, '명단.xlsx'),
    ('2099000003', '이영희', '01090000003', false, '학생회비 미납', '명단.xlsx'),
    ('2099000005', '최민수', '01090000005', true, NULL, '명단.xlsx');

-- In one call: the list, the account and the session.
SELECT is(tap.sign_in('2099000001', '홍길동', '01090000001', false), 'unknown', 'who is listed and has no account, nor asks for one');
SELECT is((SELECT count(*) FROM users), 0::bigint, 'gets none');
SELECT is(tap.failures('2099000001'), 2, 'and that is a failure');
SELECT is(tap.sign_in('2099000001', '홍길동', '01090000001'), 'created', 'the right three');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000001'), '(홍길동,01090000001)', 'an account');
SELECT is(tap.live('2099000001'), 1::bigint, 'and a session');
SELECT is(tap.failures('2099000001'), NULL, 'and the failures are forgiven');
SELECT is(tap.sign_in('2099000001', normalize('홍길동', NFD), '01090000001'), 'signed_in', 'a decomposed name is the same name');
SELECT is(tap.sign_in('2099000001', '홍길동', '01090000001', false), 'signed_in', 'and again without asking for an account');
SELECT is(tap.sign_in('2099000002', '김철수', '01090000002'), 'created', 'also when the list has it decomposed');
SELECT is((SELECT name::text FROM users WHERE student_id = '2099000002'), '김철수', 'the account has it composed');
SELECT is(tap.sign_in('2099000001', '홍길순', '01090000001'), 'not_listed', 'another name');
SELECT is(tap.sign_in('2099000001', '홍길동', '01090000002'), 'not_listed', 'another phone, although somebody''s on the list');
SELECT is(tap.sign_in('2099000003', '이영희', '01090000003'), 'not_listed', 'the right three, but not eligible: no other answer');
SELECT is(tap.failures('2099000001'), 2, 'each counts');
SELECT is(tap.failures('2099000003'), 1, 'whoever it is');
SELECT is(tap.live('2099000001'), 3::bigint, 'and opens no session');

-- The account and the list must say the same, each by itself.
INSERT INTO users (student_id, name, phone_number) VALUES
    ('2099000003', '이영희', '01090000003'), ('2099000004', '박영희', '01090000004');
SELECT is(tap.sign_in('2099000003', '이영희', '01090000003'), 'not_listed', 'an account does not make anybody eligible');
SELECT is(tap.sign_in('2099000004', '박영희', '01090000004'), 'not_listed', 'nor listed');
SELECT is(tap.sign_in('2099000004', '박영희', '01090000004', true, 'open'), 'signed_in', 'where the list does not decide he comes in');
SELECT is(tap.sign_in('2099000004', '박영희', '01090000004', true, 'closed'), 'signed_in', 'also where no accounts are made');
UPDATE eligible_students SET phone_number = '01090000022' WHERE student_id = '2099000002';
SELECT is(tap.sign_in('2099000002', '김철수', '01090000002'), 'not_listed', 'what the account says and the list does not');
SELECT is(tap.sign_in('2099000002', '김철수', '01090000022'), 'invalid', 'what the list says and the account does not');
SELECT is(tap.failures('2099000002'), 2, 'both count');
UPDATE eligible_students SET phone_number = '01090000002' WHERE student_id = '2099000002';
UPDATE eligible_students SET phone_number = '01090000004' WHERE student_id = '2099000005';
SELECT is(tap.sign_in('2099000005', '최민수', '01090000004'), 'phone_number_in_use', 'listed with another''s phone');
SELECT is((SELECT count(*) FROM users WHERE student_id = '2099000005'), 0::bigint, 'no account');
SELECT is(tap.live('2099000005'), 0::bigint, 'and no session');
UPDATE eligible_students SET phone_number = '01090000005' WHERE student_id = '2099000005';

-- A rehearsal's students, whom no list has: their own rows decide.
INSERT INTO users (student_id, name, phone_number, cohort) VALUES ('9900000001', '예행연습1', '000900000001', 'rehearsal-x');
SELECT is(tap.sign_in('9900000001', '예행연습1', '000900000001'), 'signed_in', 'a student of a rehearsal');
SELECT is(tap.sign_in('9900000001', '예행연습2', '000900000001'), 'not_listed', 'told nothing else than others where he is wrong');
SELECT is(tap.sign_in('9900000001', '예행연습2', '000900000001', true, 'open'), 'invalid', 'unless the list does not decide');

-- The brake: exactly five, whoever is on the list or not.
SELECT is(tap.sign_in('2099000001', '홍길동', '01000000000'), 'not_listed', 'failure ' || n) FROM generate_series(3, 5) n;
SELECT is(tap.sign_in('2099000001', '홍길동', '01000000000'), 'too_many_attempts', 'the sixth is not looked at');
SELECT is(tap.sign_in('2099000001', '홍길동', '01090000001'), 'too_many_attempts', 'even when it is right');
SELECT is(tap.sign_in('2099000001', '홍길동', '01090000001', true, 'open'), 'too_many_attempts', 'with whatever registration');
SELECT is(tap.register('2099000001', '홍길동', '01090000001'), 'too_many_attempts', 'a registration is braked by the same failures');
SELECT ok((SELECT retry_after BETWEEN 290 AND 300 FROM auth_register('2099000001', 'x', 'x', 'roster', 5, 300)), 'with the seconds to wait');
SELECT is(tap.failures('2099000001'), 5, 'what is braked is not counted');
SELECT is(tap.sign_in('2099999999', '홍길동', '01090000009'), 'not_listed', 'a stranger, ' || n) FROM generate_series(1, 5) n;
SELECT is(tap.sign_in('2099999999', '홍길동', '01090000009'), 'too_many_attempts', 'a stranger is braked like anybody');
SELECT is(tap.sign_in('2099000002', '김철수', '01090000002'), 'signed_in', 'another student is not affected');

-- Registration
SELECT is(tap.register('2099000005', '최민수', '01090000005'), 'created', 'who is listed');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000005'), '(최민수,01090000005)', 'has an account');
SELECT is(tap.live('2099000005'), 0::bigint, 'and is not signed in');
SELECT is(tap.register('2099000005', normalize('최민수', NFD), '01090000005'), 'student_id_exists', 'once only');
SELECT is(tap.failures('2099000005'), NULL, 'which is no guess');
SELECT is(tap.register('2099000006', '최민수', '01090000006'), 'not_listed', 'who is not, ' || n) FROM generate_series(1, 5) n;
SELECT is(tap.failures('2099000006'), 5, 'guesses');
SELECT is(tap.register('2099000006', '최민수', '01090000006'), 'too_many_attempts', 'and is braked');
SELECT is(tap.sign_in('2099000006', '최민수', '01090000006'), 'too_many_attempts', 'also at the sign-in');
SELECT is((SELECT count(*) FROM users WHERE student_id = '2099000006'), 0::bigint, 'he has no account');

-- The form of an entry
SELECT throws_ok($$INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    VALUES ('2099000004', '박영희', '010-9000-0004', true, 'x')$$, '23514', NULL, 'a phone number that could never match');
SELECT throws_ok($$INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    VALUES ('209900004', '박영희', '01090000004', true, 'x')$$, '23514', NULL, 'a 학번 that could never match');
SELECT throws_ok($$INSERT INTO eligible_students (student_id, name, phone_number, eligible, source_file)
    VALUES ('2099000004', '박영희', '01090000004', false, 'x')$$, '23514', NULL, 'not eligible needs a reason');

-- Struck off the list: signed out, at the commit.
DELETE FROM auth_sessions;
CREATE FUNCTION tap.open(p_student text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(),
                             3600, 7200, NULL, NULL, 20);
$$;
SELECT '2099000001' AS s1, '2099000002' AS s2 \gset
-- What was corrected above is over.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
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
SELECT is(tap.live(:'s1'), 0::bigint, 'who is not eligible any more is signed out');
SELECT is((SELECT count(*) FROM auth_sessions), 0::bigint, 'for good');

\ir support/finish.psql
