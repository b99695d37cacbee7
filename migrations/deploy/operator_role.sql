-- Deploy locker-server:operator_role to pg
-- requires: operator_lockers
-- requires: operator_assignments
-- requires: operator_students
-- requires: semesters
-- requires: operator_mend
-- requires: operator_adopt

BEGIN;

-- PostgreSQL lets everybody execute a new function.
REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA public FROM PUBLIC;

-- lockerctl reads everything (a backup is nothing else) and writes nothing but through the functions below, which keep
-- the audit: not even the operator can act without leaving a row, or change the rows that were left.
GRANT USAGE ON SCHEMA public, sqitch TO locker_operator;
GRANT SELECT ON ALL TABLES IN SCHEMA public, sqitch TO locker_operator;
GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO locker_operator;
-- And of every table that a later migration adds: a backup that misses one is none.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO locker_operator;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO locker_operator;
GRANT EXECUTE ON FUNCTION
    application_period_at(timestamptz, text),
    operator_begin(text, jsonb, text, text),
    operator_note(text, jsonb),
    operator_undo(bigint),
    operator_period_set(timestamptz, timestamptz, boolean),
    operator_period_close(),
    operator_period_open(timestamptz),
    operator_location_add(text),
    operator_location_rename(int, text),
    operator_location_remove(int),
    operator_locker_disable(int, boolean),
    operator_lockers_import(jsonb),
    operator_assign(text, int),
    operator_release(int),
    operator_move(text, int),
    operator_sessions_revoke(text),
    operator_student_add(text, text, text),
    operator_student_correct(text, text, text),
    operator_student_change_id(text, text),
    operator_student_erase(text),
    operator_roster_import(jsonb, text),
    operator_semester_close(text, interval),
    operator_drift(),
    operator_mend(),
    operator_adopt(jsonb)
TO locker_operator;

COMMIT;
