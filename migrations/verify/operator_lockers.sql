-- Verify locker-server:operator_lockers on pg

BEGIN;

SELECT 'operator_period_set(timestamptz, timestamptz, boolean)'::regprocedure,
       'operator_period_close()'::regprocedure,
       'operator_period_open(timestamptz)'::regprocedure,
       'operator_location_add(text)'::regprocedure,
       'operator_location_rename(int, text)'::regprocedure,
       'operator_location_remove(int)'::regprocedure,
       'operator_locker_disable(int, boolean)'::regprocedure,
       'operator_wanted(jsonb)'::regprocedure,
       'operator_lockers_import(jsonb)'::regprocedure;

ROLLBACK;
