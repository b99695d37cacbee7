-- Revert locker-server:operator_adopt from pg

BEGIN;

DROP FUNCTION operator_adopt(jsonb);

COMMIT;
