-- Sessions of students: how they begin, go on and end. Called by workers (Sessions.swift, SessionList.swift), by sign_in.sql and
-- by operators. Lock: auth_lock of each student concerned, after the student's own row in users where that is taken too, and of
-- several students in the order of their 학번.

-- THE predicate of a session, as v_active_assignments is that of an assignment: whose access token is good. Whatever a
-- student asks for reads it in the statement that answers him, so that a session which has ended ends with the next
-- request, wherever it arrives.
CREATE OR REPLACE VIEW v_live_sessions AS
SELECT t.access_jti, t.student_id
  FROM auth_refresh_tokens t
 WHERE t.revoked_at IS NULL AND t.expires_at > clock_timestamp();
GRANT SELECT ON v_live_sessions TO locker_app, locker_operator;

-- Everything that issues or ends the sessions of one student goes through this lock. Without it a rotation
-- that commits between a revocation's snapshot and its commit would leave its new token alive.
-- Key class 3; the argument is hashed, and a collision only makes two students wait for each other.
CREATE OR REPLACE FUNCTION auth_lock(p_student_id text) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(3, hashtext(p_student_id));
END
$$;

-- Issues the first refresh token of a new session.
CREATE OR REPLACE FUNCTION auth_open_session(
    p_student_id text, p_token_hash bytea, p_access_jti uuid, p_family_id uuid,
    p_ttl_seconds int, p_family_ttl_seconds int, p_user_agent text, p_ip text
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO auth_refresh_tokens
        (student_id, token_hash, access_jti, family_id, family_expires_at, expires_at, user_agent, ip)
    VALUES (p_student_id, p_token_hash, p_access_jti, p_family_id,
            clock_timestamp() + make_interval(secs => p_family_ttl_seconds),
            clock_timestamp() + make_interval(secs => least(p_ttl_seconds, p_family_ttl_seconds)),
            left(p_user_agent, 120), left(p_ip, 45));
END
$$;

-- Ends the live sessions that a refresh token and access tokens belong to, of one student or of several. A refresh token
-- that was spent or revoked before ends its whole family, as in auth_rotate, and is nothing valid all the same. Returns
-- whether any of what was presented was.
CREATE OR REPLACE FUNCTION auth_end_presented(p_token_hash bytea, p_access_jtis uuid[]) RETURNS boolean
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
GRANT EXECUTE ON FUNCTION auth_end_presented(bytea, uuid[]) TO locker_app;

-- Rotates a refresh token. outcome:
--   rotated           the presented token is spent and the next one is issued
--   reused            the presented token was spent or revoked before: the whole family is revoked now (and the revocation
--                     commits, since this is an answer and not an error)
--   expired, unknown  nothing was changed
-- The access tokens that were presented end in the same transaction: nothing that can fail stands between the commit, which
-- spends the presented refresh token, and the answer, which brings the next one. The 학번 may be corrected at this very moment.
CREATE OR REPLACE FUNCTION auth_rotate(
    p_presented_hash bytea, p_next_hash bytea, p_next_jti uuid, p_ttl_seconds int, p_user_agent text, p_ip text,
    p_access_jtis uuid[] DEFAULT NULL,
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
GRANT EXECUTE ON FUNCTION auth_rotate(bytea, bytea, uuid, int, text, text, uuid[]) TO locker_app;

-- Ends every session of a student. Returns how many refresh tokens were live.
CREATE OR REPLACE FUNCTION auth_end_all_sessions(p_student_id text, p_reason text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ended int;
BEGIN
    PERFORM auth_lock(p_student_id);
    UPDATE auth_refresh_tokens t
       SET revoked_at = clock_timestamp(), revoke_reason = p_reason
     WHERE t.student_id = p_student_id AND t.revoked_at IS NULL;
    GET DIAGNOSTICS v_ended = ROW_COUNT;
    RETURN v_ended;
END
$$;
GRANT EXECUTE ON FUNCTION auth_end_all_sessions(text, text) TO locker_app;

-- The live sessions of a student, the one used last first. At most a hundred: a list for a person to look through.
-- last_used_at is the last sign-in or refresh; a mere request leaves no trace.
CREATE OR REPLACE FUNCTION auth_sessions(p_student_id text, p_access_jti uuid)
RETURNS TABLE (family_id uuid, is_current boolean, started_at timestamptz, last_used_at timestamptz,
               user_agent text, network text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.family_id, t.access_jti = p_access_jti, t.family_started_at, t.issued_at, t.user_agent, t.ip
      FROM auth_refresh_tokens t
     WHERE t.student_id = p_student_id AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
     ORDER BY t.issued_at DESC, t.id DESC
     LIMIT 100;
$$;
GRANT EXECUTE ON FUNCTION auth_sessions(text, uuid) TO locker_app;

-- Ends one session of a student. Returns whether it was his and alive: somebody else's is as unknown as none.
CREATE OR REPLACE FUNCTION auth_end_family(p_student_id text, p_family_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_lock(p_student_id);
    UPDATE auth_refresh_tokens t
       SET revoked_at = clock_timestamp(), revoke_reason = 'logout'
     WHERE t.student_id = p_student_id AND t.family_id = p_family_id
       AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp();
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION auth_end_family(text, uuid) TO locker_app;

-- A person whose name or phone was corrected signs in anew: what the old session proved is no longer so. A corrected 학번 takes
-- the sessions along: the access token still names the former one and is not good any more, and the next refresh brings one that
-- names the new one.
CREATE OR REPLACE FUNCTION users_end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_end_all_sessions(NEW.student_id, 'changed');
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER users_end_sessions AFTER UPDATE OF name, phone_number ON users
    FOR EACH ROW
    WHEN ((OLD.name, OLD.phone_number) IS DISTINCT FROM (NEW.name, NEW.phone_number))
    EXECUTE FUNCTION users_end_sessions();

-- Forgets what no longer matters: tokens that ended p_keep ago, failures whose window is over.
CREATE OR REPLACE FUNCTION auth_sweep(p_keep interval, p_window_seconds int) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_deleted int;
BEGIN
    IF NOT pg_try_advisory_xact_lock(4, 1) THEN
        RETURN 0;
    END IF;
    DELETE FROM auth_failures f
     WHERE f.window_started_at + make_interval(secs => p_window_seconds) < clock_timestamp();
    DELETE FROM auth_refresh_tokens t WHERE t.expires_at < clock_timestamp() - p_keep;
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    RETURN v_deleted;
END
$$;
GRANT EXECUTE ON FUNCTION auth_sweep(interval, int) TO locker_app;

-- Ends the sessions of one student, or (null) of everybody. Not a thing that can be taken back: they sign in again.
CREATE OR REPLACE FUNCTION operator_sessions_revoke(p_student_id text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_ended int;
BEGIN
    PERFORM operator_act();
    IF p_student_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id) THEN
            RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
        END IF;
        RETURN jsonb_build_object('sessions', auth_end_all_sessions(p_student_id, 'operator'));
    END IF;
    -- Alone with the tokens: a rotation that is under way would otherwise leave its new token alive.
    LOCK TABLE auth_refresh_tokens IN EXCLUSIVE MODE;
    UPDATE auth_refresh_tokens t SET revoked_at = clock_timestamp(), revoke_reason = 'operator'
     WHERE t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT FROM users u WHERE u.student_id = t.student_id AND u.cohort IS NOT NULL);
    GET DIAGNOSTICS v_ended = ROW_COUNT;
    RETURN jsonb_build_object('sessions', v_ended);
END
$$;
GRANT EXECUTE ON FUNCTION operator_sessions_revoke(text) TO locker_operator;
