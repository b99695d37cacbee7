-- Revert locker-server:roster from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE eligible_students CASCADE;

COMMIT;
