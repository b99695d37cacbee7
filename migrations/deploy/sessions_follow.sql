-- Deploy locker-server:sessions_follow to pg
-- requires: refresh_once
-- requires: operator_persons

BEGIN;

-- A person whose name or phone was corrected signs in anew, as in sessions. A corrected 학번 takes the sessions along: the
-- access token still names the former one and is not good any more, and the next refresh brings one that names the new one.
DROP TRIGGER users_end_sessions ON users;
CREATE TRIGGER users_end_sessions AFTER UPDATE OF name, phone_number ON users
    FOR EACH ROW
    WHEN ((OLD.name, OLD.phone_number) IS DISTINCT FROM (NEW.name, NEW.phone_number))
    EXECUTE FUNCTION users_end_sessions();

-- As in refresh_once; but the 학번 may be corrected at this very moment.
CREATE OR REPLACE FUNCTION auth_rotate(
    p_presented_hash bytea, p_next_hash bytea, p_next_jti uuid, p_ttl_seconds int, p_user_agent text, p_ip text,
    p_access_jtis uuid[],
    OUT outcome text, OUT student_id text, OUT serial_id bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_family     uuid;
    v_started_at timestamptz;
    v_ends_at    timestamptz;
BEGIN
    LOOP
        SELECT t.student_id, t.family_id INTO student_id, v_family
          FROM auth_refresh_tokens t WHERE t.token_hash = p_presented_hash;
        IF NOT FOUND THEN
            outcome := 'unknown';
            RETURN;
        END IF;
        -- The student's row before the lock, in the order in which an operator who changes the row takes the two.
        PERFORM FROM users u WHERE u.student_id = auth_rotate.student_id FOR KEY SHARE;
        -- Otherwise the token has another student_id by now, or went with the account.
        EXIT WHEN FOUND;
    END LOOP;
    -- Every student's whom this is about, in one order, so that two who present each other's do not wait for each other.
    PERFORM auth_lock(s.concerned)
       FROM (SELECT auth_rotate.student_id AS concerned UNION
             SELECT t.student_id FROM auth_refresh_tokens t WHERE t.access_jti = ANY (p_access_jtis)
              ORDER BY 1) s;

    -- This one statement decides the single winner of concurrent refreshes.
    UPDATE auth_refresh_tokens t
       SET revoked_at = clock_timestamp(), revoke_reason = 'rotated'
     WHERE t.token_hash = p_presented_hash AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
    RETURNING t.family_started_at, t.family_expires_at INTO v_started_at, v_ends_at;

    IF FOUND THEN
        INSERT INTO auth_refresh_tokens
            (student_id, token_hash, access_jti, family_id, family_started_at, family_expires_at, expires_at,
             user_agent, ip)
        VALUES (student_id, p_next_hash, p_next_jti, v_family, v_started_at, v_ends_at,
                least(clock_timestamp() + make_interval(secs => p_ttl_seconds), v_ends_at),
                left(p_user_agent, 120), left(p_ip, 45));
        -- That of the spent token's own access token has ended with it; one of another session ends as well.
        PERFORM auth_end_presented(NULL, p_access_jtis);
        SELECT u.serial_id INTO serial_id FROM users u WHERE u.student_id = auth_rotate.student_id;
        outcome := 'rotated';
        RETURN;
    END IF;

    PERFORM FROM auth_refresh_tokens t WHERE t.token_hash = p_presented_hash AND t.revoked_at IS NOT NULL;
    IF FOUND THEN
        UPDATE auth_refresh_tokens t
           SET revoked_at = clock_timestamp(), revoke_reason = 'reused'
         WHERE t.family_id = v_family AND t.revoked_at IS NULL;
        outcome := 'reused';
    ELSE
        outcome := 'expired';
    END IF;
END
$$;

COMMIT;
