-- auth_sessions, auth_end_family: a student sees and ends his own sessions, and nobody else's.
-- The limit of attempts a minute of locker_hold.
\ir support/start.psql
SELECT plan(27);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.lockers(9101, 9110), tap.period('-1 hour', '1 hour') \gset
CREATE FUNCTION tap.id(p_word text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5(p_word)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_word text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_word::bytea), tap.id('jti ' || p_word), tap.id(p_word), 3600, 7200,
                             'agent ' || p_word, '192.0.2.0/24');
$$;
CREATE FUNCTION tap.listed(p_student text, p_jti uuid) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s%s', user_agent, CASE WHEN is_current THEN ' (current)' ELSE '' END))
      FROM auth_sessions(p_student, p_jti);
$$;

SELECT is(tap.listed(:'s1', NULL), NULL, 'none');
SELECT tap.open(:'s1', 'a'), tap.open(:'s1', 'b'), tap.open(:'s2', 'c') \gset
SELECT is(tap.listed(:'s1', tap.id('jti a')), ARRAY['agent b', 'agent a (current)'], 'his own, the newest first');
SELECT is(tap.listed(:'s2', tap.id('jti a')), ARRAY['agent c'], 'the other''s own');
SELECT is((SELECT (family_id, network)::text FROM auth_sessions(:'s2', NULL)), format('(%s,192.0.2.0/24)', tap.id('c')), 'id and network');

-- A refresh keeps the session: one entry, begun at the sign-in, used now.
UPDATE auth_refresh_tokens SET family_started_at = family_started_at - interval '3 days', issued_at = issued_at - interval '3 days'
 WHERE family_id = tap.id('a');
SELECT is((SELECT outcome FROM auth_rotate(sha256('a'), sha256('a2'), tap.id('jti a2'), 3600, 'agent a2', NULL)), 'rotated', 'refreshed');
SELECT is(tap.listed(:'s1', tap.id('jti a2')), ARRAY['agent a2 (current)', 'agent b'], 'is the one used last');
SELECT is(tap.listed(:'s1', tap.id('jti a')), ARRAY['agent a2', 'agent b'], 'a spent token is no session');
SELECT ok((SELECT last_used_at - started_at BETWEEN '2 days 23:59' AND '3 days 00:01' FROM auth_sessions(:'s1', tap.id('jti a2'))
            WHERE is_current), 'begun three days before');
UPDATE auth_refresh_tokens SET expires_at = clock_timestamp() WHERE token_hash = sha256('a2');
SELECT is(tap.listed(:'s1', NULL), ARRAY['agent b'], 'what ran out is no session');
SELECT tap.open(:'s1', 'n' || n) FROM generate_series(1, 120) n \g /dev/null
SELECT is((SELECT count(*) FROM auth_sessions(:'s1', NULL)), 100::bigint, 'a list for a person to look through');

-- ending one
SELECT is(auth_end_family(:'s1', tap.id('c')), false, 'another student''s session');
SELECT is(tap.listed(:'s2', NULL), ARRAY['agent c'], 'is not ended');
SELECT is(auth_end_family(:'s1', tap.id('b')), true, 'his own');
SELECT is(auth_end_family(:'s1', tap.id('b')), false, 'once only');
SELECT is(auth_end_family(:'s1', tap.id('a')), false, 'one that ran out');
SELECT is(auth_end_family(:'s1', tap.id('nobody''s')), false, 'unknown');
SELECT is((SELECT revoke_reason FROM auth_refresh_tokens WHERE token_hash = sha256('b')), 'logout', 'with its reason');
SELECT is((SELECT outcome FROM auth_rotate(sha256('b'), sha256('b2'), tap.id('jti b2'), 3600, NULL, NULL)), 'reused', 'it cannot be refreshed');

-- The limit a minute: three here.
CREATE FUNCTION tap.try(p_student text, p_locker int) RETURNS text LANGUAGE sql AS $$
    SELECT (locker_hold(p_student, p_locker, 60, 'tap', NULL, 3)).outcome;
$$;
SELECT is(tap.try(:'s1', 9101), 'held', 'the first');
SELECT is(tap.try(:'s1', 9101), 'replayed', 'the second');
SELECT is(tap.try(:'s1', 9102), 'already_holding', 'the third');
SELECT is(tap.try(:'s1', 9101), 'too_many_requests', 'the fourth is not looked at');
SELECT ok((SELECT seconds_left BETWEEN 55 AND 60 FROM locker_hold(:'s1', 9101, 60, 'tap', NULL, 3)), 'with the seconds to wait');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = :'s1'), 3::bigint, 'nor written down: the wait does not grow');
SELECT is(tap.try(:'s2', 9103), 'held', 'another student is not affected');
SELECT is((tap.hold(:'s1', 9101)).outcome, 'replayed', 'without a limit there is none');
UPDATE locker_decisions SET decided_at = decided_at - interval '1 minute' WHERE student_id = :'s1';
SELECT is(tap.try(:'s1', 9101), 'replayed', 'a minute later');

\ir support/finish.psql
