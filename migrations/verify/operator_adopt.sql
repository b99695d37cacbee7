-- Verify locker-server:operator_adopt on pg

BEGIN;

SELECT 'operator_adopt(jsonb)'::regprocedure;

ROLLBACK;
