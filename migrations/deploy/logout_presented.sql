-- Deploy locker-server:logout_presented to pg
-- requires: live_sessions

BEGIN;

-- Ends the live sessions that a refresh token and access tokens belong to, of one student or of several. A refresh token
-- that was spent or revoked before ends its whole family, as in auth_rotate, and is nothing valid all the same. Returns
-- whether any of what was presented was.
CREATE FUNCTION auth_end_presented(p_token_hash bytea, p_access_jtis uuid[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_live  uuid[];
    v_spent uuid[];
    v_ended boolean;
BEGIN
    SELECT coalesce(array_agg(t.family_id) FILTER (WHERE t.revoked_at IS NULL AND t.expires_at > clock_timestamp()), '{}'),
           coalesce(array_agg(t.family_id) FILTER (WHERE t.revoked_at IS NOT NULL AND t.token_hash = p_token_hash), '{}')
      INTO v_live, v_spent
      FROM auth_refresh_tokens t
     WHERE t.token_hash = p_token_hash OR t.access_jti = ANY (p_access_jtis);
    -- In one order, so that two that end the same two sessions do not wait for each other.
    PERFORM auth_lock(s.student_id)
       FROM (SELECT DISTINCT t.student_id FROM auth_refresh_tokens t WHERE t.family_id = ANY (v_live || v_spent)
              ORDER BY t.student_id) s;
    UPDATE auth_refresh_tokens t
       SET revoked_at = clock_timestamp(), revoke_reason = 'logout'
     WHERE t.family_id = ANY (v_live) AND t.revoked_at IS NULL;
    v_ended := FOUND;
    UPDATE auth_refresh_tokens t
       SET revoked_at = clock_timestamp(), revoke_reason = 'reused'
     WHERE t.family_id = ANY (v_spent) AND t.revoked_at IS NULL;
    RETURN v_ended;
END
$$;

-- As workers call it that were started before this migration.
CREATE OR REPLACE FUNCTION auth_end_session(p_token_hash bytea, p_access_jti uuid) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT auth_end_presented(p_token_hash, ARRAY[p_access_jti]);
$$;

REVOKE EXECUTE ON FUNCTION auth_end_presented(bytea, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION auth_end_presented(bytea, uuid[]) TO locker_app;

COMMIT;
