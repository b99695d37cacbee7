-- Revert locker-server:operators from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE operator_changes, operator_audit CASCADE;

COMMIT;
