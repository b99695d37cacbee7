-- Sessions: refresh tokens and their rotation, how sessions end, how many there can be, and the sweep of those that are over.
\ir support/start.psql
SELECT plan(85);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.student(3) AS s3 \gset

-- A session whose refresh token is p_token; the jti is made of the same word, to find it again.
CREATE FUNCTION tap.jti(p_token text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5('jti ' || p_token)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_token text, p_ttl int DEFAULT 3600, p_session_ttl int DEFAULT 7200, p_limit int DEFAULT 20)
RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_token::bytea), tap.jti(p_token), md5(p_token)::uuid, p_ttl, p_session_ttl,
                             'curl/8', '127.0.0.0', p_limit);
$$;
CREATE FUNCTION tap.rotate(p_old text, p_new text, p_ttl int DEFAULT 3600,
                           OUT outcome text, OUT student_id text, OUT serial_id bigint) LANGUAGE sql AS $$
    SELECT * FROM auth_rotate(sha256(p_old::bytea), sha256(p_new::bytea), tap.jti(p_new), p_ttl, 'curl/9', '127.0.1.0');
$$;
-- What a refresh token is: live, expired, spent, or gone: then nobody knows of it.
CREATE FUNCTION tap.state(p_token text) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT CASE WHEN s.expires_at > clock_timestamp() THEN 'live' ELSE 'expired' END
                       FROM auth_sessions s WHERE s.token_hash = sha256(p_token::bytea)),
                    (SELECT 'spent' FROM auth_spent_tokens t WHERE t.token_hash = sha256(p_token::bytea)), 'gone');
$$;
CREATE FUNCTION tap.states_of(VARIADIC p_tokens text[]) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(tap.state(w.word), ' ' ORDER BY w.number) FROM unnest(p_tokens) WITH ORDINALITY w (word, number);
$$;
CREATE FUNCTION tap.expire(p_token text) RETURNS void LANGUAGE sql AS $$
    UPDATE auth_sessions SET expires_at = clock_timestamp() WHERE token_hash = sha256(p_token::bytea);
$$;
CREATE FUNCTION tap.good(p_token text) RETURNS boolean LANGUAGE sql AS $$
    SELECT EXISTS (SELECT FROM v_live_sessions s WHERE s.access_jti = tap.jti(p_token));
$$;

-- rotated
SELECT tap.open(:'s1', 'a1'), tap.open(:'s1', 'b1'), tap.open(:'s2', 'c1') \gset
CREATE TEMPORARY TABLE before AS SELECT * FROM auth_sessions WHERE token_hash = sha256('a1');
SELECT is((SELECT r::text FROM tap.rotate('a1', 'a2') r),
          format('(rotated,%s,%s)', :'s1', (SELECT serial_id FROM users WHERE student_id = :'s1')), 'rotated, and for whom');
SELECT is(tap.state('a1'), 'spent', 'the presented one is spent');
SELECT is(tap.state('a2'), 'live', 'the next is live');
SELECT is(ARRAY[tap.good('a1'), tap.good('a2')], ARRAY[false, true], 'and so are the access tokens');
SELECT is((SELECT session_id FROM auth_sessions WHERE token_hash = sha256('a2')), (SELECT session_id FROM before), 'it is the same session');
SELECT is((SELECT (started_at, ends_at) FROM auth_sessions WHERE token_hash = sha256('a2')), (SELECT (started_at, ends_at) FROM before),
    'which ends when it would');
SELECT cmp_ok((SELECT used_at FROM auth_sessions WHERE token_hash = sha256('a2')), '>', (SELECT used_at FROM before), 'and was used just now');
SELECT is((SELECT (user_agent, ip, access_jti)::text FROM auth_sessions WHERE token_hash = sha256('a2')),
          format('(curl/9,127.0.1.0,%s)', tap.jti('a2')), 'with its own device, network and jti');
