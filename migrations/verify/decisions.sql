-- Verify locker-server:decisions on pg

BEGIN;

SELECT 'locker_guard(text, int)'::regprocedure,
       'locker_hold(text, int, int, text, timestamptz, int)'::regprocedure,
       'locker_confirm(text, int, text, timestamptz)'::regprocedure,
       'locker_release_hold(text, int, text, timestamptz)'::regprocedure,
       'locker_release(text, int, text, timestamptz)'::regprocedure,
       'locker_sweep(int)'::regprocedure;

ROLLBACK;
