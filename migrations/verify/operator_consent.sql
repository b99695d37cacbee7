-- Verify locker-server:operator_consent on pg

BEGIN;

SELECT unlisted_at FROM locker_info WHERE false;
-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_operator', 'operator_destroyed(bigint)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_operator', 'operator_undo(bigint)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_operator', 'operator_roster_import(jsonb, text, boolean)', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_operator', 'operator_undo_rows(bigint)', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_app', 'operator_destroyed(bigint)', 'EXECUTE'))::int;

ROLLBACK;
