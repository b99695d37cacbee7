-- Verify locker-server:operator_assignments on pg

BEGIN;

SELECT 'operator_obstacle(text, int, boolean)'::regprocedure,
       'operator_give(text, int)'::regprocedure,
       'operator_take(text, int)'::regprocedure,
       'operator_assign(text, int)'::regprocedure,
       'operator_release(int)'::regprocedure,
       'operator_move(text, int)'::regprocedure,
       'operator_sessions_revoke(text)'::regprocedure;

ROLLBACK;
