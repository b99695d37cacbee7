-- Verify locker-server:refusals_limited on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_app', 'locker_confirm(text, int, text, timestamptz, int)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_app', 'locker_release_hold(text, int, text, timestamptz, int)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_app', 'locker_release(text, int, text, timestamptz, int)', 'EXECUTE'))::int;

ROLLBACK;