SELECT is((SELECT outcome FROM tap.rotate('a2', 'a3', 999999)), 'rotated', 'again, with a lifetime beyond the session''s');
SELECT ok((SELECT expires_at = ends_at FROM auth_sessions WHERE token_hash = sha256('a3')), 'is cut to it');
SELECT is((SELECT count(*) FROM auth_sessions), 3::bigint, 'a refresh is no further session');
SELECT auth_rotate(sha256('a3'), sha256('a4'), tap.jti('a4'), 3600, repeat('x', 500), repeat('1', 100)) \gset
SELECT is((SELECT (length(user_agent), length(ip))::text FROM auth_sessions WHERE token_hash = sha256('a4')), '(120,45)',
    'what a client sends is cut to the column and never fails');

-- reused: the whole session ends, and nobody else's
SELECT is((SELECT r::text FROM tap.rotate('a1', 'x1') r), '(reused,,)', 'a spent one again');
SELECT is(tap.state('a4'), 'gone', 'ends the session''s live one');
SELECT is(tap.good('a4'), false, 'and its access token');
SELECT is(tap.states_of('a1', 'a2', 'a3'), 'gone gone gone', 'what was spent needs no remembering');
SELECT is(tap.state('x1'), 'gone', 'and issues nothing');
SELECT is(tap.state('b1'), 'live', 'another session of the same student lives on');
SELECT is(tap.state('c1'), 'live', 'and another student''s');
SELECT is((SELECT outcome FROM tap.rotate('a4', 'x2')), 'unknown', 'the ended one cannot be rotated');
SELECT is((SELECT outcome FROM tap.rotate('a1', 'x2')), 'unknown', 'nor can the spent one end anything again');
SELECT is(tap.state('x2'), 'gone', 'and issues nothing');

-- ran out, unknown
SELECT tap.expire('b1') \gset
SELECT is((SELECT r::text FROM tap.rotate('b1', 'x3') r), '(unknown,,)', 'run out at its very instant');
SELECT is(tap.state('x3'), 'gone', 'issues nothing');
SELECT is(tap.state('b1'), 'expired', 'nor is anything changed');
SELECT is((SELECT r::text FROM tap.rotate('nobody''s', 'x4') r), '(unknown,,)', 'unknown');
SELECT is(tap.state('x4'), 'gone', 'issues nothing');
SELECT tap.open(:'s1', 'd1'), tap.rotate('d1', 'd2'), tap.expire('d2') \gset
SELECT is((SELECT outcome FROM tap.rotate('d1', 'x5')), 'reused', 'spent, of a session that ran out: still a reuse');
SELECT is(tap.state('d2'), 'gone', 'which ends it');

-- The newest fifty spent tokens are remembered.
SELECT tap.open(:'s3', 'm0'), tap.open(:'s3', 'n0'), tap.rotate('n0', 'n1') \gset
SELECT tap.rotate('m' || n, 'm' || n + 1) FROM generate_series(0, 49) n \g /dev/null
SELECT is(tap.states_of('m0', 'm49', 'm50'), 'spent spent live', 'fifty are spent and known');
SELECT tap.rotate('m' || n, 'm' || n + 1) FROM generate_series(50, 51) n \g /dev/null
SELECT is((SELECT count(*) FROM auth_spent_tokens WHERE session_id = md5('m0')::uuid), 50::bigint, 'and no more');
SELECT is(tap.states_of('m0', 'm1', 'm2', 'm51', 'm52'), 'gone gone spent spent live', 'the oldest are forgotten');
SELECT is(tap.state('n0'), 'spent', 'of each session by itself');
SELECT is((SELECT outcome FROM tap.rotate('m1', 'x6')), 'unknown', 'a forgotten one is unknown');
SELECT is(tap.state('m52'), 'live', 'and ends nothing');
SELECT is((SELECT outcome FROM tap.rotate('m2', 'x6')), 'reused', 'a remembered one');
SELECT is(tap.state('m52'), 'gone', 'ends the session');
SELECT is(tap.states_of('n0', 'n1'), 'spent live', 'and no other of the same student');

