-- v_live_sessions: whose access token is good; and a decision that is made only for such.
\ir support/start.psql
SELECT plan(9);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.lockers(9101, 9110), tap.period('-1 hour', '1 hour') \gset
CREATE FUNCTION tap.id(p_word text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5(p_word)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_word text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_word::bytea), tap.id(p_word), tap.id('family ' || p_word), 3600, 7200,
                             'agent', '192.0.2.0/24');
$$;
CREATE FUNCTION tap.live() RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(w ORDER BY w), '{}') FROM v_live_sessions s JOIN unnest(ARRAY['a', 'b', 'c']) w
        ON s.access_jti = tap.id(w);
$$;
-- As a worker asks: the session and the decision in one statement.
CREATE FUNCTION tap.hold_with(p_student text, p_word text, p_locker int) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(d.outcome::text)
      FROM v_live_sessions s
     CROSS JOIN LATERAL locker_hold(s.student_id, p_locker, 60, 'tap', '2026-03-02 12:00:00+09') d
     WHERE s.access_jti = tap.id(p_word) AND s.student_id = p_student;
$$;

SELECT tap.open(:'s1', 'a'), tap.open(:'s1', 'b'), tap.open(:'s2', 'c') \gset
SELECT is(tap.live(), ARRAY['a', 'b', 'c'], 'who has signed in');
SELECT auth_end_presented(sha256('a'), NULL) \gset
SELECT is(tap.live(), ARRAY['b', 'c'], 'one that was ended is none');
UPDATE auth_refresh_tokens SET expires_at = clock_timestamp() WHERE access_jti = tap.id('b');
SELECT is(tap.live(), ARRAY['c'], 'one that ran out in this very transaction is none');

SELECT is(tap.hold_with(:'s1', 'a', 9101), NULL, 'no session, no answer');
SELECT is(tap.hold_with(:'s1', 'b', 9101), NULL, 'nor with one that ran out');
SELECT is(tap.hold_with(:'s1', 'c', 9101), NULL, 'nor with another''s');
SELECT is((SELECT count(*) FROM locker_decisions), 0::bigint, 'and no trace: it was not even attempted');
SELECT is(tap.hold_with(:'s2', 'c', 9101), ARRAY['held'], 'with his own he has it');
SELECT is(tap.shown(9101), 'held', 'and it is taken');

\ir support/finish.psql
