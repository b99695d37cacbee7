-- Revert locker-server:ledger from pg

BEGIN;

-- CASCADE: what sql/apply has put on top. It is put back by the next deployment.
DROP TABLE locker_decisions CASCADE;
DROP SEQUENCE locker_decision_seq;
DROP TYPE decision_outcome, decision_act CASCADE;

COMMIT;
