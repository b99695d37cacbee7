-- Verify locker-server:operator_undo on pg

BEGIN;

SELECT 'operator_undo(bigint)'::regprocedure;

ROLLBACK;
