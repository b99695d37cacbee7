-- Revert locker-server:periods from pg

BEGIN;

DROP FUNCTION application_period_at(timestamptz, text);
DROP TABLE application_periods;

COMMIT;
