-- Deploy locker-server:sessions to pg
-- requires: students

BEGIN;

-- One row a refresh token. The rows with one family_id descend from one sign-in: that is a session.
CREATE TABLE auth_refresh_tokens (
    id                bigserial    PRIMARY KEY,
    student_id        varchar(20)  NOT NULL REFERENCES users (student_id) ON UPDATE CASCADE ON DELETE CASCADE,
    -- SHA-256 of the token. The token itself is 32 random bytes and is never stored.
    token_hash        bytea        NOT NULL UNIQUE CHECK (octet_length(token_hash) = 32),
    -- The jti of the access token that was issued together with this refresh token: as long as this row is
    -- live, so is that access token. This look-up is what ends an access token at once, on every host.
    access_jti        uuid         NOT NULL UNIQUE,
    family_id         uuid         NOT NULL,
    family_started_at timestamptz  NOT NULL DEFAULT clock_timestamp(),
    family_expires_at timestamptz  NOT NULL,
    issued_at         timestamptz  NOT NULL DEFAULT clock_timestamp(),
    expires_at        timestamptz  NOT NULL,
    revoked_at        timestamptz,
    revoke_reason     text         CHECK (revoke_reason IN ('rotated', 'reused', 'logout', 'logout_all', 'changed', 'operator')),
    user_agent        varchar(120),
    -- The network only (/24 or /48), never the whole address.
    ip                varchar(45),
    CHECK ((revoked_at IS NULL) = (revoke_reason IS NULL))
);

CREATE INDEX idx_refresh_tokens_student ON auth_refresh_tokens (student_id);
CREATE INDEX idx_refresh_tokens_family ON auth_refresh_tokens (family_id) WHERE revoked_at IS NULL;
CREATE INDEX idx_refresh_tokens_expiry ON auth_refresh_tokens (expires_at);

-- Everything that issues or ends the sessions of one student goes through this lock. Without it a rotation
-- that commits between a revocation's snapshot and its commit would leave its new token alive.
-- Key class 3; the argument is hashed, and a collision only makes two students wait for each other.
CREATE FUNCTION auth_lock(p_student_id text) RETURNS void
LANGUAGE sql SET lock_timeout = '2s' AS $$
    SELECT pg_advisory_xact_lock(3, hashtext(p_student_id));
$$;

-- Issues the first refresh token of a new session.
CREATE FUNCTION auth_open_session(
    p_student_id text, p_token_hash bytea, p_access_jti uuid, p_family_id uuid,
    p_ttl_seconds int, p_family_ttl_seconds int, p_user_agent text, p_ip text
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    INSERT INTO auth_refresh_tokens
        (student_id, token_hash, access_jti, family_id, family_expires_at, expires_at, user_agent, ip)
    VALUES (p_student_id, p_token_hash, p_access_jti, p_family_id,
            clock_timestamp() + make_interval(secs => p_family_ttl_seconds),
            clock_timestamp() + make_interval(secs => least(p_ttl_seconds, p_family_ttl_seconds)),
            left(p_user_agent, 120), left(p_ip, 45));
$$;

-- Rotates a refresh token. outcome:
--   rotated  the presented token is spent and the next one is issued
--   reused   the presented token was spent or revoked before: the whole family is revoked now (and the
--            revocation commits, since this is an answer and not an error)
--   expired, unknown  nothing was changed
CREATE FUNCTION auth_rotate(
    p_presented_hash bytea, p_next_hash bytea, p_next_jti uuid, p_ttl_seconds int, p_user_agent text, p_ip text,
    OUT outcome text, OUT student_id text, OUT serial_id bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_family     uuid;
    v_started_at timestamptz;
    v_ends_at    timestamptz;
BEGIN
    SELECT t.student_id, t.family_id INTO student_id, v_family
      FROM auth_refresh_tokens t WHERE t.token_hash = p_presented_hash;
    IF NOT FOUND THEN
        outcome := 'unknown';
        RETURN;
    END IF;
    -- The student's row before the lock, in the order in which an operator who changes the row takes the two.
    PERFORM FROM users u WHERE u.student_id = auth_rotate.student_id FOR KEY SHARE;
    PERFORM auth_lock(student_id);

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

-- Ends the live sessions that a refresh token and an access token belong to: one session, or two of one student or of
-- two. Returns whether there was any.
CREATE FUNCTION auth_end_session(p_token_hash bytea, p_access_jti uuid) RETURNS boolean
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

-- Ends every session of a student. Returns how many refresh tokens were live.
CREATE FUNCTION auth_end_all_sessions(p_student_id text, p_reason text) RETURNS int
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

-- The live sessions of a student, the one used last first. At most a hundred: a list for a person to look through.
-- last_used_at is the last sign-in or refresh; a mere request leaves no trace.
CREATE FUNCTION auth_sessions(p_student_id text, p_access_jti uuid)
RETURNS TABLE (family_id uuid, is_current boolean, started_at timestamptz, last_used_at timestamptz,
               user_agent text, network text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.family_id, t.access_jti = p_access_jti, t.family_started_at, t.issued_at, t.user_agent, t.ip
      FROM auth_refresh_tokens t
     WHERE t.student_id = p_student_id AND t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
     ORDER BY t.issued_at DESC, t.id DESC
     LIMIT 100;
$$;

-- Ends one session of a student. Returns whether it was his and alive: somebody else's is as unknown as none.
CREATE FUNCTION auth_end_family(p_student_id text, p_family_id uuid) RETURNS boolean
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

-- A person whose name, phone or 학번 was corrected signs in anew: what the old session proved is no longer so.
CREATE FUNCTION users_end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_end_all_sessions(NEW.student_id, 'changed');
    RETURN NULL;
END
$$;

CREATE TRIGGER users_end_sessions AFTER UPDATE OF student_id, name, phone_number ON users
    FOR EACH ROW
    WHEN ((OLD.student_id, OLD.name, OLD.phone_number) IS DISTINCT FROM (NEW.student_id, NEW.name, NEW.phone_number))
    EXECUTE FUNCTION users_end_sessions();

COMMIT;
