-- auth_sign_in: every outcome and the brake on guessing. auth_register: every outcome. What the council's list has to do with
-- both is 15_roster.sql's.
\ir support/start.psql
SELECT plan(92);

SELECT tap.student(1, '홍길동') AS s1, tap.student(2, '김철수') AS s2 \gset

-- A sign-in as a worker asks for it, with fresh secrets; 5 failures in 300 s are allowed. p_registers: as login-or-register does.
CREATE FUNCTION tap.sign_in(p_student text, p_name text, p_phone text, p_registers boolean DEFAULT false,
                            p_registration text DEFAULT 'open',
                            OUT outcome text, OUT serial_id bigint, OUT retry_after int) LANGUAGE sql AS $$
    SELECT * FROM auth_sign_in(p_student, p_name, p_phone, p_registration, p_registers,
        sha256(gen_random_uuid()::text::bytea), gen_random_uuid(), gen_random_uuid(),
        3600, 7200, 'curl/8', '127.0.0.0', 20, 5, 300);
$$;
CREATE FUNCTION tap.register(p_student text, p_name text, p_phone text, p_registration text DEFAULT 'open') RETURNS text
LANGUAGE sql AS $$ SELECT outcome FROM auth_register(p_student, p_name, p_phone, p_registration, 5, 300) $$;
CREATE FUNCTION tap.sessions(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM auth_sessions s WHERE s.student_id = p_student;
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
SELECT is(tap.sessions(:'s1'), 2::bigint, 'each is a session');
SELECT is((SELECT count(DISTINCT session_id) FROM auth_sessions), 2::bigint, 'of its own');
SELECT ok((SELECT bool_and(expires_at - clock_timestamp() BETWEEN '3590 s' AND '3600 s'
                           AND ends_at - clock_timestamp() BETWEEN '7190 s' AND '7200 s')
             FROM auth_sessions), 'alive for as long as asked');
SELECT ok((SELECT bool_and(started_at = used_at AND used_at BETWEEN now() AND clock_timestamp()) FROM auth_sessions),
    'begun and used just now');
SELECT is((SELECT DISTINCT (user_agent, ip)::text FROM auth_sessions), '(curl/8,127.0.0.0)', 'device and network');
SELECT is((tap.sign_in(:'s1', normalize('홍길동', NFD), '01090000001')).outcome, 'signed_in', 'a decomposed name is the same name');
UPDATE users SET name = normalize('김철수', NFD) WHERE student_id = :'s2';
SELECT is((tap.sign_in(:'s2', '김철수', '01090000002')).outcome, 'signed_in', 'also when the stored one is decomposed');
SELECT is(tap.failures(:'s1'), NULL, 'no failure is remembered');

-- A lifetime longer than the session's is cut to it.
SELECT outcome FROM auth_sign_in(:'s1', '홍길동', '01090000001', 'open', false, sha256('long'), md5('jti')::uuid, md5('id')::uuid,
    7200, 60, repeat('x', 500), repeat('1', 100), 20, 5, 300) \gset
SELECT ok((SELECT expires_at = ends_at AND ends_at - clock_timestamp() BETWEEN '50 s' AND '60 s' FROM auth_sessions
            WHERE token_hash = sha256('long')), 'a token never outlives its session');
SELECT is((SELECT (length(user_agent), length(ip))::text FROM auth_sessions WHERE token_hash = sha256('long')),
    '(120,45)', 'what a client sends is cut to the column and never fails');
SELECT is((SELECT (session_id, access_jti) FROM auth_sessions WHERE token_hash = sha256('long')), (md5('id')::uuid, md5('jti')::uuid),
    'with the names that the worker gave it');
SELECT is((SELECT (SELECT count(*) FROM v_live_sessions s WHERE s.access_jti = md5('jti')::uuid AND s.student_id = :'s1')), 1::bigint,
    'and its access token is good');
-- A limit of the worker's own; at most twenty: 12_sessions.sql.
SELECT outcome FROM auth_sign_in(:'s1', '홍길동', '01090000001', 'open', false, sha256('limited'), gen_random_uuid(), gen_random_uuid(),
    3600, 7200, NULL, NULL, 2, 5, 300) \gset
SELECT is(tap.sessions(:'s1'), 2::bigint, 'no more sessions than the worker says');
SELECT is((SELECT (user_agent, ip)::text FROM auth_sessions WHERE token_hash = sha256('limited')), '(,)', 'a client need not say what it is');

-- invalid, and the brake: exactly five
SELECT is((tap.sign_in(:'s1', '김철수', '01090000001')).outcome, 'invalid', 'another name');
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000002')).outcome, 'invalid', 'another phone, although somebody''s');
SELECT is((tap.sign_in(:'s1', '홍길동 ', '01090000001')).outcome, 'invalid', 'white space is the worker''s to trim');
SELECT is(tap.failures(:'s1'), 3, 'three failures');
SELECT is(tap.sessions(:'s1'), 2::bigint, 'and no session');
SELECT is(current_setting('synchronous_commit'), 'off', 'which wait for no disk');
SET LOCAL synchronous_commit = on;
SELECT is((tap.sign_in(:'s1', '홍길동', '01090000001')).outcome, 'signed_in', 'the right answer is still taken');
SELECT is(tap.failures(:'s1'), NULL, 'and forgives the failures');
SELECT is(current_setting('synchronous_commit'), 'on', 'a session waits for the disk');
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
SELECT is((tap.sign_in('2099999999', '홍길동', '01090000009', true)).outcome, 'too_many_attempts', 'nor does he get an account');
SELECT is((SELECT count(*) FROM users WHERE student_id = '2099999999'), 0::bigint, 'he has none');
SELECT is(tap.sessions('2099999999'), 0::bigint, 'and no session');

-- login-or-register: an account, the sign-in and the session at once
SELECT s.outcome, s.serial_id FROM tap.sign_in('2099999998', normalize('이영희', NFD), '01090000008', true) s \gset
SELECT is(:'outcome'::text, 'created', 'created');
SELECT is(:'serial_id'::bigint, (SELECT serial_id FROM users WHERE student_id = '2099999998'), 'tells the serial_id');
SELECT is(tap.failures('2099999998'), NULL, 'is not a failure');
SELECT is((SELECT (name, phone_number, cohort, adopted)::text FROM users WHERE student_id = '2099999998'), '(이영희,01090000008,,f)',
    'the name is stored composed');
SELECT is(tap.sessions('2099999998'), 1::bigint, 'signed in already');
SELECT is((tap.sign_in('2099999998', '이영희', '01090000008', true)).outcome, 'signed_in', 'again: the same account');
SELECT is(tap.sessions('2099999998'), 2::bigint, 'and a second session');
SELECT is((tap.sign_in('2099999998', '이영희', '01090000007', true)).outcome, 'invalid', 'a known 학번 with another phone');
SELECT is(tap.failures('2099999998'), 1, 'is a failure as ever');
SELECT is((tap.sign_in('2099999998', '이영희', '01090000008', true, 'closed')).outcome, 'signed_in', 'who has an account needs no registration');
SELECT is((tap.sign_in('2099999997', '이영희', '01090000008', true)).outcome, 'phone_number_in_use', 'another''s phone');
SELECT is((tap.sign_in('2099999997', '이영희', '01090000006', true, 'closed')).outcome, 'registration_closed', 'where none are made');
SELECT is((SELECT s::text FROM tap.sign_in('2099999997', '이영희', '01090000006', false, 'closed') s), '(unknown,,)', 'and none was asked for');
SELECT is((SELECT count(*) FROM users WHERE student_id = '2099999997'), 0::bigint, 'no account came of it');
SELECT is(tap.sessions('2099999997'), 0::bigint, 'nor a session');
SELECT is(tap.failures('2099999997'), 1, 'only the last one was a guess');
SELECT is((tap.sign_in('2099999997', '이영희', '01090000006', true)).outcome, 'created', 'when they are again');
SELECT is(tap.failures('2099999997'), NULL, 'it is forgiven');

-- register
SELECT is(tap.register('2099000011', normalize('이영희', NFD), '01090000011'), 'created', 'created');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000011'), '(이영희,01090000011)',
    'the name is stored composed');
