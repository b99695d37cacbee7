-- Revert locker-server:logout_presented from pg

BEGIN;

-- As in sessions.
CREATE OR REPLACE FUNCTION auth_end_session(p_token_hash bytea, p_access_jti uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_families uuid[];
BEGIN
    SELECT array_agg(t.family_id) INTO v_families
      FROM auth_refresh_tokens t
     WHERE (t.token_hash = p_token_hash OR t.access_jti = p_access_jti)
       AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp();
    IF v_families IS NULL THEN
        RETURN false;
    END IF;
    -- In one order, so that two that end the same two sessions do not wait for each other.
    PERFORM auth_lock(s.student_id)
       FROM (SELECT DISTINCT t.student_id FROM auth_refresh_tokens t WHERE t.family_id = ANY (v_families)
              ORDER BY t.student_id) s;
    UPDATE auth_refresh_tokens t
       SET revoked_at = clock_timestamp(), revoke_reason = 'logout'
     WHERE t.family_id = ANY (v_families) AND t.revoked_at IS NULL;
    RETURN FOUND;
END
$$;

DROP FUNCTION auth_end_presented(bytea, uuid[]);

COMMIT;
