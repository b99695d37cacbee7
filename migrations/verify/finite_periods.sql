-- Verify locker-server:finite_periods on pg

BEGIN;

-- Division by zero is the failure.
SELECT 1 / count(*) FROM pg_constraint
 WHERE conrelid = 'application_periods'::regclass AND conname = 'application_periods_finite' AND convalidated;

ROLLBACK;
