-- Revert locker-server:operator_lockers from pg

BEGIN;

DROP FUNCTION operator_lockers_import(jsonb);
DROP FUNCTION operator_wanted(jsonb);
DROP FUNCTION operator_locker_disable(int, boolean);
DROP FUNCTION operator_location_remove(int);
DROP FUNCTION operator_location_rename(int, text);
DROP FUNCTION operator_location_add(text);
DROP FUNCTION operator_period_open(timestamptz);
DROP FUNCTION operator_period_close();
DROP FUNCTION operator_period_set(timestamptz, timestamptz, boolean);

COMMIT;
