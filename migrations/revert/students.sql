-- Revert locker-server:students from pg

BEGIN;

DROP TABLE users;
DROP FUNCTION users_touch();

COMMIT;
