-- The schema as it is deployed: tables, types, indexes, constraints and rights (migrations/), and the names of the functions,
-- views and triggers whose text is in sql/. Made by `make schema`; a test compares it.


-- Types and sequences

CREATE TYPE assignment_state AS ENUM (
    'hold',
    'confirmed',
    'cancelled',
    'expired'
);

CREATE TYPE decision_act AS ENUM (
    'hold',
    'confirm',
    'release_hold',
    'release',
    'expire',
    'operator'
);

CREATE TYPE decision_outcome AS ENUM (
    'held',
    'replayed',
    'application_closed',
    'locker_not_found',
    'already_holding',
    'already_assigned',
    'locker_taken',
    'locker_disabled',
    'confirmed',
    'hold_not_found',
    'released',
    'assignment_not_found',
    'expired',
    'assigned',
    'disabled',
    'enabled',
    'removed'
);

CREATE SEQUENCE locker_decision_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


-- Tables

CREATE TABLE application_periods (
    period_id integer NOT NULL,
    opens_at timestamptz NOT NULL,
    closes_at timestamptz NOT NULL,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    cohort text,
    CONSTRAINT application_periods_check CHECK ((opens_at < closes_at)),
    CONSTRAINT application_periods_cohort_check CHECK ((cohort <> ''::text)),
    CONSTRAINT application_periods_finite CHECK ((isfinite(opens_at) AND isfinite(closes_at)))
);
ALTER TABLE application_periods ADD CONSTRAINT application_periods_int8range_tstzrange_excl EXCLUDE USING gist (int8range((hashtext(COALESCE(cohort, ''::text)))::bigint, (hashtext(COALESCE(cohort, ''::text)))::bigint, '[]'::text) WITH &&, tstzrange(opens_at, closes_at) WITH &&);
ALTER TABLE application_periods ADD CONSTRAINT application_periods_pkey PRIMARY KEY (period_id);
ALTER TABLE application_periods ALTER COLUMN period_id SET DEFAULT nextval('application_periods_period_id_seq'::regclass);
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON application_periods FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
GRANT SELECT ON TABLE application_periods TO locker_app;
GRANT SELECT ON TABLE application_periods TO locker_operator;

CREATE UNLOGGED TABLE attempt_allowances (
    student_id varchar(20) NOT NULL,
    left_over real NOT NULL,
    at timestamptz NOT NULL
);
ALTER TABLE attempt_allowances ADD CONSTRAINT attempt_allowances_pkey PRIMARY KEY (student_id);
CREATE INDEX idx_allowances_at ON attempt_allowances USING btree (at);
GRANT SELECT ON TABLE attempt_allowances TO locker_operator;

CREATE TABLE auth_failures (
    student_id varchar(20) NOT NULL,
    failures integer NOT NULL,
    window_started_at timestamptz NOT NULL
);
ALTER TABLE auth_failures ADD CONSTRAINT auth_failures_pkey PRIMARY KEY (student_id);
CREATE INDEX idx_failures_window ON auth_failures USING btree (window_started_at);
GRANT SELECT ON TABLE auth_failures TO locker_operator;