-- auth_end_presented: by refresh token, by access token, by both
SELECT tap.open(:'s1', 'e1'), tap.open(:'s1', 'f1'), tap.open(:'s1', 'g1') \gset
SELECT is(auth_end_presented(sha256('e1'), NULL), true, 'by refresh token');
SELECT is(tap.state('e1'), 'gone', 'ended');
SELECT is(auth_end_presented(NULL, ARRAY[tap.jti('f1')]), true, 'by access token');
SELECT is(tap.state('f1'), 'gone', 'ended');
SELECT is(auth_end_presented(sha256('g1'), ARRAY[tap.jti('g1')]), true, 'by both');
SELECT is(tap.state('g1'), 'gone', 'ended');
SELECT is(auth_end_presented(sha256('g1'), ARRAY[tap.jti('g1')]), false, 'once only');
SELECT is(auth_end_presented(NULL, NULL), false, 'nothing presented');
SELECT is(auth_end_presented(sha256('nobody''s'), NULL), false, 'unknown');
SELECT tap.open(:'s1', 'h1'), tap.expire('h1') \gset
SELECT is(auth_end_presented(sha256('h1'), NULL), false, 'one that ran out');
SELECT tap.open(:'s1', 'i1'), tap.rotate('i1', 'i2') \gset
SELECT is(auth_end_presented(sha256('i2'), NULL), true, 'the live one');
SELECT is(tap.states_of('i1', 'i2'), 'gone gone', 'and what was spent before it');
SELECT is((SELECT outcome FROM tap.rotate('i2', 'x7')), 'unknown', 'cannot be refreshed after a logout');
SELECT is(auth_end_presented(sha256('i1'), NULL), false, 'spent: 30_presented.sql has more');
SELECT is(tap.state('c1'), 'live', 'another student is not affected');

SELECT tap.open(:'s1', 'j1'), tap.open(:'s1', 'j2'), tap.open(:'s2', 'j3') \gset
SELECT is(auth_end_presented(sha256('j1'), ARRAY[tap.jti('j2')]), true, 'a refresh and an access token of two sessions');
SELECT is(tap.states_of('j1', 'j2'), 'gone gone', 'end both: whatever was presented is dead afterwards');
SELECT is(tap.state('j3'), 'live', 'and nobody else''s');

-- auth_end_all_sessions
DELETE FROM auth_sessions WHERE student_id = :'s1';
SELECT tap.open(:'s1', 'k1'), tap.open(:'s1', 'k2'), tap.open(:'s1', 'k3'), tap.expire('k3') \gset
SELECT is(auth_end_all_sessions(:'s1'), 2, 'all that live');
SELECT is(tap.states_of('k1', 'k2', 'k3'), 'gone gone gone', 'ended, and what ran out goes with them');
SELECT is(auth_end_all_sessions(:'s1'), 0, 'once only');
SELECT is(auth_end_all_sessions('2099999999'), 0, 'nobody');
SELECT is(tap.states_of('c1', 'j3'), 'live live', 'another student is not affected');

-- A person whose name or phone was changed signs in anew; a changed 학번 takes the sessions along.
SELECT tap.open(:'s2', 'c2') \gset
UPDATE users SET name = name, phone_number = phone_number, updated_at = now() WHERE student_id = :'s2';
SELECT is(tap.states_of('c1', 'c2', 'j3'), 'live live live', 'an update that changes nothing of the person ends nothing');
UPDATE users SET phone_number = '01095555555' WHERE student_id = :'s2';
SELECT is(tap.states_of('c1', 'c2', 'j3'), 'gone gone gone', 'a changed phone ends every session');
SELECT is(tap.state('n1'), 'live', 'and nobody else''s');
SELECT tap.open(:'s2', 'l1') \gset
UPDATE users SET name = '김철호' WHERE student_id = :'s2';
SELECT is(tap.state('l1'), 'gone', 'a changed name');
SELECT tap.open(:'s2', 'o1'), tap.rotate('o1', 'o2') \gset
UPDATE users SET student_id = '2099000077' WHERE student_id = :'s2';
SELECT is(tap.states_of('o1', 'o2'), 'spent live', 'a changed 학번 ends nothing');
SELECT is((SELECT student_id::text FROM auth_sessions WHERE token_hash = sha256('o2')), '2099000077', 'which its session follows');
SELECT is((SELECT count(*) FROM v_live_sessions WHERE access_jti = tap.jti('o2') AND student_id = :'s2'), 0::bigint,
    'so the access token with the former one is not good');
