-- Rotation of refresh tokens, the end of sessions, and the sweep of what no longer matters.
\ir support/start.psql
SELECT plan(59);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2 \gset

-- A session whose refresh token is p_token; the jti is made of the same word, to find it again.
CREATE FUNCTION tap.jti(p_token text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5('jti ' || p_token)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_token text, p_ttl int DEFAULT 3600, p_family_ttl int DEFAULT 7200) RETURNS void
LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_token::bytea), tap.jti(p_token), gen_random_uuid(), p_ttl, p_family_ttl,
                             'curl/8', '127.0.0.0');
$$;
CREATE FUNCTION tap.rotate(p_old text, p_new text, p_ttl int DEFAULT 3600,
                           OUT outcome text, OUT student_id text, OUT serial_id bigint) LANGUAGE sql AS $$
    SELECT * FROM auth_rotate(sha256(p_old::bytea), sha256(p_new::bytea), tap.jti(p_new), p_ttl, 'curl/9', '127.0.1.0');
$$;
-- 'live', or why it was revoked, or 'expired'.
CREATE FUNCTION tap.state(p_token text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN revoked_at IS NOT NULL THEN revoke_reason WHEN expires_at > clock_timestamp() THEN 'live' ELSE 'expired' END
      FROM auth_refresh_tokens WHERE token_hash = sha256(p_token::bytea);
$$;
CREATE FUNCTION tap.expire(p_token text) RETURNS void LANGUAGE sql AS $$
    UPDATE auth_refresh_tokens SET expires_at = clock_timestamp() WHERE token_hash = sha256(p_token::bytea);
$$;

-- rotated
SELECT tap.open(:'s1', 'a1'), tap.open(:'s1', 'b1'), tap.open(:'s2', 'c1') \gset
SELECT is((SELECT r::text FROM tap.rotate('a1', 'a2') r),
          format('(rotated,%s,%s)', :'s1', (SELECT serial_id FROM users WHERE student_id = :'s1')), 'rotated, and for whom');
SELECT is(tap.state('a1'), 'rotated', 'the presented one is spent');
SELECT is(tap.state('a2'), 'live', 'the next is live');
SELECT is((SELECT array_agg(DISTINCT family_id) FROM auth_refresh_tokens WHERE token_hash IN (sha256('a1'), sha256('a2'))),
          (SELECT ARRAY[family_id] FROM auth_refresh_tokens WHERE token_hash = sha256('a1')), 'of the same family');
SELECT is((SELECT n.family_expires_at FROM auth_refresh_tokens n WHERE n.token_hash = sha256('a2')),
          (SELECT o.family_expires_at FROM auth_refresh_tokens o WHERE o.token_hash = sha256('a1')), 'which ends when it would');
SELECT is((SELECT (user_agent, ip, access_jti)::text FROM auth_refresh_tokens WHERE token_hash = sha256('a2')),
          format('(curl/9,127.0.1.0,%s)', tap.jti('a2')), 'with its own device, network and jti');
SELECT is((SELECT outcome FROM tap.rotate('a2', 'a3', 999999)), 'rotated', 'again, with a lifetime beyond the family''s');
SELECT ok((SELECT expires_at = family_expires_at FROM auth_refresh_tokens WHERE token_hash = sha256('a3')), 'is cut to it');

-- reused: the whole family ends, and nobody else's
SELECT is((SELECT r::text FROM tap.rotate('a1', 'x1') r), format('(reused,%s,)', :'s1'), 'a spent one again');
SELECT is(tap.state('a3'), 'reused', 'ends the family''s live one');
SELECT is(tap.state('a1'), 'rotated', 'what was spent keeps its reason');
SELECT is(tap.state('x1'), NULL, 'and issues nothing');
SELECT is(tap.state('b1'), 'live', 'another session of the same student lives on');
SELECT is(tap.state('c1'), 'live', 'and another student''s');
SELECT is((SELECT outcome FROM tap.rotate('a3', 'x2')), 'reused', 'the ended one cannot be rotated');
SELECT is(tap.state('x2'), NULL, 'and issues nothing');

-- expired, unknown
SELECT tap.expire('b1') \gset
SELECT is((SELECT r.outcome FROM tap.rotate('b1', 'x3') r), 'expired', 'expired at its very instant');
SELECT is(tap.state('x3'), NULL, 'issues nothing');
SELECT is((SELECT r::text FROM tap.rotate('nobody''s', 'x4') r), '(unknown,,)', 'unknown');
SELECT is(tap.state('x4'), NULL, 'issues nothing');
SELECT tap.open(:'s1', 'd1'), tap.rotate('d1', 'd2'), tap.expire('d1') \gset
SELECT is((SELECT outcome FROM tap.rotate('d1', 'x5')), 'reused', 'spent and expired: still a reuse');
SELECT is(tap.state('d2'), 'reused', 'which ends the family');

-- auth_end_session: by refresh token, by access token, by both
SELECT tap.open(:'s1', 'e1'), tap.open(:'s1', 'f1'), tap.open(:'s1', 'g1') \gset
SELECT is(auth_end_presented(sha256('e1'), NULL), true, 'by refresh token');
SELECT is(tap.state('e1'), 'logout', 'ended');
SELECT is(auth_end_presented(NULL, ARRAY[tap.jti('f1')]), true, 'by access token');
SELECT is(tap.state('f1'), 'logout', 'ended');
SELECT is(auth_end_presented(sha256('g1'), ARRAY[tap.jti('g1')]), true, 'by both');
SELECT is(tap.state('g1'), 'logout', 'ended');
SELECT is(auth_end_presented(sha256('g1'), ARRAY[tap.jti('g1')]), false, 'once only');
SELECT is(auth_end_presented(NULL, NULL), false, 'nothing presented');
SELECT is(auth_end_presented(sha256('nobody''s'), NULL), false, 'unknown');
SELECT tap.open(:'s1', 'h1'), tap.expire('h1') \gset
SELECT is(auth_end_presented(sha256('h1'), NULL), false, 'expired');
SELECT tap.open(:'s1', 'i1'), tap.rotate('i1', 'i2') \gset
SELECT is(auth_end_presented(sha256('i2'), NULL), true, 'the live one');
SELECT is(tap.state('i1') || ' ' || tap.state('i2'), 'rotated logout', 'what was spent before keeps its reason');
SELECT is((SELECT outcome FROM tap.rotate('i2', 'x6')), 'reused', 'cannot be refreshed after a logout');
SELECT is(auth_end_presented(sha256('i1'), NULL), false, 'spent: 30_presented.sql has more');
SELECT is(tap.state('c1'), 'live', 'another student is not affected');

SELECT tap.open(:'s1', 'j1'), tap.open(:'s1', 'j2'), tap.open(:'s2', 'j3') \gset
SELECT is(auth_end_presented(sha256('j1'), ARRAY[tap.jti('j2')]), true, 'a refresh and an access token of two sessions');
SELECT is(tap.state('j1') || ' ' || tap.state('j2'), 'logout logout', 'end both: whatever was presented is dead afterwards');
SELECT is(tap.state('j3'), 'live', 'and nobody else''s');

-- auth_end_all_sessions
UPDATE auth_refresh_tokens SET revoked_at = now(), revoke_reason = 'operator' WHERE student_id = :'s1' AND revoked_at IS NULL;
SELECT tap.open(:'s1', 'k1'), tap.open(:'s1', 'k2') \gset
SELECT is(auth_end_all_sessions(:'s1', 'logout_all'), 2, 'all that live');
SELECT is(tap.state('k1') || ' ' || tap.state('k2'), 'logout_all logout_all', 'ended');
SELECT is(auth_end_all_sessions(:'s1', 'logout_all'), 0, 'once only');
SELECT is(auth_end_all_sessions('2099999999', 'logout_all'), 0, 'nobody');
SELECT is(tap.state('c1'), 'live', 'another student is not affected');
SELECT tap.open(:'s2', 'c2') \gset
SELECT throws_ok(format('SELECT auth_end_all_sessions(%L, %L)', :'s2', 'whim'), '23514', NULL, 'only for a known reason');
SELECT is(tap.state('c2'), 'live', 'else nothing');

-- A person whose name or phone was changed signs in anew; a changed 학번 takes the sessions along.
CREATE FUNCTION tap.live(p_student text) RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM auth_refresh_tokens WHERE student_id = p_student AND revoked_at IS NULL;
$$;
UPDATE users SET name = name, phone_number = phone_number, updated_at = now() WHERE student_id = :'s2';
SELECT is(tap.live(:'s2'), 3::bigint, 'an update that changes nothing of the person ends nothing');
UPDATE users SET phone_number = '01095555555' WHERE student_id = :'s2';
SELECT is(tap.live(:'s2'), 0::bigint, 'a changed phone ends every session');
SELECT is(tap.state('c1'), 'changed', 'with its reason');
SELECT tap.open(:'s2', 'l1') \gset
UPDATE users SET name = '김철호' WHERE student_id = :'s2';
SELECT is(tap.state('l1'), 'changed', 'a changed name');
SELECT tap.open(:'s2', 'm1') \gset
UPDATE users SET student_id = '2099000077' WHERE student_id = :'s2';
SELECT is(tap.state('m1'), 'live', 'a changed 학번 ends nothing');
SELECT is((SELECT DISTINCT student_id::text FROM auth_refresh_tokens WHERE token_hash = sha256('m1')), '2099000077', 'which its tokens follow');
SELECT ok((SELECT updated_at > created_at FROM users WHERE student_id = '2099000077'), 'updated_at tells of the change');

-- auth_sweep
SELECT tap.open('2099000077', 'n1'), tap.open('2099000077', 'n2') \gset
UPDATE auth_refresh_tokens SET expires_at = clock_timestamp() - interval '8 days' WHERE token_hash = sha256('n1');
UPDATE auth_refresh_tokens SET expires_at = clock_timestamp() - interval '6 days' WHERE token_hash = sha256('n2');
INSERT INTO auth_failures VALUES ('2099999991', 5, clock_timestamp() - interval '301 seconds'),
                                 ('2099999992', 5, clock_timestamp() - interval '200 seconds');
SELECT is(auth_sweep('7 days', 300), 1, 'what ended longer ago than is kept');
SELECT is(tap.state('n1'), NULL, 'is gone');
SELECT is(tap.state('n2'), 'expired', 'what ended lately stays, to recognise a reuse');
SELECT is((SELECT array_agg(student_id::text) FROM auth_failures), ARRAY['2099999992'], 'failures of a past window are gone');
SELECT is((SELECT outcome FROM tap.rotate('n1', 'x7')), 'unknown', 'a forgotten token is unknown');

\ir support/finish.psql
