-- Verify locker-server:operator_ledger on pg

BEGIN;

SELECT audit_id FROM locker_decisions WHERE false;
SELECT in_ledger FROM operator_audit WHERE false;
-- Division by zero is the failure.
SELECT 1 / count(*) FROM pg_trigger WHERE tgname = 'operator_service' AND tgrelid = 'locker_info'::regclass;
SELECT 1 / (NOT has_function_privilege('locker_app', 'operator_service()', 'EXECUTE'))::int;

ROLLBACK;
