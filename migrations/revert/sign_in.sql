-- Revert locker-server:sign_in from pg

BEGIN;

DROP FUNCTION auth_sweep(interval, int);
DROP FUNCTION auth_register(text, text, text);
DROP FUNCTION auth_sign_in(text, text, text, boolean, bytea, uuid, uuid, int, int, text, text, int, int);
DROP FUNCTION auth_count_failure(text, int);
DROP FUNCTION auth_brake(text, int, int);
DROP TABLE auth_failures;

COMMIT;
