-- Verify locker-server:operator_mend on pg

BEGIN;

SELECT 'operator_drift()'::regprocedure,
       'operator_mend()'::regprocedure;

ROLLBACK;
