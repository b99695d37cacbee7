-- Verify locker-server:plans_kept on pg

BEGIN;

SELECT 1 / (count(*) = 5)::int FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.proname IN ('locker_answer_for', 'locker_expire', 'auth_lock', 'auth_open_session', 'auth_brake')
   AND p.pronamespace = 'public'::regnamespace AND l.lanname = 'plpgsql';

ROLLBACK;
