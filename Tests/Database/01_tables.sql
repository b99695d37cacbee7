-- The tables, column by column: the old server's names and types stand, since its operators' statements rely on them.
\ir support/start.psql
SELECT plan(14);

SELECT tables_are('public', ARRAY['users', 'auth_refresh_tokens', 'auth_failures', 'locker_locations', 'locker_info',
    'locker_assignments', 'application_periods', 'locker_decisions', 'operator_audit', 'operator_changes', 'semesters',
    'semester_assignments', 'eligible_students']);
SELECT views_are('public', ARRAY['v_active_assignments', 'v_live_sessions', 'v_locker_states', 'v_overall_locker_info']);
SELECT enum_has_labels('public', 'assignment_state', ARRAY['hold', 'confirmed', 'cancelled', 'expired']);

-- 'name type null|not null' of every column, in order.
CREATE FUNCTION tap.shape(p_table text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(format('%s %s %s', a.attname, format_type(a.atttypid, a.atttypmod),
                            CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END) ORDER BY a.attnum)
      FROM pg_attribute a
     WHERE a.attrelid = ('public.' || p_table)::regclass AND a.attnum > 0 AND NOT a.attisdropped;
$$;

SELECT is(tap.shape('users'), ARRAY[
    'student_id character varying(20) not null', 'serial_id bigint not null', 'name character varying(100) not null',
    'phone_number character varying(32) not null', 'created_at timestamp with time zone not null',
    'updated_at timestamp with time zone not null', 'cohort text null'], 'users');
SELECT is(tap.shape('auth_refresh_tokens'), ARRAY[
    'id bigint not null', 'student_id character varying(20) not null', 'token_hash bytea not null',
    'access_jti uuid not null', 'family_id uuid not null', 'family_started_at timestamp with time zone not null',
    'family_expires_at timestamp with time zone not null',
    'issued_at timestamp with time zone not null', 'expires_at timestamp with time zone not null',
    'revoked_at timestamp with time zone null', 'revoke_reason text null', 'user_agent character varying(120) null',
    'ip character varying(45) null'], 'auth_refresh_tokens');
SELECT is(tap.shape('auth_failures'), ARRAY[
    'student_id character varying(20) not null', 'failures integer not null',
    'window_started_at timestamp with time zone not null'], 'auth_failures');
SELECT is(tap.shape('locker_locations'), ARRAY['location_id integer not null', 'name text not null',
    'cohort text null'], 'locker_locations');
SELECT is(tap.shape('locker_info'), ARRAY[
    'locker_id integer not null', 'owner character varying(20) null', 'location_id integer not null',
    'disabled_at timestamp with time zone null', 'unlisted_at timestamp with time zone null'], 'locker_info');
SELECT is(tap.shape('locker_assignments'), ARRAY[
    'assignment_id bigint not null', 'locker_id integer not null', 'student_id character varying(20) not null',
    'state assignment_state not null', 'hold_expires_at timestamp with time zone null',
    'confirmed_at timestamp with time zone null', 'released_at timestamp with time zone null',
    'created_at timestamp with time zone not null', 'decision_id bigint null'], 'locker_assignments');
SELECT is(tap.shape('application_periods'), ARRAY[
    'period_id integer not null', 'opens_at timestamp with time zone not null',
    'closes_at timestamp with time zone not null', 'created_at timestamp with time zone not null', 'cohort text null'],
    'application_periods');
SELECT is(tap.shape('locker_decisions'), ARRAY[
    'decision_id bigint not null', 'decided_at timestamp with time zone not null',
    'received_at timestamp with time zone null', 'request_id text null', 'student_id character varying(20) null',
    'locker_id integer not null', 'act text not null', 'outcome text not null', 'guarded boolean not null',
    'assignment_id bigint null', 'lost_to bigint null', 'audit_id bigint null'], 'locker_decisions');

SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
       AND format_type(a.atttypid, a.atttypmod) LIKE 'timestamp%without time zone'
$$, 'every instant has a time zone');

SELECT is((SELECT seqcache FROM pg_sequence WHERE seqrelid = 'locker_decision_seq'::regclass), 1::bigint,
    'decision numbers are not cached: their order is the order of decisions');
SELECT is(pg_get_serial_sequence('locker_locations', 'location_id'), 'public.locker_locations_location_id_seq',
    'the sequence of locations has the name that operators setval');

\ir support/finish.psql