SELECT is(tap.register('2099000011', '이영희', '01090000011'), 'student_id_exists', 'the same again: no second account');
SELECT is(tap.register('2099000011', '박영희', '01090000012'), 'student_id_exists', 'a known 학번 with other data: refused');
SELECT is(tap.register('2099000012', '이영희', '01090000011'), 'phone_number_in_use', 'a known phone');
SELECT is(tap.register('2099000011', '이영희', '01090000001'), 'student_id_exists', 'both known: 학번 first');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000011'), '(이영희,01090000011)',
    'a refusal changes nothing');
SELECT is(tap.sessions('2099000011'), 0::bigint, 'nobody is signed in by it');
SELECT is(tap.register('2099000013', '이영희', '01090000013', 'closed'), 'registration_closed', 'where none are made');
SELECT is(tap.register('2099000011', '이영희', '01090000011', 'closed'), 'registration_closed', 'whoever asks');
SELECT is((SELECT count(*) FROM users WHERE student_id = '2099000013'), 0::bigint, 'there is none');
SELECT is(tap.register('2099999999', '이영희', '01090000009'), 'created', 'failed sign-ins keep nobody from it who says who he is');
SELECT is(tap.failures('2099999999'), 5, 'and are not forgiven by it');
SELECT is((SELECT r.retry_after FROM auth_register('2099000011', 'x', 'x', 'open', 5, 300) r), NULL, 'there is nothing to wait for');
SELECT is((SELECT count(*) FROM auth_failures WHERE student_id LIKE '20990000__' AND student_id > '2099000002'), 0::bigint,
    'a refused registration is no guess');

-- auth_add_student: the row alone, for operators
SELECT is(auth_add_student('2099000014', normalize('박영희', NFD), '01090000014'), 'created', 'created');
SELECT is((SELECT (name, phone_number)::text FROM users WHERE student_id = '2099000014'), '(박영희,01090000014)', 'composed');
SELECT is(auth_add_student('2099000014', '박영희', '01090000099'), 'student_id_exists', 'a known 학번');
SELECT is(auth_add_student('2099000015', '박영희', '01090000014'), 'phone_number_in_use', 'a known phone');
SELECT is(auth_add_student('2099000014', '박영희', '01090000011'), 'student_id_exists', 'both known: 학번 first');
SELECT is((SELECT count(*) FROM users WHERE student_id = '2099000015'), 0::bigint, 'a refusal makes nothing');

\ir support/finish.psql
