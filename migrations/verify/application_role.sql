-- Verify locker-server:application_role on pg

BEGIN;

-- Division by zero is the failure: the role can do what it must, and cannot do what it must not.
SELECT 1 / (has_function_privilege('locker_app', 'locker_hold(text, int, int, text, timestamptz, int)', 'EXECUTE'))::int,
       1 / (has_table_privilege('locker_app', 'v_locker_states', 'SELECT'))::int,
       1 / (NOT has_table_privilege('locker_app', 'locker_assignments', 'INSERT, UPDATE, DELETE, TRUNCATE'))::int,
       1 / (NOT has_table_privilege('locker_app', 'locker_decisions', 'INSERT, UPDATE, DELETE, TRUNCATE'))::int,
       1 / (NOT has_schema_privilege('locker_app', 'public', 'CREATE'))::int;

ROLLBACK;
