-- Revert locker-server:students from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE users CASCADE;

COMMIT;
