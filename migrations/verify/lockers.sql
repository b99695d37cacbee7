-- Verify locker-server:lockers on pg

BEGIN;

SELECT 'public.locker_locations'::regclass, 'public.locker_info'::regclass, 'public.locker_assignments'::regclass, 'public.attempt_allowances'::regclass;

ROLLBACK;
