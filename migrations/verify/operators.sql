-- Verify locker-server:operators on pg

BEGIN;

SELECT 'public.operator_audit'::regclass, 'public.operator_changes'::regclass;

ROLLBACK;
