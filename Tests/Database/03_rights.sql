-- What the workers' role may do: exact lists of everything, then the most tempting statements tried in earnest.
\ir support/start.psql
SELECT plan(45);

CREATE FUNCTION tap.privileges_on_relations(p_role text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s %s', c.relname, p.privilege) ORDER BY c.relname::text COLLATE "C", p.privilege)
      FROM pg_class c,
           unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) p(privilege)
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v')
       AND has_table_privilege(p_role, c.oid, p.privilege)
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e');
$$;
SELECT is(tap.privileges_on_relations('locker_app'), ARRAY[
    'application_periods SELECT', 'deployed_code SELECT', 'locker_decisions SELECT', 'locker_info SELECT', 'locker_locations SELECT',
    'v_active_assignments SELECT', 'v_live_sessions SELECT', 'v_locker_states SELECT', 'v_overall_locker_info SELECT'],
    'locker_app reads these and writes none');

CREATE FUNCTION tap.privileges_on_columns(p_role text, p_table text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(a.attname || ' ' || p.privilege ORDER BY a.attnum, p.privilege)
      FROM pg_attribute a, unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'REFERENCES']) p(privilege)
     WHERE a.attrelid = ('public.' || p_table)::regclass AND a.attnum > 0
       AND has_column_privilege(p_role, a.attrelid, a.attnum, p.privilege);
$$;
SELECT is(tap.privileges_on_columns('locker_app', 'users'),
    ARRAY['student_id SELECT', 'serial_id SELECT', 'name SELECT', 'phone_number SELECT', 'cohort SELECT'],
    'columns of users');
SELECT is(tap.privileges_on_columns('locker_app', 'auth_sessions'),
    ARRAY['student_id SELECT', 'access_jti SELECT', 'expires_at SELECT'], 'columns of auth_sessions: not the hashes');
SELECT is(tap.privileges_on_columns('locker_app', 'auth_spent_tokens'), NULL, 'columns of auth_spent_tokens: none');
SELECT is(tap.privileges_on_columns('locker_app', 'attempt_allowances'), NULL, 'columns of attempt_allowances: none');
SELECT is(tap.privileges_on_columns('locker_app', 'auth_failures'), NULL, 'columns of auth_failures: none');
SELECT is(tap.privileges_on_columns('locker_app', 'locker_assignments'), NULL, 'columns of locker_assignments: none');

SELECT is((SELECT array_agg(p.proname::text ORDER BY p.proname::text COLLATE "C") FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND has_function_privilege('locker_app', p.oid, 'EXECUTE')
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')), ARRAY[
    'application_period_at', 'auth_end_all_sessions', 'auth_end_presented', 'auth_end_session', 'auth_register', 'auth_rotate',
    'auth_session_list', 'auth_sign_in', 'auth_sweep', 'locker_decide', 'locker_sweep'], 'locker_app calls these functions and no other');
SELECT is_empty($$
    SELECT p.proname FROM pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) acl
     WHERE p.pronamespace = 'public'::regnamespace AND acl.grantee = 0
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
$$, 'PUBLIC calls nothing');
SELECT is_empty($$
    SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S'
       AND (has_sequence_privilege('locker_app', c.oid, 'USAGE') OR has_sequence_privilege('locker_app', c.oid, 'UPDATE')
            OR has_sequence_privilege('locker_app', c.oid, 'SELECT'))
$$, 'locker_app draws no number itself');

-- Every function with the owner's rights pins its search path, temporary tables last: nothing can be slipped under it.
SELECT is_empty($$
    SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prosecdef
       AND NOT (coalesce(proconfig, '{}') @> ARRAY['search_path=public, pg_temp'])
$$, 'security definer functions pin their search path');
SELECT is((SELECT array_agg(rolname::text) FROM pg_roles WHERE rolname IN ('locker_app', 'locker_owner')
              AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)), NULL,
    'neither role has an attribute of a superuser');
SELECT is(pg_has_role('locker_app', 'locker_owner', 'MEMBER'), false, 'the application is not the owner');

-- Tried in earnest, each as locker_app.
SELECT tap.student(1) AS one, tap.lockers(9101, 9102), tap.period('-1 hour', '1 hour') \gset
SELECT is(tap.try_as('locker_app', statement), expected, statement)
  FROM (VALUES
    ('INSERT INTO locker_decisions (decision_id, decided_at, locker_id, act, outcome, guarded) VALUES (1, now(), 1, ''hold'', ''held'', true)', '42501'),
    ('UPDATE locker_decisions SET outcome = ''held''', '42501'),
    ('DELETE FROM locker_decisions', '42501'),
    ('TRUNCATE locker_decisions', '42501'),
    ('UPDATE locker_info SET owner = NULL', '42501'),
    ('INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9101, ''2099000001'', ''confirmed'')', '42501'),
    ('SELECT * FROM locker_assignments', '42501'),
    ('SELECT token_hash FROM auth_sessions', '42501'),
    ('SELECT access_jti, student_id, expires_at FROM auth_sessions', 'ok'),
    ('UPDATE auth_sessions SET expires_at = now() + interval ''1 year''', '42501'),
    ('INSERT INTO auth_sessions SELECT * FROM auth_sessions', '42501'),
    ('DELETE FROM auth_sessions', '42501'),
    ('SELECT * FROM auth_spent_tokens', '42501'),
    ('DELETE FROM auth_spent_tokens', '42501'),
    ('SELECT * FROM attempt_allowances', '42501'),
    ('UPDATE attempt_allowances SET left_over = 60', '42501'),
    ('TRUNCATE attempt_allowances', '42501'),
    ('INSERT INTO users (student_id, name, phone_number) VALUES (''2099000002'', ''김철수'', ''01090000002'')', '42501'),
    ('UPDATE users SET phone_number = ''01090000003''', '42501'),
    ('INSERT INTO application_periods (opens_at, closes_at) VALUES (now(), ''infinity'')', '42501'),
    ('SELECT setval(''locker_decision_seq'', 1)', '42501'),
    ('SELECT locker_record(''2099000001'', 9101, ''hold'', ''held'', NULL)', '42501'),
    ('SELECT locker_free(''{1}'', ''cancelled'', now(), 9101, ''2099000001'')', '42501'),
    ('SELECT locker_guard(''2099000001'', 9101)', '42501'),
    ('SELECT auth_open_session(''2099000001'', ''x'', gen_random_uuid(), gen_random_uuid(), 1, 1, NULL, NULL, NULL)', '42501'),
    ('CREATE TABLE public.mine (x int)', '42501'),
    ('CREATE TEMPORARY TABLE mine (x int)', '42501'),
    ('CREATE SCHEMA mine', '42501'),
    ('CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS ''SELECT 1''', '42501'),
    ('ALTER TABLE users DROP COLUMN name', '42501'),
    ('DROP INDEX ux_active_assignment_per_locker', '42501'),
    ('DELETE FROM sqitch.changes', '42501')
  ) AS t(statement, expected);

\ir support/finish.psql
