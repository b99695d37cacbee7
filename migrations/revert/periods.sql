-- Revert locker-server:periods from pg

BEGIN;

DROP FUNCTION application_period_at(timestamptz);
DROP TABLE application_periods;

COMMIT;
