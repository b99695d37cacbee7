-- Verify locker-server:operator_students on pg

BEGIN;

SELECT 'operator_student_add(text, text, text)'::regprocedure,
       'operator_student_correct(text, text, text)'::regprocedure,
       'operator_student_change_id(text, text)'::regprocedure,
       'operator_roster_import(jsonb, text)'::regprocedure,
       'operator_pseudonym(text, text)'::regprocedure,
       'operator_student_erase(text)'::regprocedure;

ROLLBACK;
