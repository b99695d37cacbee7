-- Revert locker-server:finite_periods from pg

BEGIN;

ALTER TABLE application_periods DROP CONSTRAINT application_periods_finite;

COMMIT;
