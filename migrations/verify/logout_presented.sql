-- Verify locker-server:logout_presented on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_app', 'auth_end_presented(bytea, uuid[])', 'EXECUTE'))::int;

ROLLBACK;
