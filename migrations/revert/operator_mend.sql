-- Revert locker-server:operator_mend from pg

BEGIN;

DROP FUNCTION operator_mend();
DROP FUNCTION operator_drift();

COMMIT;
