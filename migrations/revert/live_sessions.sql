-- Revert locker-server:live_sessions from pg

BEGIN;

DROP VIEW v_live_sessions;

COMMIT;
