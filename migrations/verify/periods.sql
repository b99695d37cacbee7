-- Verify locker-server:periods on pg

BEGIN;

SELECT 'public.application_periods'::regclass;

ROLLBACK;
