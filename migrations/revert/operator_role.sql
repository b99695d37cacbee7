-- Revert locker-server:operator_role from pg

BEGIN;

ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON SEQUENCES FROM locker_operator;
ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE SELECT ON TABLES FROM locker_operator;
REVOKE ALL ON ALL TABLES IN SCHEMA public, sqitch FROM locker_operator;
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM locker_operator;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM locker_operator;
REVOKE ALL ON SCHEMA public, sqitch FROM locker_operator;

COMMIT;
