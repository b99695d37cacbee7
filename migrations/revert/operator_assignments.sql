-- Revert locker-server:operator_assignments from pg

BEGIN;

DROP FUNCTION operator_sessions_revoke(text);
DROP FUNCTION operator_move(text, int);
DROP FUNCTION operator_release(int);
DROP FUNCTION operator_assign(text, int);
DROP FUNCTION operator_take(text, int);
DROP FUNCTION operator_give(text, int);
DROP FUNCTION operator_obstacle(text, int, boolean);

COMMIT;
