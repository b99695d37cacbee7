-- Verify locker-server:period_plan on pg

BEGIN;

SELECT 1 / count(*) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
 WHERE p.oid = 'application_period_at(timestamptz, text)'::regprocedure AND l.lanname = 'plpgsql';

ROLLBACK;
