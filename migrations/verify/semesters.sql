-- Verify locker-server:semesters on pg

BEGIN;

SELECT 'public.semesters'::regclass, 'public.semester_assignments'::regclass;

ROLLBACK;
