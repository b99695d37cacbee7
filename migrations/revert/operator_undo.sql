-- Revert locker-server:operator_undo from pg

BEGIN;

DROP FUNCTION operator_undo(bigint);
DROP FUNCTION operator_take_back(operator_changes);
DROP FUNCTION operator_row(text, jsonb);
DROP FUNCTION operator_key(text);

COMMIT;
