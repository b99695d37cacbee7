-- Verify locker-server:operator_persons on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_app', 'auth_check_roster(text, text, text, int, int)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_operator', 'operator_student_erase(text)', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_operator', 'operator_ledger_rename(text, text, bigint[])', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_operator', 'operator_knows(text)', 'EXECUTE'))::int,
       1 / count(*) FROM pg_proc WHERE oid = 'operator_take_back_row(operator_changes)'::regprocedure;

ROLLBACK;