SELECT is((SELECT r.student_id FROM tap.rotate('o2', 'o3') r), '2099000077', 'and the next refresh brings one with the new');
SELECT ok((SELECT updated_at > created_at FROM users WHERE student_id = '2099000077'), 'updated_at tells of the change');
DELETE FROM users WHERE student_id = '2099000077';
SELECT is(tap.states_of('o2', 'o3'), 'gone gone', 'with the student it all goes');

-- At most twenty of a student: the one used longest ago ends.
SELECT tap.open(:'s1', 'p' || n) FROM generate_series(1, 20) n \g /dev/null
SELECT is((SELECT count(*) FROM auth_sessions WHERE student_id = :'s1'), 20::bigint, 'twenty');
SELECT tap.rotate('p1', 'p1b'), tap.open(:'s1', 'q1') \gset
SELECT is((SELECT count(*) FROM auth_sessions WHERE student_id = :'s1'), 20::bigint, 'one more is still twenty');
SELECT is(tap.states_of('p1b', 'p2', 'p3', 'p20', 'q1'), 'live gone live live live', 'not the oldest ends, but the one used longest ago');
SELECT is(tap.state('n1'), 'live', 'and nobody else''s');
SELECT tap.open(:'s1', 'q2', 3600, 7200, 100), tap.open(:'s1', 'q3', 3600, 7200, NULL) \gset
SELECT is((SELECT count(*) FROM auth_sessions WHERE student_id = :'s1'), 20::bigint, 'whatever the worker says');
SELECT tap.rotate('q3', 'q4') \gset
SELECT tap.open(:'s1', 'q5', 3600, 7200, 3) \gset
SELECT is((SELECT count(*) FROM auth_sessions WHERE student_id = :'s1'), 3::bigint, 'unless it says less');
SELECT is(tap.states_of('q1', 'q2', 'q3', 'q4', 'q5'), 'gone live spent live live', 'the newest stay');
SELECT tap.open(:'s1', 'q6', 3600, 7200, 1) \gset
SELECT is(tap.states_of('q3', 'q4', 'q5', 'q6'), 'gone gone gone live', 'with what they have spent the others go');

-- auth_sweep
DELETE FROM auth_sessions;
SELECT tap.open(:'s3', 'r' || n) FROM generate_series(1, 3) n \g /dev/null
UPDATE auth_sessions SET expires_at = now() - interval '1 microsecond' WHERE token_hash = sha256('r1');
INSERT INTO auth_failures VALUES ('2099999991', 5, now() - interval '24 hours 1 second'), ('2099999992', 5, now() - interval '23 hours 59 minutes');
SELECT is(auth_sweep(), 1, 'what ran out');
SELECT is(tap.states_of('r1', 'r2', 'r3'), 'gone live live', 'is gone, and what lives is not');
SELECT is((SELECT array_agg(student_id::text) FROM auth_failures), ARRAY['2099999992'], 'failures of a day ago are gone');
-- Many at once, a thousand at a time; by hand, since nobody could sign in so often.
INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
SELECT gen_random_uuid(), :'s3', sha256(n::text::bytea), gen_random_uuid(), now(), now(), now(), now() - interval '1 second'
  FROM generate_series(1, 2100) n;
INSERT INTO auth_failures SELECT '2098' || lpad(n::text, 6, '0'), 1, now() - interval '2 days' FROM generate_series(1, 1100) n;
SELECT is(ARRAY[auth_sweep(), auth_sweep(), auth_sweep(), auth_sweep()], ARRAY[1000, 1000, 100, 0], 'a thousand at a time');
SELECT is((SELECT count(*) FROM auth_failures), 1::bigint, 'of both');
SELECT is(tap.states_of('r2', 'r3'), 'live live', 'what lives is still there');

\ir support/finish.psql
