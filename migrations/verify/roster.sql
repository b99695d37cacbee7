-- Verify locker-server:roster on pg

BEGIN;

SELECT 'public.eligible_students'::regclass;

ROLLBACK;
