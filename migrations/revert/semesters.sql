-- Revert locker-server:semesters from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE semester_assignments, semesters CASCADE;

COMMIT;
