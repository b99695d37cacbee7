-- Verify locker-server:sessions on pg

BEGIN;

SELECT id, student_id, token_hash, access_jti, family_id, family_started_at, family_expires_at, issued_at, expires_at,
       revoked_at, revoke_reason, user_agent, ip FROM auth_refresh_tokens WHERE false;
SELECT 'auth_rotate(bytea, bytea, uuid, int, text, text)'::regprocedure,
       'auth_end_session(bytea, uuid)'::regprocedure,
       'auth_end_all_sessions(text, text)'::regprocedure,
       'auth_sessions(text, uuid)'::regprocedure,
       'auth_end_family(text, uuid)'::regprocedure;

ROLLBACK;
