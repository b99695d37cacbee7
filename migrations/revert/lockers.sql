-- Revert locker-server:lockers from pg

BEGIN;

DROP VIEW v_overall_locker_info;
DROP VIEW v_locker_states;
DROP VIEW v_active_assignments;
DROP TABLE locker_assignments;
DROP TABLE locker_info;
DROP TABLE locker_locations;
DROP TYPE assignment_state;

COMMIT;
