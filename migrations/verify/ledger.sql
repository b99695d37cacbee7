-- Verify locker-server:ledger on pg

BEGIN;

SELECT decision_id, decided_at, received_at, request_id, student_id, locker_id, act, outcome, guarded,
       assignment_id, lost_to FROM locker_decisions WHERE false;
SELECT 'locker_decision_seq'::regclass;

ROLLBACK;
