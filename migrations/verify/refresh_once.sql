-- Verify locker-server:refresh_once on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_app', 'auth_rotate(bytea, bytea, uuid, int, text, text, uuid[])', 'EXECUTE'))::int;

ROLLBACK;
