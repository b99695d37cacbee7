-- Verify locker-server:rehearsals on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / (has_function_privilege('locker_operator', 'rehearsal_make(text, int, int)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_operator', 'rehearsal_open(text, interval, interval)', 'EXECUTE'))::int,
       1 / (has_function_privilege('locker_operator', 'rehearsal_wipe(text)', 'EXECUTE'))::int,
       1 / (NOT has_function_privilege('locker_app', 'rehearsal_wipe(text)', 'EXECUTE'))::int;
SELECT rehearsal_leftovers() WHERE false;

ROLLBACK;
