-- Revert locker-server:roster from pg

BEGIN;

DROP TABLE eligible_students;
DROP FUNCTION eligible_students_end_sessions();
DROP FUNCTION auth_check_roster(text, text, text, int, int);

COMMIT;
