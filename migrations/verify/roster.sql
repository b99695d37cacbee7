-- Verify locker-server:roster on pg

BEGIN;

SELECT student_id, name, phone_number, eligible, reason, source_file, imported_at FROM eligible_students WHERE false;
-- Division by zero is the failure: a worker may ask about one student, and cannot read the list.
SELECT 1 / (has_function_privilege('locker_app', 'auth_check_roster(text, text, text, int, int)', 'EXECUTE'))::int,
       1 / (NOT has_table_privilege('locker_app', 'eligible_students', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE'))::int;

ROLLBACK;
