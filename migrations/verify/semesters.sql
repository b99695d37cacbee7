-- Verify locker-server:semesters on pg

BEGIN;

SELECT 'operator_semester_close(text, interval)'::regprocedure,
       'operator_semesters_forget()'::regprocedure;
SELECT FROM semesters WHERE false;
SELECT FROM semester_assignments WHERE false;

ROLLBACK;
