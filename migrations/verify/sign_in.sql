-- Verify locker-server:sign_in on pg

BEGIN;

SELECT student_id, failures, window_started_at FROM auth_failures WHERE false;
SELECT 'auth_sign_in(text, text, text, boolean, bytea, uuid, uuid, int, int, text, text, int, int)'::regprocedure,
       'auth_brake(text, int, int)'::regprocedure,
       'auth_count_failure(text, int)'::regprocedure,
       'auth_register(text, text, text)'::regprocedure,
       'auth_sweep(interval, int)'::regprocedure;

ROLLBACK;
