-- What a client presents to end: auth_end_presented, and a refresh with access tokens beside it.
\ir support/start.psql
SELECT plan(29);

SELECT tap.student(1) AS s1, tap.student(2, '김철수') AS s2 \gset
-- A session whose tokens are made of one word, and what has become of one.
CREATE FUNCTION tap.jti(p_token text) RETURNS uuid LANGUAGE sql AS $$ SELECT md5('jti ' || p_token)::uuid $$;
CREATE FUNCTION tap.open(p_student text, p_token text) RETURNS void LANGUAGE sql AS $$
    SELECT auth_open_session(p_student, sha256(p_token::bytea), tap.jti(p_token), gen_random_uuid(), 3600, 7200,
                             'curl/8', '192.0.2.0', 20);
$$;
CREATE FUNCTION tap.rotate(p_old text, p_new text, VARIADIC p_access text[] DEFAULT '{}') RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM auth_rotate(sha256(p_old::bytea), sha256(p_new::bytea), tap.jti(p_new), 3600, 'curl/9', '192.0.2.0',
                                    ARRAY(SELECT tap.jti(a) FROM unnest(p_access) a));
$$;
CREATE FUNCTION tap.end_presented(p_refresh text, VARIADIC p_access text[] DEFAULT '{}') RETURNS boolean LANGUAGE sql AS $$
    SELECT auth_end_presented(sha256(p_refresh::bytea), ARRAY(SELECT tap.jti(a) FROM unnest(p_access) a));
$$;
-- live, spent, or gone: then nobody knows of it.
CREATE FUNCTION tap.token_states(VARIADIC p_tokens text[]) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(CASE WHEN s.session_id IS NOT NULL THEN 'live' WHEN t.session_id IS NOT NULL THEN 'spent' ELSE 'gone' END
                     ORDER BY w.number)
      FROM unnest(p_tokens) WITH ORDINALITY w (word, number)
      LEFT JOIN auth_sessions s ON s.token_hash = sha256(w.word::bytea)
      LEFT JOIN auth_spent_tokens t ON t.token_hash = sha256(w.word::bytea);
$$;

-- The end of what is presented
SELECT tap.open(:'s1', 'a1'), tap.open(:'s1', 'b1'), tap.open(:'s2', 'c1'), tap.open(:'s2', 'd1') \gset
SELECT is(tap.end_presented(NULL), false, 'nothing');
SELECT is(tap.end_presented('nobody''s', 'nor this'), false, 'nothing that is known');
SELECT is(tap.end_presented('a1', 'b1', 'c1'), true, 'a refresh token and two access tokens, of two students');
SELECT is(tap.token_states('a1', 'b1', 'c1', 'd1'), ARRAY['gone', 'gone', 'gone', 'live'], 'end three sessions and no other');
SELECT is(tap.end_presented('a1', 'b1', 'c1'), false, 'once only');
SELECT is(tap.end_presented('a1', 'b1', 'd1'), true, 'one that lives among dead ones is enough');
SELECT is(tap.token_states('d1'), ARRAY['gone'], 'and ends');

-- A spent refresh token: somebody has a copy
SELECT tap.open(:'s1', 'e1'), tap.open(:'s1', 'f1'), tap.rotate('e1', 'e2') \gset
SELECT is(tap.end_presented('e1'), false, 'a spent refresh token is nothing valid');
SELECT is(tap.token_states('e1', 'e2', 'f1'), ARRAY['gone', 'gone', 'live'], 'and ends its session, and no other');
SELECT tap.open(:'s1', 'g1'), tap.rotate('g1', 'g2') \gset
SELECT is(tap.end_presented('g1', 'g2'), true, 'a spent one beside the living access token of its session');
SELECT is(tap.token_states('g1', 'g2'), ARRAY['gone', 'gone'], 'is a logout');
SELECT tap.open(:'s1', 'h1'), tap.rotate('h1', 'h2') \gset
SELECT is(tap.end_presented('h1', 'f1'), true, 'a spent one beside the access token of another session');
SELECT is(tap.token_states('h2', 'f1'), ARRAY['gone', 'gone'], 'both end');
SELECT is(tap.end_presented(NULL, 'h1'), false, 'an access token that ended with its refresh token');
SELECT tap.open(:'s1', 'i1'), tap.rotate('i1', 'i2') \gset
SELECT is(tap.end_presented(NULL, 'i1'), false, 'which may be an old copy of the client''s own');
SELECT is(tap.token_states('i2'), ARRAY['live'], 'and ends nothing');

-- A refresh with access tokens beside it
SELECT tap.open(:'s1', 'j1'), tap.open(:'s1', 'k1'), tap.open(:'s2', 'l1'), tap.open(:'s2', 'm1') \gset
SELECT is(tap.rotate('j1', 'j2', 'j1', 'k1', 'l1'), 'rotated', 'with its own access token and two of other sessions');
SELECT is(tap.token_states('j1', 'j2'), ARRAY['spent', 'live'], 'goes on');
SELECT is(tap.token_states('k1', 'l1', 'm1'), ARRAY['gone', 'gone', 'live'], 'and ends the two');
SELECT is(tap.rotate('nobody''s', 'x1', 'm1'), 'unknown', 'one that is not good');
SELECT is(tap.token_states('x1', 'm1'), ARRAY['gone', 'live'], 'ends nothing that stood beside it');
SELECT is(tap.rotate('j1', 'x2', 'm1'), 'reused', 'nor does one that was spent');
SELECT is(tap.token_states('j2', 'x2', 'm1'), ARRAY['gone', 'gone', 'live'], 'but its own session');

-- Two refresh tokens: the other's comes to an end by its access token alone, and what it has spent with it.
SELECT tap.open(:'s1', 'n1'), tap.open(:'s1', 'o1'), tap.rotate('o1', 'o2') \gset
SELECT is(tap.rotate('n1', 'n2', 'o1'), 'rotated', 'beside an access token that ended with a refresh');
SELECT is(tap.token_states('n2', 'o1', 'o2'), ARRAY['live', 'spent', 'live'], 'nothing else ends');
SELECT is(tap.rotate('n2', 'n3', 'o2'), 'rotated', 'beside the one that is good');
SELECT is(tap.token_states('n3', 'o1', 'o2'), ARRAY['live', 'gone', 'gone'], 'the other session does');

-- Without any access token
SELECT is((SELECT outcome FROM auth_rotate(sha256('m1'), sha256('m2'), tap.jti('m2'), 3600, 'curl/9', '192.0.2.0')), 'rotated',
    'alone');
SELECT is(tap.token_states('m1', 'm2'), ARRAY['spent', 'live'], 'it goes on as well');

\ir support/finish.psql
