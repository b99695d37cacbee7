-- Sessions of students: how they begin, go on and end. Called by workers (Sessions.swift, SessionList.swift), by sign_in.sql and
-- by operators. Locks: the session's row, and of several sessions in the order of their ids. A session that ends is deleted, so
-- whoever comes later finds none; nothing is counted or read that has ended.

-- THE predicate of a session, as v_active_assignments is that of an assignment: whose access token is good. Whatever a
-- student reads goes with it in one round trip (what he decides reads the same in locker_decide), so that a session which has
-- ended ends with the next request, wherever it arrives.
CREATE OR REPLACE VIEW v_live_sessions AS
SELECT s.access_jti, s.student_id FROM auth_sessions s WHERE s.expires_at > clock_timestamp();
GRANT SELECT ON v_live_sessions TO locker_app, locker_operator;

-- Begins a session of a student, in the transaction of the sign-in and under its lock. More than p_limit live ones (20 at most)
-- are too many: those used longest ago end.
CREATE OR REPLACE FUNCTION auth_open_session(
    p_student_id text, p_token_hash bytea, p_access_jti uuid, p_session_id uuid, p_ttl_seconds int, p_session_ttl_seconds int,
    p_user_agent text, p_ip text, p_limit int
) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_now  timestamptz := clock_timestamp();
    v_ends timestamptz := v_now + make_interval(secs => p_session_ttl_seconds);
BEGIN
    INSERT INTO auth_sessions
        (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at, user_agent, ip)
    VALUES (p_session_id, p_student_id, p_token_hash, p_access_jti, v_now, v_ends, v_now,
            least(v_now + make_interval(secs => p_ttl_seconds), v_ends), left(p_user_agent, 120), left(p_ip, 45));
    DELETE FROM auth_sessions s WHERE s.session_id IN (
        SELECT x.session_id FROM auth_sessions x WHERE x.student_id = p_student_id
         ORDER BY x.used_at DESC, x.session_id OFFSET least(p_limit, 20));
END
$$;

