-- Deploy locker-server:live_sessions to pg
-- requires: sessions
-- requires: application_role

BEGIN;

-- THE predicate of a session, as v_active_assignments is that of an assignment: whose access token is good. Whatever a
-- student asks for reads it in the statement that answers him, so that a session which has ended ends with the next
-- request, wherever it arrives.
CREATE VIEW v_live_sessions AS
SELECT t.access_jti, t.student_id
  FROM auth_refresh_tokens t
 WHERE t.revoked_at IS NULL AND t.expires_at > clock_timestamp();

GRANT SELECT ON v_live_sessions TO locker_app;

COMMIT;
