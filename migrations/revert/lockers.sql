-- Revert locker-server:lockers from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE attempt_allowances, locker_assignments, locker_info, locker_locations CASCADE;
DROP TYPE assignment_state CASCADE;

COMMIT;
