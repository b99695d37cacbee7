-- Revert locker-server:operator_students from pg

BEGIN;

DROP TRIGGER operator_keep ON eligible_students;
DROP FUNCTION operator_student_erase(text);
DROP FUNCTION operator_pseudonym(text, text);
DROP FUNCTION operator_roster_import(jsonb, text);
DROP FUNCTION operator_student_change_id(text, text);
DROP FUNCTION operator_student_correct(text, text, text);
DROP FUNCTION operator_student_add(text, text, text);

COMMIT;
