-- auth_session_list, auth_end_session: a student sees and ends his own sessions, and nobody else's.
\ir support/start.psql
SELECT plan(21);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2 \gset
CREATE FUNCTION tap.id(p_word text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5(p_word)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_word text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_word::bytea), tap.id('jti ' || p_word), tap.id(p_word), 3600, 7200,
                             'agent ' || p_word, '192.0.2.0/24', 20);
$$;
CREATE FUNCTION tap.listed(p_student text, p_jti uuid) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s%s', user_agent, CASE WHEN is_current THEN ' (current)' ELSE '' END))
      FROM auth_session_list(p_student, p_jti);
$$;

SELECT is(tap.listed(:'s1', NULL), NULL, 'none');
SELECT tap.open(:'s1', 'a'), tap.open(:'s1', 'b'), tap.open(:'s2', 'c') \gset
SELECT is(tap.listed(:'s1', tap.id('jti a')), ARRAY['agent b', 'agent a (current)'], 'his own, the newest first');
SELECT is(tap.listed(:'s2', tap.id('jti a')), ARRAY['agent c'], 'the other''s own');
SELECT is((SELECT (session_id, network)::text FROM auth_session_list(:'s2', NULL)), format('(%s,192.0.2.0/24)', tap.id('c')), 'id and network');

-- A refresh keeps the session: one entry, begun at the sign-in, used now.
UPDATE auth_sessions SET started_at = started_at - interval '3 days', used_at = used_at - interval '3 days'
 WHERE session_id = tap.id('a');
SELECT is((SELECT (last_used_at, started_at) FROM auth_session_list(:'s1', tap.id('jti a')) WHERE is_current),
    (SELECT (used_at, started_at) FROM auth_sessions WHERE session_id = tap.id('a')), 'when it began and was used');
SELECT is((SELECT outcome FROM auth_rotate(sha256('a'), sha256('a2'), tap.id('jti a2'), 3600, 'agent a2', NULL)), 'rotated', 'refreshed');
SELECT is(tap.listed(:'s1', tap.id('jti a2')), ARRAY['agent a2 (current)', 'agent b'], 'is the one used last');
SELECT is(tap.listed(:'s1', tap.id('jti a')), ARRAY['agent a2', 'agent b'], 'a spent token is no session');
SELECT is((SELECT session_id FROM auth_session_list(:'s1', tap.id('jti a2')) WHERE is_current), tap.id('a'), 'under the same name');
SELECT ok((SELECT last_used_at - started_at BETWEEN '2 days 23:59' AND '3 days 00:01' FROM auth_session_list(:'s1', tap.id('jti a2'))
            WHERE is_current), 'begun three days before');
UPDATE auth_sessions SET expires_at = clock_timestamp() WHERE token_hash = sha256('a2');
SELECT is(tap.listed(:'s1', NULL), ARRAY['agent b'], 'what ran out is no session');
SELECT tap.open(:'s1', 'n' || n) FROM generate_series(1, 18) n \g /dev/null
SELECT is((SELECT count(*) FROM auth_session_list(:'s1', NULL)), 19::bigint, 'all that live');

-- ending one
SELECT is(auth_end_session(:'s1', tap.id('c')), false, 'another student''s session');
SELECT is(tap.listed(:'s2', NULL), ARRAY['agent c'], 'is not ended');
SELECT is(auth_end_session(:'s1', tap.id('b')), true, 'his own');
SELECT is(auth_end_session(:'s1', tap.id('b')), false, 'once only');
SELECT is(auth_end_session(:'s1', tap.id('a')), false, 'one that ran out');
SELECT is(auth_end_session(:'s1', tap.id('nobody''s')), false, 'unknown');
SELECT is((SELECT count(*) FROM auth_sessions WHERE token_hash = sha256('b')), 0::bigint, 'it is gone');
SELECT is((SELECT count(*) FROM v_live_sessions WHERE access_jti = tap.id('jti b')), 0::bigint, 'and with it its access token');
SELECT is((SELECT outcome FROM auth_rotate(sha256('b'), sha256('b2'), tap.id('jti b2'), 3600, NULL, NULL)), 'unknown', 'it cannot be refreshed');

\ir support/finish.psql
