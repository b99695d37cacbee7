-- Verify locker-server:ledger on pg

BEGIN;

SELECT 'public.locker_decisions'::regclass, 'public.locker_decision_seq'::regclass;

ROLLBACK;