CREATE TABLE auth_sessions (
    session_id uuid NOT NULL,
    student_id varchar(20) NOT NULL,
    token_hash bytea NOT NULL,
    access_jti uuid NOT NULL,
    started_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL,
    used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    user_agent varchar(120),
    ip varchar(45),
    CONSTRAINT auth_sessions_token_hash_check CHECK ((octet_length(token_hash) = 32))
);
ALTER TABLE auth_sessions ADD CONSTRAINT auth_sessions_access_jti_key UNIQUE (access_jti);
ALTER TABLE auth_sessions ADD CONSTRAINT auth_sessions_pkey PRIMARY KEY (session_id);
ALTER TABLE auth_sessions ADD CONSTRAINT auth_sessions_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(student_id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE auth_sessions ADD CONSTRAINT auth_sessions_token_hash_key UNIQUE (token_hash);
CREATE INDEX idx_sessions_expiry ON auth_sessions USING btree (expires_at);
CREATE INDEX idx_sessions_student ON auth_sessions USING btree (student_id);
GRANT SELECT ON TABLE auth_sessions TO locker_operator;
GRANT SELECT(access_jti) ON TABLE auth_sessions TO locker_app;
GRANT SELECT(expires_at) ON TABLE auth_sessions TO locker_app;
GRANT SELECT(student_id) ON TABLE auth_sessions TO locker_app;

CREATE TABLE auth_spent_tokens (
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    spent_at timestamptz NOT NULL
);
ALTER TABLE auth_spent_tokens ADD CONSTRAINT auth_spent_tokens_pkey PRIMARY KEY (token_hash);
ALTER TABLE auth_spent_tokens ADD CONSTRAINT auth_spent_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES auth_sessions(session_id) ON DELETE CASCADE;
CREATE INDEX idx_spent_tokens_session ON auth_spent_tokens USING btree (session_id, spent_at);
GRANT SELECT ON TABLE auth_spent_tokens TO locker_operator;

CREATE TABLE deployed_code (
    singleton boolean DEFAULT true NOT NULL,
    digest text NOT NULL,
    files jsonb NOT NULL,
    compatible_with text[] NOT NULL,
    fingerprint text NOT NULL,
    applied_at timestamptz NOT NULL,
    CONSTRAINT deployed_code_singleton_check CHECK (singleton)
);
ALTER TABLE deployed_code ADD CONSTRAINT deployed_code_pkey PRIMARY KEY (singleton);
GRANT SELECT ON TABLE deployed_code TO locker_app;
GRANT SELECT ON TABLE deployed_code TO locker_operator;

CREATE TABLE eligible_students (
    student_id varchar(20) NOT NULL,
    name varchar(100) NOT NULL,
    phone_number varchar(32) NOT NULL,
    eligible boolean NOT NULL,
    reason text,
    source_file text NOT NULL,
    imported_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    CONSTRAINT eligible_students_check CHECK ((eligible OR (reason IS NOT NULL))),
    CONSTRAINT eligible_students_name_check CHECK ((((name)::text = btrim((name)::text)) AND ((name)::text <> ''::text))),
    CONSTRAINT eligible_students_phone_number_check CHECK (((phone_number)::text ~ '^[0-9]{10,15}$'::text)),
    CONSTRAINT eligible_students_student_id_check CHECK (((student_id)::text ~ '^[0-9]{10}$'::text))
);
ALTER TABLE eligible_students ADD CONSTRAINT eligible_students_pkey PRIMARY KEY (student_id);
CREATE CONSTRAINT TRIGGER eligible_students_end_sessions AFTER DELETE OR UPDATE ON eligible_students DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (old.eligible) EXECUTE FUNCTION eligible_students_end_sessions();
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON eligible_students FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
GRANT SELECT ON TABLE eligible_students TO locker_operator;

CREATE TABLE locker_assignments (
    assignment_id bigint NOT NULL,
    locker_id integer NOT NULL,
    student_id varchar(20) NOT NULL,
    state assignment_state NOT NULL,
    hold_expires_at timestamptz,
    confirmed_at timestamptz,
    released_at timestamptz,
    created_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    decided_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    decision_id bigint,
    CONSTRAINT state_has_its_instant CHECK (
CASE state
    WHEN 'hold'::assignment_state THEN (hold_expires_at IS NOT NULL)
    WHEN 'confirmed'::assignment_state THEN (confirmed_at IS NOT NULL)
    WHEN 'cancelled'::assignment_state THEN (released_at IS NOT NULL)
    ELSE true
END)
);
ALTER TABLE locker_assignments ADD CONSTRAINT locker_assignments_decision_id_key UNIQUE (decision_id);
ALTER TABLE locker_assignments ADD CONSTRAINT locker_assignments_locker_id_fkey FOREIGN KEY (locker_id) REFERENCES locker_info(locker_id);
ALTER TABLE locker_assignments ADD CONSTRAINT locker_assignments_pkey PRIMARY KEY (assignment_id);
ALTER TABLE locker_assignments ADD CONSTRAINT locker_assignments_student_id_fkey FOREIGN KEY (student_id) REFERENCES users(student_id) ON UPDATE CASCADE ON DELETE CASCADE;
ALTER TABLE locker_assignments ALTER COLUMN assignment_id SET DEFAULT nextval('locker_assignments_assignment_id_seq'::regclass);
CREATE INDEX idx_assignments_locker ON locker_assignments USING btree (locker_id, decided_at);
CREATE INDEX idx_assignments_student ON locker_assignments USING btree (student_id, decided_at);
CREATE TRIGGER locker_assignments_instants BEFORE INSERT OR UPDATE ON locker_assignments FOR EACH ROW WHEN ((((new.state = 'confirmed'::assignment_state) AND (new.confirmed_at IS NULL)) OR ((new.state = 'cancelled'::assignment_state) AND (new.released_at IS NULL)))) EXECUTE FUNCTION locker_assignments_instants();
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON locker_assignments FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
CREATE UNIQUE INDEX ux_active_assignment_per_locker ON locker_assignments USING btree (locker_id) WHERE (state = ANY (ARRAY['hold'::assignment_state, 'confirmed'::assignment_state]));
CREATE UNIQUE INDEX ux_active_assignment_per_user ON locker_assignments USING btree (student_id) WHERE (state = ANY (ARRAY['hold'::assignment_state, 'confirmed'::assignment_state]));
GRANT SELECT ON TABLE locker_assignments TO locker_operator;

CREATE TABLE locker_decisions (
    decision_id bigint NOT NULL,
    decided_at timestamptz NOT NULL,
    received_at timestamptz,
    request_id text,
    student_id varchar(20),
    locker_id integer NOT NULL,
    act decision_act NOT NULL,
    outcome decision_outcome NOT NULL,
    guarded boolean NOT NULL,
    assignment_id bigint,
    lost_to bigint,
    audit_id bigint
);
ALTER TABLE locker_decisions ADD CONSTRAINT locker_decisions_pkey PRIMARY KEY (decision_id);
CREATE INDEX idx_decisions_student ON locker_decisions USING btree (student_id, decision_id);
CREATE INDEX idx_decisions_time ON locker_decisions USING brin (decided_at);
GRANT SELECT ON TABLE locker_decisions TO locker_app;
GRANT SELECT ON TABLE locker_decisions TO locker_operator;

CREATE TABLE locker_info (
    locker_id integer NOT NULL,
    owner varchar(20),
    location_id integer NOT NULL,
    disabled_at timestamptz,
    unlisted_at timestamptz,
    CONSTRAINT locker_info_locker_id_check CHECK ((locker_id > 0)),
    CONSTRAINT unlisted_is_disabled CHECK (((unlisted_at IS NULL) OR (disabled_at IS NOT NULL)))
);
ALTER TABLE locker_info ADD CONSTRAINT locker_info_location_id_fkey FOREIGN KEY (location_id) REFERENCES locker_locations(location_id);
ALTER TABLE locker_info ADD CONSTRAINT locker_info_owner_fkey FOREIGN KEY (owner) REFERENCES users(student_id) ON UPDATE CASCADE ON DELETE SET NULL;
ALTER TABLE locker_info ADD CONSTRAINT locker_info_owner_key UNIQUE (owner);
ALTER TABLE locker_info ADD CONSTRAINT locker_info_pkey PRIMARY KEY (locker_id);
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON locker_info FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
CREATE TRIGGER operator_service AFTER INSERT OR DELETE OR UPDATE ON locker_info FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_service();
GRANT SELECT ON TABLE locker_info TO locker_app;
GRANT SELECT ON TABLE locker_info TO locker_operator;

CREATE TABLE locker_locations (
    location_id integer NOT NULL,
    name text NOT NULL,
    cohort text,
    CONSTRAINT locker_locations_cohort_check CHECK ((cohort <> ''::text))
);
ALTER TABLE locker_locations ADD CONSTRAINT locker_locations_name_key UNIQUE (name);
ALTER TABLE locker_locations ADD CONSTRAINT locker_locations_pkey PRIMARY KEY (location_id);
ALTER TABLE locker_locations ALTER COLUMN location_id SET DEFAULT nextval('locker_locations_location_id_seq'::regclass);
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON locker_locations FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
GRANT SELECT ON TABLE locker_locations TO locker_app;
GRANT SELECT ON TABLE locker_locations TO locker_operator;

CREATE TABLE operator_audit (
    audit_id bigint NOT NULL,
    at timestamptz DEFAULT clock_timestamp() NOT NULL,
    os_user text NOT NULL,
    db_role text DEFAULT SESSION_USER NOT NULL,
    command text NOT NULL,
    arguments jsonb DEFAULT '{}'::jsonb NOT NULL,
    reason text NOT NULL,
    undo_of bigint,
    undone_by bigint,
    not_undoable text,
    images_until timestamptz DEFAULT (clock_timestamp() + '180 days'::interval) NOT NULL,
    transaction_id xid8 DEFAULT pg_current_xact_id() NOT NULL,
    in_ledger boolean DEFAULT true NOT NULL,
    CONSTRAINT operator_audit_command_check CHECK ((command <> ''::text)),
    CONSTRAINT operator_audit_not_undoable_check CHECK ((not_undoable = ANY (ARRAY['erased'::text, 'expired'::text]))),
    CONSTRAINT operator_audit_os_user_check CHECK ((os_user <> ''::text)),
    CONSTRAINT operator_audit_reason_check CHECK ((btrim(reason) <> ''::text))
);
ALTER TABLE operator_audit ADD CONSTRAINT operator_audit_pkey PRIMARY KEY (audit_id);
ALTER TABLE operator_audit ADD CONSTRAINT operator_audit_undo_of_fkey FOREIGN KEY (undo_of) REFERENCES operator_audit(audit_id);
ALTER TABLE operator_audit ADD CONSTRAINT operator_audit_undone_by_fkey FOREIGN KEY (undone_by) REFERENCES operator_audit(audit_id);
ALTER TABLE operator_audit ALTER COLUMN audit_id SET DEFAULT nextval('operator_audit_audit_id_seq'::regclass);
GRANT SELECT ON TABLE operator_audit TO locker_operator;

CREATE TABLE operator_changes (
    change_id bigint NOT NULL,
    audit_id bigint NOT NULL,
    relation text NOT NULL,
    before jsonb,
    after jsonb,
    CONSTRAINT operator_changes_check CHECK (((before IS NOT NULL) OR (after IS NOT NULL)))
);
ALTER TABLE operator_changes ADD CONSTRAINT operator_changes_audit_id_fkey FOREIGN KEY (audit_id) REFERENCES operator_audit(audit_id) ON DELETE CASCADE;
ALTER TABLE operator_changes ADD CONSTRAINT operator_changes_pkey PRIMARY KEY (change_id);
ALTER TABLE operator_changes ALTER COLUMN change_id SET DEFAULT nextval('operator_changes_change_id_seq'::regclass);
CREATE INDEX idx_operator_changes_audit ON operator_changes USING btree (audit_id, change_id);
GRANT SELECT ON TABLE operator_changes TO locker_operator;

CREATE TABLE semester_assignments (
    semester_id integer NOT NULL,
    assignment_id bigint,
    locker_id integer NOT NULL,
    location_name text NOT NULL,
    student_id varchar(20) NOT NULL,
    name varchar(100),
    state assignment_state NOT NULL,
    hold_expires_at timestamptz,
    confirmed_at timestamptz,
    released_at timestamptz,
    created_at timestamptz
);
ALTER TABLE semester_assignments ADD CONSTRAINT semester_assignments_semester_id_fkey FOREIGN KEY (semester_id) REFERENCES semesters(semester_id) ON DELETE CASCADE;
CREATE INDEX idx_semester_assignments ON semester_assignments USING btree (semester_id, locker_id);
CREATE INDEX idx_semester_assignments_student ON semester_assignments USING btree (student_id);
GRANT SELECT ON TABLE semester_assignments TO locker_operator;

CREATE TABLE semesters (
    semester_id integer NOT NULL,
    name text NOT NULL,
    closed_at timestamptz DEFAULT clock_timestamp() NOT NULL,
    keep_until timestamptz NOT NULL,
    audit_id bigint NOT NULL,
    last_decision bigint NOT NULL,
    lockers integer NOT NULL,
    confirmed integer NOT NULL,
    assignments integer NOT NULL,
    students integer NOT NULL,
    anonymous_since timestamptz,
    CONSTRAINT semesters_name_check CHECK ((btrim(name) <> ''::text))
);
ALTER TABLE semesters ADD CONSTRAINT semesters_audit_id_fkey FOREIGN KEY (audit_id) REFERENCES operator_audit(audit_id);
ALTER TABLE semesters ADD CONSTRAINT semesters_name_key UNIQUE (name);
ALTER TABLE semesters ADD CONSTRAINT semesters_pkey PRIMARY KEY (semester_id);
ALTER TABLE semesters ALTER COLUMN semester_id SET DEFAULT nextval('semesters_semester_id_seq'::regclass);
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON semesters FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
GRANT SELECT ON TABLE semesters TO locker_operator;

CREATE TABLE users (
    student_id varchar(20) NOT NULL,
    serial_id bigint NOT NULL,
    name varchar(100) NOT NULL,
    phone_number varchar(32) NOT NULL,
    created_at timestamptz DEFAULT now() NOT NULL,
    updated_at timestamptz DEFAULT now() NOT NULL,
    cohort text,
    adopted boolean DEFAULT false NOT NULL,
    CONSTRAINT users_cohort_check CHECK ((cohort <> ''::text)),
    CONSTRAINT users_student_id_form CHECK ((adopted OR ((student_id)::text ~ '^[0-9]{10}$'::text)))
);
ALTER TABLE users ADD CONSTRAINT users_phone_number_key UNIQUE (phone_number);
ALTER TABLE users ADD CONSTRAINT users_pkey PRIMARY KEY (student_id);
ALTER TABLE users ADD CONSTRAINT users_serial_id_key UNIQUE (serial_id);
ALTER TABLE users ALTER COLUMN serial_id ADD GENERATED BY DEFAULT AS IDENTITY;
CREATE INDEX idx_users_cohort ON users USING btree (cohort) WHERE (cohort IS NOT NULL);
CREATE TRIGGER operator_keep AFTER INSERT OR DELETE OR UPDATE ON users FOR EACH ROW WHEN ((current_setting('locker.audit_id'::text, true) <> ''::text)) EXECUTE FUNCTION operator_keep();
CREATE TRIGGER users_end_sessions AFTER UPDATE OF name, phone_number ON users FOR EACH ROW WHEN ((((old.name)::text IS DISTINCT FROM (new.name)::text) OR ((old.phone_number)::text IS DISTINCT FROM (new.phone_number)::text))) EXECUTE FUNCTION users_end_sessions();
CREATE TRIGGER users_touch BEFORE UPDATE ON users FOR EACH ROW WHEN ((old.* IS DISTINCT FROM new.*)) EXECUTE FUNCTION users_touch();
GRANT SELECT ON TABLE users TO locker_operator;
GRANT SELECT(cohort) ON TABLE users TO locker_app;
GRANT SELECT(name) ON TABLE users TO locker_app;
GRANT SELECT(phone_number) ON TABLE users TO locker_app;
GRANT SELECT(serial_id) ON TABLE users TO locker_app;
GRANT SELECT(student_id) ON TABLE users TO locker_app;


-- Views

CREATE VIEW v_active_assignments AS
 SELECT a.assignment_id,
    a.locker_id,
    a.student_id,
    a.state,
    a.hold_expires_at,
    a.confirmed_at,
    a.decision_id
   FROM locker_assignments a
  WHERE ((a.state = ANY (ARRAY['hold'::assignment_state, 'confirmed'::assignment_state])) AND ((a.state = 'confirmed'::assignment_state) OR (a.hold_expires_at > clock_timestamp())));
GRANT SELECT ON TABLE v_active_assignments TO locker_app;
GRANT SELECT ON TABLE v_active_assignments TO locker_operator;

CREATE VIEW v_live_sessions AS
 SELECT s.access_jti,
    s.student_id
   FROM auth_sessions s
  WHERE (s.expires_at > clock_timestamp());
GRANT SELECT ON TABLE v_live_sessions TO locker_app;
GRANT SELECT ON TABLE v_live_sessions TO locker_operator;

CREATE VIEW v_locker_states AS
 SELECT l.locker_id,
    l.location_id,
    p.name AS location_name,
        CASE
            WHEN ((a.state = 'confirmed'::assignment_state) OR (l.owner IS NOT NULL)) THEN 'confirmed'::text
            WHEN (a.state = 'hold'::assignment_state) THEN 'held'::text
            WHEN (l.disabled_at IS NOT NULL) THEN 'disabled'::text
            ELSE 'available'::text
        END AS state,
    COALESCE(l.owner, a.student_id) AS student_id,
    a.hold_expires_at,
    a.decision_id,
    p.cohort
   FROM ((locker_info l
     JOIN locker_locations p ON ((p.location_id = l.location_id)))
     LEFT JOIN v_active_assignments a ON ((a.locker_id = l.locker_id)));
GRANT SELECT ON TABLE v_locker_states TO locker_app;
GRANT SELECT ON TABLE v_locker_states TO locker_operator;

CREATE VIEW v_overall_locker_info AS
 SELECT count(*) FILTER (WHERE (s.state = 'available'::text)) AS remaining,
    count(*) FILTER (WHERE (s.state = 'held'::text)) AS held,
    count(*) FILTER (WHERE (s.state = 'confirmed'::text)) AS confirmed,
    count(*) AS total
   FROM v_locker_states s
  WHERE (s.cohort IS NULL);
GRANT SELECT ON TABLE v_overall_locker_info TO locker_app;
GRANT SELECT ON TABLE v_overall_locker_info TO locker_operator;


-- Functions

CREATE FUNCTION application_period_at(p_at timestamptz, p_cohort text DEFAULT NULL::text) RETURNS TABLE(state text, opens_at timestamptz, closes_at timestamptz) LANGUAGE sql STABLE ROWS 1;  -- sql/periods.sql
CREATE FUNCTION auth_add_student(p_student_id text, p_name text, p_phone_number text) RETURNS text LANGUAGE plpgsql ;  -- sql/sign_in.sql
CREATE FUNCTION auth_count_failure(p_student_id text, p_window_seconds integer) RETURNS void LANGUAGE plpgsql ;  -- sql/sign_in.sql
CREATE FUNCTION auth_end_all_sessions(p_student_id text) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION auth_end_presented(p_token_hash bytea, p_access_jtis uuid[]) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION auth_end_reused(p_token_hash bytea) RETURNS boolean LANGUAGE plpgsql ;  -- sql/sessions.sql
CREATE FUNCTION auth_end_session(p_student_id text, p_session_id uuid) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION auth_is_listed(p_student_id text, p_name text, p_phone_number text) RETURNS boolean LANGUAGE plpgsql ;  -- sql/sign_in.sql
CREATE FUNCTION auth_open_session(p_student_id text, p_token_hash bytea, p_access_jti uuid, p_session_id uuid, p_ttl_seconds integer, p_session_ttl_seconds integer, p_user_agent text, p_ip text, p_limit integer) RETURNS void LANGUAGE plpgsql ;  -- sql/sessions.sql
CREATE FUNCTION auth_register(p_student_id text, p_name text, p_phone_number text, p_registration text, p_max_failures integer, p_window_seconds integer, OUT outcome text, OUT retry_after integer) RETURNS record LANGUAGE plpgsql SECURITY DEFINER  SET lock_timeout TO '2s';  -- sql/sign_in.sql
CREATE FUNCTION auth_rotate(p_presented_hash bytea, p_next_hash bytea, p_next_jti uuid, p_ttl_seconds integer, p_user_agent text, p_ip text, p_access_jtis uuid[] DEFAULT '{}'::uuid[], OUT outcome text, OUT student_id text, OUT serial_id bigint) RETURNS record LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION auth_session_list(p_student_id text, p_access_jti uuid) RETURNS TABLE(session_id uuid, is_current boolean, started_at timestamptz, last_used_at timestamptz, user_agent text, network text) LANGUAGE sql STABLE SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION auth_sign_in(p_student_id text, p_name text, p_phone_number text, p_registration text, p_registers boolean, p_token_hash bytea, p_access_jti uuid, p_session_id uuid, p_ttl_seconds integer, p_session_ttl_seconds integer, p_user_agent text, p_ip text, p_session_limit integer, p_max_failures integer, p_window_seconds integer, OUT outcome text, OUT serial_id bigint, OUT retry_after integer) RETURNS record LANGUAGE plpgsql SECURITY DEFINER  SET lock_timeout TO '2s';  -- sql/sign_in.sql
CREATE FUNCTION auth_sweep() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION code_fingerprint() RETURNS text LANGUAGE sql STABLE ;  -- sql/code.sql
CREATE FUNCTION eligible_students_end_sessions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/roster.sql
CREATE FUNCTION locker_assignments_instants() RETURNS trigger LANGUAGE plpgsql ;  -- sql/assignments.sql
CREATE FUNCTION locker_decide(p_acts decision_act[], p_jtis uuid[], p_students text[], p_lockers integer[], p_request_ids text[], p_received_at double precision[], p_hold_seconds integer, p_burst integer, p_refill real, p_waits boolean) RETURNS TABLE(number integer, outcome text, location_id integer, location_name text, expires_at timestamptz, seconds_left integer, opens_at timestamptz, closes_at timestamptz) LANGUAGE plpgsql SECURITY DEFINER  SET lock_timeout TO '1s' SET plan_cache_mode TO 'force_generic_plan';  -- sql/decisions.sql
CREATE FUNCTION locker_expire(p_student_id text, p_locker_id integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/expiry.sql
CREATE FUNCTION locker_free(p_assignments bigint[], p_state assignment_state, p_at timestamptz, p_locker_id integer DEFAULT NULL::integer, p_owner text DEFAULT NULL::text) RETURNS TABLE(assignment_id bigint, locker_id integer, student_id text) LANGUAGE plpgsql ;  -- sql/expiry.sql
CREATE FUNCTION locker_guard(p_student_id text, p_locker_id integer, p_waits boolean DEFAULT true) RETURNS boolean LANGUAGE plpgsql;  -- sql/guard.sql
CREATE FUNCTION locker_now(p_student_id text, p_locker_id integer) RETURNS timestamptz LANGUAGE plpgsql ;  -- sql/guard.sql
CREATE FUNCTION locker_record(p_student_id text, p_locker_id integer, p_act decision_act, p_outcome decision_outcome, p_assignment_id bigint) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/ledger.sql
CREATE FUNCTION locker_sweep(p_limit integer) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/expiry.sql
CREATE FUNCTION operator_act() RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/audit.sql
CREATE FUNCTION operator_adopt(p_data jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/adopt.sql
CREATE FUNCTION operator_analyze() RETURNS void LANGUAGE plpgsql SECURITY DEFINER  SET lock_timeout TO '10s';  -- sql/retention.sql
CREATE FUNCTION operator_assign(p_student_id text, p_locker_id integer) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/assigning.sql
CREATE FUNCTION operator_begin(p_command text, p_arguments jsonb, p_reason text, p_os_user text) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/audit.sql
CREATE FUNCTION operator_destroyed(p_audit_id bigint) RETURNS integer LANGUAGE sql STABLE SECURITY DEFINER ;  -- sql/audit.sql
CREATE FUNCTION operator_drift() RETURNS TABLE(kind text, locker_id integer, student_id text, detail text) LANGUAGE sql STABLE SECURITY DEFINER ;  -- sql/repair.sql
CREATE FUNCTION operator_forget() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/retention.sql
CREATE FUNCTION operator_gate() RETURNS void LANGUAGE plpgsql SET lock_timeout TO '300ms';  -- sql/guard.sql
CREATE FUNCTION operator_give(p_student_id text, p_locker_id integer) RETURNS bigint LANGUAGE plpgsql ;  -- sql/assigning.sql
CREATE FUNCTION operator_images_end(p_audit_id bigint, p_images_until timestamptz) RETURNS timestamptz LANGUAGE sql STABLE ;  -- sql/retention.sql
CREATE FUNCTION operator_keep() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER  SET "TimeZone" TO 'UTC';  -- sql/audit.sql
CREATE FUNCTION operator_key(p_relation text) RETURNS text[] LANGUAGE sql STABLE ;  -- sql/undo.sql
CREATE FUNCTION operator_knows(p_student_id text) RETURNS boolean LANGUAGE sql STABLE ;  -- sql/students.sql
CREATE FUNCTION operator_ledger_rename(p_from text, p_to text, p_decisions bigint[]) RETURNS integer LANGUAGE plpgsql ;  -- sql/ledger.sql
CREATE FUNCTION operator_location_add(p_name text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/lockers.sql
CREATE FUNCTION operator_location_remove(p_location_id integer) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/lockers.sql
CREATE FUNCTION operator_location_rename(p_location_id integer, p_name text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/lockers.sql
CREATE FUNCTION operator_locker_disable(p_locker_id integer, p_disabled boolean) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/lockers.sql
CREATE FUNCTION operator_lockers_import(p_lockers jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/lockers.sql
CREATE FUNCTION operator_mend() RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/repair.sql
CREATE FUNCTION operator_move(p_student_id text, p_locker_id integer) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/assigning.sql
CREATE FUNCTION operator_note(p_command text, p_facts jsonb) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/audit.sql
CREATE FUNCTION operator_obstacle(p_student_id text, p_locker_id integer, p_ignore_own boolean) RETURNS jsonb LANGUAGE plpgsql ;  -- sql/assigning.sql
CREATE FUNCTION operator_period_close() RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/periods.sql
CREATE FUNCTION operator_period_open(p_closes timestamptz) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/periods.sql
CREATE FUNCTION operator_period_set(p_opens timestamptz, p_closes timestamptz, p_force boolean) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/periods.sql
CREATE FUNCTION operator_pseudonym(p_student_id text, p_salt text) RETURNS text LANGUAGE sql IMMUTABLE ;  -- sql/students.sql
CREATE FUNCTION operator_redated(p_relation text, p_image jsonb) RETURNS jsonb LANGUAGE sql ;  -- sql/undo.sql
CREATE FUNCTION operator_refusal(p_code text, VARIADIC p_details text[] DEFAULT '{}'::text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE;  -- sql/audit.sql
CREATE FUNCTION operator_release(p_locker_id integer) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/assigning.sql
CREATE FUNCTION operator_retention(p_reason text, p_os_user text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/retention.sql
CREATE FUNCTION operator_roster_import(p_entries jsonb, p_source text, p_add boolean) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/roster.sql
CREATE FUNCTION operator_roster_sessions() RETURNS integer LANGUAGE plpgsql ;  -- sql/roster.sql
CREATE FUNCTION operator_row(p_relation text, p_image jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE  SET "TimeZone" TO 'UTC';  -- sql/undo.sql
CREATE FUNCTION operator_semester_close(p_name text, p_keep interval) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/semesters.sql
CREATE FUNCTION operator_semesters_forget() RETURNS integer LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/semesters.sql
CREATE FUNCTION operator_service() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/lockers.sql
CREATE FUNCTION operator_sessions_revoke(p_student_id text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION operator_student_add(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/students.sql
CREATE FUNCTION operator_student_change_id(p_from text, p_to text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/students.sql
CREATE FUNCTION operator_student_correct(p_student_id text, p_name text, p_phone_number text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/students.sql
CREATE FUNCTION operator_student_erase(p_student_id text) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/students.sql
CREATE FUNCTION operator_take(p_student_id text, p_locker_id integer) RETURNS void LANGUAGE plpgsql ;  -- sql/assigning.sql
CREATE FUNCTION operator_take_back(p_change operator_changes) RETURNS text LANGUAGE plpgsql ;  -- sql/undo.sql
CREATE FUNCTION operator_take_back_many(p_audit_id bigint) RETURNS bigint[] LANGUAGE plpgsql  SET "TimeZone" TO 'UTC';  -- sql/undo.sql
CREATE FUNCTION operator_take_back_row(p_change operator_changes) RETURNS text LANGUAGE plpgsql  SET "TimeZone" TO 'UTC';  -- sql/undo.sql
CREATE FUNCTION operator_turn() RETURNS void LANGUAGE plpgsql SET lock_timeout TO '15s';  -- sql/guard.sql
CREATE FUNCTION operator_undo(p_audit_id bigint) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/undo.sql
CREATE FUNCTION operator_undo_rows(p_audit_id bigint) RETURNS jsonb LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/undo.sql
CREATE FUNCTION operator_wanted(p_lockers jsonb) RETURNS TABLE(locker_id integer, location text) LANGUAGE sql IMMUTABLE;  -- sql/lockers.sql
CREATE FUNCTION read_committed() RETURNS void LANGUAGE plpgsql;  -- sql/guard.sql
CREATE FUNCTION rehearsal_check(p_cohort text) RETURNS void LANGUAGE plpgsql ;  -- sql/rehearsals.sql
CREATE FUNCTION rehearsal_leftovers() RETURNS SETOF text LANGUAGE sql STABLE SECURITY DEFINER ;  -- sql/rehearsals.sql
CREATE FUNCTION rehearsal_make(p_cohort text, p_students integer, p_lockers integer) RETURNS void LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/rehearsals.sql
CREATE FUNCTION rehearsal_open(p_cohort text, p_wait interval, p_lasts interval) RETURNS timestamptz LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/rehearsals.sql
CREATE FUNCTION rehearsal_wipe(p_cohort text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/rehearsals.sql
CREATE FUNCTION users_end_sessions() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER ;  -- sql/sessions.sql
CREATE FUNCTION users_touch() RETURNS trigger LANGUAGE plpgsql ;  -- sql/students.sql

-- Other rights

GRANT USAGE ON SCHEMA public TO locker_app;

GRANT USAGE ON SCHEMA public TO locker_operator;

GRANT SELECT ON SEQUENCE application_periods_period_id_seq TO locker_operator;

GRANT SELECT ON SEQUENCE locker_assignments_assignment_id_seq TO locker_operator;

GRANT SELECT ON SEQUENCE locker_decision_seq TO locker_operator;

GRANT SELECT ON SEQUENCE locker_locations_location_id_seq TO locker_operator;

GRANT SELECT ON SEQUENCE operator_audit_audit_id_seq TO locker_operator;

GRANT SELECT ON SEQUENCE operator_changes_change_id_seq TO locker_operator;

GRANT SELECT ON SEQUENCE semesters_semester_id_seq TO locker_operator;

GRANT SELECT ON SEQUENCE users_serial_id_seq TO locker_operator;

ALTER DEFAULT PRIVILEGES FOR ROLE locker_owner IN SCHEMA public GRANT SELECT ON SEQUENCES  TO locker_operator;

ALTER DEFAULT PRIVILEGES FOR ROLE locker_owner IN SCHEMA public GRANT SELECT ON TABLES  TO locker_operator;
