-- auth_sign_in: every outcome and the brake on guessing. auth_register: every outcome.
\ir support/start.psql
SELECT plan(51);

SELECT tap.student(1, '홍길동') AS s1, tap.student(2, '김철수') AS s2 \gset

-- A sign-in as a worker asks for it, with fresh secrets; 5 failures in 300 s are allowed.
CREATE FUNCTION tap.sign_in(p_student text, p_name text, p_phone text, p_count_unknown boolean DEFAULT true,
                            OUT outcome text, OUT serial_id bigint, OUT retry_after int) LANGUAGE sql AS $$
    SELECT * FROM auth_sign_in(p_student, p_name, p_phone, p_count_unknown,
        sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(),
        3600, 7200, 'curl/8', '127.0.0.0', 5, 300);
$$;
CREATE FUNCTION tap.failures(p_student text) RETURNS int LANGUAGE sql AS $$
    SELECT f.failures FROM auth_failures f WHERE f.student_id = p_student;
$$;
-- As if p_by had passed since the window began.
CREATE FUNCTION tap.age_window(p_student text, p_by interval) RETURNS void LANGUAGE sql AS $$
    UPDATE auth_failures SET window_started_at = window_started_at - p_by WHERE student_id = p_student;
$$;

-- signed_in
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000001')).outcome, 'signed_in', 'the right three');
SELECT is((SELECT s.serial_id FROM tap.sign_in(:'s1', '홍길동', '01090000001') s),
          (SELECT serial_id FROM users WHERE student_id = :'s1'), 'tells the serial_id');
SELECT is((SELECT count(*) FROM auth_refresh_tokens WHERE student_id = :'s1'), 2::bigint, 'each is a session');
SELECT is((SELECT count(DISTINCT family_id) FROM auth_refresh_tokens), 2::bigint, 'of its own family');
SELECT ok((SELECT bool_and(revoked_at IS NULL AND expires_at - clock_timestamp() BETWEEN '3590 s' AND '3600 s'
                           AND family_expires_at - clock_timestamp() BETWEEN '7190 s' AND '7200 s')
             FROM auth_refresh_tokens), 'alive for as long as asked');
SELECT is((SELECT DISTINCT (user_agent, ip)::text FROM auth_refresh_tokens), '(curl/8,127.0.0.0)', 'device and network');
SELECT is((tap.sign_in(:'s1', normalize('홍길동', NFD), '01090000001')).outcome, 'signed_in', 'a decomposed name is the same name');
UPDATE users SET name = normalize('김철수', NFD) WHERE student_id = :'s2';
SELECT is((tap.sign_in(:'s2', '김철수', '01090000002')).outcome, 'signed_in', 'also when the stored one is decomposed');
SELECT is(tap.failures(:'s1'), NULL, 'no failure is remembered');

-- A lifetime longer than the family's is cut to it.
SELECT outcome FROM auth_sign_in(:'s1', '홍길동', '01090000001', true, sha256('long'), gen_random_uuid(), gen_random_uuid(),
    7200, 60, repeat('x', 500), repeat('1', 100), 5, 300) \gset
SELECT ok((SELECT expires_at - family_expires_at < interval '1 second' FROM auth_refresh_tokens WHERE token_hash = sha256('long')),
    'a token never outlives its family');
SELECT is((SELECT (length(user_agent), length(ip))::text FROM auth_refresh_tokens WHERE token_hash = sha256('long')),
    '(120,45)', 'what a client sends is cut to the column and never fails');

-- invalid, and the brake: exactly five
SELECT is((tap.sign_in(:'s1', '김철수', '01090000001')).outcome, 'invalid', 'another name');
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000002')).outcome, 'invalid', 'another phone, although somebody''s');
SELECT is((tap.sign_in(:'s1', '홍길동 ', '01090000001')).outcome, 'invalid', 'white space is the worker''s to trim');
SELECT is(tap.failures(:'s1'), 3, 'three failures');
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000001')).outcome, 'signed_in', 'the right answer is still taken');
SELECT is(tap.failures(:'s1'), NULL, 'and forgives the failures');
SELECT is((tap.sign_in(:'s1', 'x', 'x')).outcome, 'invalid', 'failure ' || n) FROM generate_series(1, 5) n;
SELECT is((tap.sign_in(:'s1', 'x', 'x')).outcome, 'too_many_attempts', 'the sixth is not looked at');
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000001')).outcome, 'too_many_attempts', 'even when it is right');
SELECT ok((SELECT s.retry_after BETWEEN 290 AND 300 FROM tap.sign_in(:'s1', 'x', 'x') s), 'with the seconds to wait');
SELECT is((SELECT s.serial_id FROM tap.sign_in(:'s1', '홍길동', '01090000001') s), NULL, 'and nothing told');
SELECT is(tap.failures(:'s1'), 5, 'what is braked is not counted');
SELECT is((tap.sign_in(:'s2', '김철수', '01090000002')).outcome, 'signed_in', 'another student is not affected');

-- The window is fixed: no attempt prolongs it.
SELECT tap.age_window(:'s1', '299 seconds') \gset
SELECT is((tap.sign_in(:'s1', 'x', 'x')).outcome, 'too_many_attempts', 'still braked at its end');
SELECT is((SELECT s.retry_after FROM tap.sign_in(:'s1', 'x', 'x') s), 1, 'one second to wait, never zero');
SELECT tap.age_window(:'s1', '1 second') \gset
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000001')).outcome, 'signed_in', 'after it the right answer is taken');
SELECT is((tap.sign_in(:'s1', 'x', 'x')).outcome, 'invalid', 'and a wrong one');
SELECT is(tap.failures(:'s1'), 1, 'begins a new window');
SELECT ok((SELECT window_started_at > clock_timestamp() - interval '10 seconds' FROM auth_failures), 'from now');

-- A failure in a window after another, without a sign-in between.
UPDATE auth_failures SET failures = 4;
SELECT tap.age_window(:'s1', '301 seconds') \gset
SELECT is((tap.sign_in(:'s1', 'x', 'x')).outcome, 'invalid', 'old failures');
SELECT is(tap.failures(:'s1'), 1, 'do not count');

-- unknown: braked alike, so that the answer does not tell who exists
SELECT is((tap.sign_in('2099999999', '홍길동', '01090000009')).outcome, 'unknown', 'nobody, ' || n) FROM generate_series(1, 5) n;
SELECT is((tap.sign_in('2099999999', '홍길동', '01090000009')).outcome, 'too_many_attempts', 'nobody is braked like somebody');
SELECT is((tap.sign_in('2099999998', '홍길동', '01090000008', false)).outcome, 'unknown', 'login-or-register: unknown');
SELECT is(tap.failures('2099999998'), NULL, 'is not a failure: the student is registered next');

-- register
SELECT is(auth_register('2099000011', normalize('이영희', NFD), '01090000011'), 'created', 'created');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000011'), '(이영희,01090000011)',
    'the name is stored composed');
SELECT is(auth_register('2099000011', '이영희', '01090000011'), 'student_id_exists', 'the same again: no second account');
SELECT is(auth_register('2099000011', '박영희', '01090000012'), 'student_id_exists', 'a known 학번 with other data: refused');
SELECT is(auth_register('2099000012', '이영희', '01090000011'), 'phone_number_in_use', 'a known phone');
SELECT is(auth_register('2099000011', '이영희', '01090000001'), 'student_id_exists', 'both known: 학번 first');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000011'), '(이영희,01090000011)',
    'a refusal changes nothing');

\ir support/finish.psql
