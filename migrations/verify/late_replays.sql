-- Verify locker-server:late_replays on pg

BEGIN;

SELECT 'locker_wait(text, int)'::regprocedure;

ROLLBACK;
