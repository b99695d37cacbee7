-- Revert locker-server:semesters from pg

BEGIN;

DROP TRIGGER operator_keep ON semesters;
DROP FUNCTION operator_semesters_forget();
DROP FUNCTION operator_semester_close(text, interval);
DROP TABLE semester_assignments;
DROP TABLE semesters;

COMMIT;
