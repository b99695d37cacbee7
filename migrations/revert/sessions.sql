-- Revert locker-server:sessions from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE auth_failures, auth_refresh_tokens CASCADE;

COMMIT;
