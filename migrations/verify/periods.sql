-- Verify locker-server:periods on pg

BEGIN;

SELECT period_id, opens_at, closes_at, cohort FROM application_periods WHERE false;
SELECT state, opens_at, closes_at FROM application_period_at(now(), NULL);

ROLLBACK;
