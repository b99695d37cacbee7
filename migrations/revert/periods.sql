-- Revert locker-server:periods from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE application_periods CASCADE;

COMMIT;
