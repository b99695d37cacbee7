-- Revert locker-server:ledger from pg

BEGIN;

DROP TABLE locker_decisions;
DROP SEQUENCE locker_decision_seq;

COMMIT;
