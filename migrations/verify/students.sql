-- Verify locker-server:students on pg

BEGIN;

SELECT 'public.users'::regclass;

ROLLBACK;
