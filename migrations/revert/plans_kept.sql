-- Revert locker-server:plans_kept from pg

BEGIN;

-- As in decisions.
CREATE OR REPLACE FUNCTION locker_answer_for(p_outcome text, p_locker_id int, p_expires_at timestamptz) RETURNS locker_answer
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT p_outcome, s.locker_id, s.location_id, s.location_name, s.state, p_expires_at,
           ceil(extract(epoch FROM p_expires_at - clock_timestamp()))::int, NULL::timestamptz, NULL::timestamptz
      FROM v_locker_states s WHERE s.locker_id = p_locker_id;
$$;

-- As in decisions.
CREATE OR REPLACE FUNCTION locker_expire(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz
) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH expired AS (
        UPDATE locker_assignments SET state = 'expired'
         WHERE assignment_id IN (
               SELECT a.assignment_id FROM locker_assignments a
                WHERE (a.locker_id = p_locker_id OR a.student_id = p_student_id)
                  AND a.state = 'hold' AND a.hold_expires_at <= clock_timestamp()
                ORDER BY a.assignment_id FOR UPDATE)
        RETURNING assignment_id, locker_id, student_id
    )
    SELECT locker_record(e.student_id, e.locker_id, 'expire', 'expired', true, true,
                         p_request_id, p_received_at, e.assignment_id, NULL)
      FROM expired e;
$$;

-- As in sessions.
CREATE OR REPLACE FUNCTION auth_lock(p_student_id text) RETURNS void
LANGUAGE sql SET lock_timeout = '2s' AS $$
    SELECT pg_advisory_xact_lock(3, hashtext(p_student_id));
$$;

-- As in sessions.
CREATE OR REPLACE FUNCTION auth_open_session(
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

-- As in sign_in.
CREATE OR REPLACE FUNCTION auth_brake(p_student_id text, p_max_failures int, p_window_seconds int) RETURNS int
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT greatest(1, ceil(extract(epoch FROM
               f.window_started_at + make_interval(secs => p_window_seconds) - clock_timestamp())))::int
      FROM auth_failures f
     WHERE f.student_id = p_student_id AND f.failures >= p_max_failures
       AND f.window_started_at + make_interval(secs => p_window_seconds) > clock_timestamp();
$$;

COMMIT;
