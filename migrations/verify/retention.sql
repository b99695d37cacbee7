-- Verify locker-server:retention on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_operator', 'operator_retention(text, text)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_operator', 'operator_analyze()', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_app', 'operator_retention(text, text)', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_operator', 'operator_forget()', 'EXECUTE'))::int;

ROLLBACK;
