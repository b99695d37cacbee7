-- Verify locker-server:live_sessions on pg

BEGIN;

SELECT access_jti, student_id FROM v_live_sessions WHERE false;

ROLLBACK;