-- Spends a refresh token and issues the next, with a new access token: the one before is good no more. outcome:
--   rotated  the presented token was the session's; p_access_jtis, which were presented beside it, end their own sessions
--   reused   it was spent before: somebody has a copy, and the session ends (which commits, since this is an answer and not an
--            error)
--   unknown  never issued, or its session has ended; nothing was changed
-- The newest 50 spent tokens of a session are remembered.
CREATE OR REPLACE FUNCTION auth_rotate(
    p_presented_hash bytea, p_next_hash bytea, p_next_jti uuid, p_ttl_seconds int, p_user_agent text, p_ip text,
    p_access_jtis uuid[] DEFAULT '{}',
    OUT outcome text, OUT student_id text, OUT serial_id bigint
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now     timestamptz := clock_timestamp();
    v_session uuid;
BEGIN
    IF p_access_jtis <> '{}' THEN
        PERFORM FROM auth_sessions s WHERE s.token_hash = p_presented_hash OR s.access_jti = ANY (p_access_jtis)
          ORDER BY s.session_id FOR UPDATE;
    END IF;
    -- This one statement decides the single winner of concurrent refreshes.
    UPDATE auth_sessions s
       SET token_hash = p_next_hash, access_jti = p_next_jti, used_at = v_now,
           expires_at = least(v_now + make_interval(secs => p_ttl_seconds), s.ends_at),
           user_agent = left(p_user_agent, 120), ip = left(p_ip, 45)
     WHERE s.token_hash = p_presented_hash AND s.expires_at > v_now
    RETURNING s.session_id, s.student_id INTO v_session, student_id;
    IF FOUND THEN
        outcome := 'rotated';
        -- Afterwards: the statement above may have waited for a correction of the 학번, and the account that it saw is of before.
        SELECT u.serial_id INTO serial_id FROM users u WHERE u.student_id = auth_rotate.student_id;
        INSERT INTO auth_spent_tokens (token_hash, session_id, spent_at) VALUES (p_presented_hash, v_session, v_now);
        DELETE FROM auth_spent_tokens t WHERE t.token_hash IN (
            SELECT x.token_hash FROM auth_spent_tokens x WHERE x.session_id = v_session
             ORDER BY x.spent_at DESC OFFSET 50);
        IF p_access_jtis <> '{}' THEN
            -- Its own has ended with the refresh.
            DELETE FROM auth_sessions s WHERE s.access_jti = ANY (p_access_jtis);
        END IF;
        RETURN;
    END IF;
    outcome := CASE WHEN auth_end_reused(p_presented_hash) THEN 'reused' ELSE 'unknown' END;
END
$$;
GRANT EXECUTE ON FUNCTION auth_rotate(bytea, bytea, uuid, int, text, text, uuid[]) TO locker_app;

-- Ends the session whose spent token this is; gives whether there was one.
CREATE OR REPLACE FUNCTION auth_end_reused(p_token_hash bytea) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM auth_sessions s USING auth_spent_tokens t WHERE t.token_hash = p_token_hash AND s.session_id = t.session_id;
    RETURN FOUND;
END
$$;

-- Ends the sessions that a refresh token and access tokens belong to, of one student or of several. A refresh token that was
-- spent ends its session too, as in auth_rotate, and is nothing valid all the same. Gives whether any of what was presented was.
CREATE OR REPLACE FUNCTION auth_end_presented(p_token_hash bytea, p_access_jtis uuid[]) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_live boolean;
BEGIN
    WITH ended AS (
        DELETE FROM auth_sessions s WHERE s.session_id IN (
            SELECT x.session_id FROM auth_sessions x WHERE x.token_hash = p_token_hash OR x.access_jti = ANY (p_access_jtis)
             ORDER BY x.session_id FOR UPDATE)
        RETURNING s.expires_at)
    SELECT bool_or(e.expires_at > clock_timestamp()) INTO v_live FROM ended e;
    PERFORM auth_end_reused(p_token_hash);
    RETURN coalesce(v_live, false);
END
$$;
GRANT EXECUTE ON FUNCTION auth_end_presented(bytea, uuid[]) TO locker_app;

-- Ends every session of a student. Gives how many were live.
CREATE OR REPLACE FUNCTION auth_end_all_sessions(p_student_id text) RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_live int;
BEGIN
    WITH ended AS (
        DELETE FROM auth_sessions s WHERE s.session_id IN (
            SELECT x.session_id FROM auth_sessions x WHERE x.student_id = p_student_id ORDER BY x.session_id FOR UPDATE)
        RETURNING s.expires_at)
    SELECT count(*) FILTER (WHERE e.expires_at > clock_timestamp()) INTO v_live FROM ended e;
    RETURN v_live;
END
$$;
GRANT EXECUTE ON FUNCTION auth_end_all_sessions(text) TO locker_app;

-- The live sessions of a student, the one used last first: as many as there can be, for a person to look through.
-- last_used_at is the last sign-in or refresh; a mere request leaves no trace.
CREATE OR REPLACE FUNCTION auth_session_list(p_student_id text, p_access_jti uuid)
RETURNS TABLE (session_id uuid, is_current boolean, started_at timestamptz, last_used_at timestamptz,
               user_agent text, network text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT s.session_id, s.access_jti = p_access_jti, s.started_at, s.used_at, s.user_agent, s.ip
      FROM auth_sessions s
     WHERE s.student_id = p_student_id AND s.expires_at > clock_timestamp()
     ORDER BY s.used_at DESC, s.session_id;
$$;
GRANT EXECUTE ON FUNCTION auth_session_list(text, uuid) TO locker_app;

-- Ends one session of a student. Gives whether it was his and alive: somebody else's is as unknown as none.
CREATE OR REPLACE FUNCTION auth_end_session(p_student_id text, p_session_id uuid) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM auth_sessions s
     WHERE s.student_id = p_student_id AND s.session_id = p_session_id AND s.expires_at > clock_timestamp();
    RETURN FOUND;
END
$$;
GRANT EXECUTE ON FUNCTION auth_end_session(text, uuid) TO locker_app;

-- A person whose name or phone was corrected signs in anew: what the old session proved is no longer so. A corrected 학번 takes
-- the sessions along: the access token still names the former one and is not good any more, and the next refresh brings one that
-- names the new one.
CREATE OR REPLACE FUNCTION users_end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_end_all_sessions(NEW.student_id);
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER users_end_sessions AFTER UPDATE OF name, phone_number ON users
    FOR EACH ROW
    WHEN ((OLD.name, OLD.phone_number) IS DISTINCT FROM (NEW.name, NEW.phone_number))
    EXECUTE FUNCTION users_end_sessions();

-- Forgets what is over: sessions that ran out, failures whose window is long past. A thousand at a time. Gives how many
-- sessions there were. Called by a worker every few minutes; of all workers one does it at a time.
CREATE OR REPLACE FUNCTION auth_sweep() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_deleted int;
BEGIN
    IF NOT pg_try_advisory_xact_lock(4, 1) THEN
        RETURN 0;
    END IF;
    -- now() and not clock_timestamp(), which no index can be asked by.
    DELETE FROM auth_failures f WHERE f.student_id IN (
        SELECT x.student_id FROM auth_failures x WHERE x.window_started_at < now() - interval '1 day'
         LIMIT 1000 FOR UPDATE SKIP LOCKED);
    DELETE FROM auth_sessions s WHERE s.session_id IN (
        SELECT x.session_id FROM auth_sessions x WHERE x.expires_at < now() LIMIT 1000 FOR UPDATE SKIP LOCKED);
    GET DIAGNOSTICS v_deleted = ROW_COUNT;
    RETURN v_deleted;
END
$$;
GRANT EXECUTE ON FUNCTION auth_sweep() TO locker_app;

-- `lockerctl session revoke`: ends the sessions of one student, or (null) of everybody but a rehearsal's. Not a thing that can be
-- taken back: they sign in again. A refusal: student_not_found.
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
        RETURN jsonb_build_object('sessions', auth_end_all_sessions(p_student_id));
    END IF;
    -- Alone with the sessions: one that is being refreshed is among them.
    LOCK TABLE auth_sessions IN EXCLUSIVE MODE;
    WITH ended AS (
        DELETE FROM auth_sessions s
         WHERE NOT EXISTS (SELECT FROM users u WHERE u.student_id = s.student_id AND u.cohort IS NOT NULL)
        RETURNING s.expires_at)
    SELECT count(*) FILTER (WHERE e.expires_at > clock_timestamp()) INTO v_ended FROM ended e;
    RETURN jsonb_build_object('sessions', v_ended);
END
$$;
GRANT EXECUTE ON FUNCTION operator_sessions_revoke(text) TO locker_operator;
