-- Verify locker-server:operator_role on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_operator', 'operator_begin(text, jsonb, text, text)', 'EXECUTE'))::int,
       1 / (has_table_privilege('locker_operator', 'operator_audit', 'SELECT'))::int,
       1 / (NOT has_table_privilege('locker_operator', 'operator_audit', 'INSERT, UPDATE, DELETE, TRUNCATE'))::int,
       1 / (NOT has_table_privilege('locker_operator', 'locker_assignments', 'INSERT, UPDATE, DELETE, TRUNCATE'))::int;

ROLLBACK;
