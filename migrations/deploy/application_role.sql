-- Deploy locker-server:application_role to pg
-- requires: sessions
-- requires: sign_in
-- requires: decisions

BEGIN;

-- PostgreSQL lets everybody execute a new function. Here nobody may, but who is named below.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

GRANT USAGE ON SCHEMA public TO locker_app;

-- PostgreSQL lets everybody make temporary tables in a new database; a worker has no use for one.
DO $$ BEGIN
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
END $$;

-- What a worker reads.
GRANT SELECT (student_id, serial_id, name, phone_number, cohort) ON users TO locker_app;
GRANT SELECT (student_id, access_jti, revoked_at, expires_at) ON auth_refresh_tokens TO locker_app;
GRANT SELECT ON locker_info, locker_locations, v_active_assignments, v_locker_states, v_overall_locker_info TO locker_app;
GRANT SELECT ON application_periods TO locker_app;
GRANT EXECUTE ON FUNCTION application_period_at(timestamptz, text) TO locker_app;
-- The ledger is read by the workers and written only inside the functions below: not even a worker can forge,
-- change or delete what was decided.
GRANT SELECT ON locker_decisions TO locker_app;

-- What a worker changes, it changes through these, which run with the owner's rights. No write to any table.
GRANT EXECUTE ON FUNCTION
    auth_sign_in(text, text, text, boolean, bytea, uuid, uuid, int, int, text, text, int, int),
    auth_register(text, text, text),
    auth_rotate(bytea, bytea, uuid, int, text, text),
    auth_end_session(bytea, uuid),
    auth_end_all_sessions(text, text),
    auth_sessions(text, uuid),
    auth_end_family(text, uuid),
    auth_sweep(interval, int),
    locker_hold(text, int, int, text, timestamptz, int),
    locker_confirm(text, int, text, timestamptz),
    locker_release_hold(text, int, text, timestamptz),
    locker_release(text, int, text, timestamptz),
    locker_sweep(int)
TO locker_app;

-- A worker asks at its start which migration the schema stands at, and refuses one it was not built for.
GRANT USAGE ON SCHEMA sqitch TO locker_app;
GRANT SELECT ON sqitch.changes TO locker_app;

COMMIT;
