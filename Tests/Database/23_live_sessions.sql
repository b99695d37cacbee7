-- v_live_sessions: whose access token is good; and a decision that is made only for such: without one nothing at all is written.
\ir support/start.psql
SELECT plan(32);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2, tap.lockers(9101, 9110), tap.period('-1 hour', '1 hour') \gset
CREATE FUNCTION tap.id(p_word text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5(p_word)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_word text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_word::bytea), tap.id(p_word), tap.id('session ' || p_word), 3600, 7200,
                             'agent', '192.0.2.0/24', 20);
$$;
CREATE FUNCTION tap.live() RETURNS text[] LANGUAGE sql AS $$
    SELECT coalesce(array_agg(w ORDER BY w), '{}') FROM v_live_sessions s JOIN unnest(ARRAY['a', 'b', 'c']) w
        ON s.access_jti = tap.id(w);
$$;
-- As a worker asks: the token's jti and the student that it names. With a limit, which would leave its trace too.
CREATE FUNCTION tap.with(p_act decision_act, p_student text, p_jti uuid, p_locker int) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(d::text) FROM locker_decide(ARRAY[p_act], ARRAY[p_jti], ARRAY[p_student], ARRAY[p_locker], ARRAY['tap'], ARRAY[0],
                                                 60, 60, 2, true) d;
$$;
-- All that a decision could write.
CREATE FUNCTION tap.everything() RETURNS text LANGUAGE sql AS $$
    SELECT coalesce(md5(string_agg(line, E'\n' ORDER BY line COLLATE "C")), '') FROM (
        SELECT 'rows ' || a::text FROM locker_assignments a UNION ALL SELECT 'lockers ' || l::text FROM locker_info l
        UNION ALL SELECT 'ledger ' || d::text FROM locker_decisions d UNION ALL SELECT 'allowances ' || b::text FROM attempt_allowances b
        UNION ALL SELECT 'sessions ' || s::text FROM auth_sessions s) AS t(line);
$$;

SELECT tap.open(:'s1', 'a'), tap.open(:'s1', 'b'), tap.open(:'s2', 'c') \gset
SELECT is(tap.live(), ARRAY['a', 'b', 'c'], 'who has signed in');
SELECT auth_end_presented(sha256('a'), NULL) \gset
SELECT is(tap.live(), ARRAY['b', 'c'], 'one that was ended is none');
UPDATE auth_sessions SET expires_at = clock_timestamp() WHERE access_jti = tap.id('b');
SELECT is(tap.live(), ARRAY['c'], 'one that ran out in this very transaction is none');

-- He holds one locker and has a stale hold in the way of others: there would be something to write for each act.
SELECT tap.with('hold', :'s2', tap.id('c'), 9102) \gset
SELECT tap.everything() AS before \gset
SELECT is(tap.with(act, student, jti, 9101), ARRAY['(1,unauthorized,,,,,,)'], why || ': ' || act)
  FROM (VALUES (:'s1', tap.id('a'), 'a session that was ended'), (:'s1', tap.id('b'), 'one that ran out'),
               (:'s1', tap.id('c'), 'another''s'), (:'s1', NULL, 'none'), ('2099999999', tap.id('c'), 'of nobody')) AS t (student, jti, why),
       unnest('{hold,confirm,release_hold,release}'::decision_act[]) act;
SELECT is(tap.with(act, :'s1', tap.id('c'), 9102), ARRAY['(1,unauthorized,,,,,,)'], 'nor is it the locker that tells: ' || act)
  FROM unnest('{hold,confirm,release_hold,release}'::decision_act[]) act;
SELECT is(tap.everything(), :'before', 'no trace of any of it: it was not even attempted');
SELECT is((tap.with('confirm', :'s2', tap.id('c'), 9102))[1],
    format('(1,confirmed,%s,"정보관 2층",,,,)', (SELECT location_id FROM locker_info WHERE locker_id = 9102)), 'with his own he has it');
SELECT is(tap.shown(9102), 'confirmed', 'and it is taken');

-- A refresh: the access token before it is good no more.
SELECT auth_rotate(sha256('c'), sha256('c2'), tap.id('c2'), 3600, NULL, NULL) \gset
SELECT is((tap.with('release', :'s2', tap.id('c'), 9102))[1], '(1,unauthorized,,,,,,)', 'the token before a refresh');
SELECT is((tap.with('release', :'s2', tap.id('c2'), 9102))[1] LIKE '(1,released,%', true, 'the token after it');

\ir support/finish.psql
