-- Revert locker-server:sessions from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE auth_failures, auth_spent_tokens, auth_sessions CASCADE;

COMMIT;
