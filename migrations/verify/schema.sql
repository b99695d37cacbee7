-- Verify locker-server:schema on pg

BEGIN;

SELECT 'public.deployed_code'::regclass;

ROLLBACK;
