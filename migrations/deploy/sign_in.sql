-- Deploy locker-server:sign_in to pg
-- requires: sessions

BEGIN;

-- Failed sign-ins of one 학번 in the current window. No reference to users: a 학번 that nobody has is
-- braked in the same way, so that the answer does not tell whether it exists.
CREATE TABLE auth_failures (
    student_id        varchar(20) PRIMARY KEY,
    failures          int         NOT NULL,
    -- The window is fixed: it begins with its first failure and no later attempt prolongs it. So nobody can
    -- keep another student out for longer than one window at a time.
    window_started_at timestamptz NOT NULL
);

-- How many seconds the brake on a 학번 still lasts, null when there is none. Called under auth_lock, so that concurrent
-- guesses at one 학번 take turns and the limit is exact.
CREATE FUNCTION auth_brake(p_student_id text, p_max_failures int, p_window_seconds int) RETURNS int
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT greatest(1, ceil(extract(epoch FROM
               f.window_started_at + make_interval(secs => p_window_seconds) - clock_timestamp())))::int
      FROM auth_failures f
     WHERE f.student_id = p_student_id AND f.failures >= p_max_failures
       AND f.window_started_at + make_interval(secs => p_window_seconds) > clock_timestamp();
$$;

-- Counts a failure. Called under auth_lock.
CREATE FUNCTION auth_count_failure(p_student_id text, p_window_seconds int) RETURNS void
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_window interval := make_interval(secs => p_window_seconds);
BEGIN
    -- A failure that a crash forgets costs one more guess: not worth a disk flush.
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO auth_failures AS f (student_id, failures, window_started_at)
    VALUES (p_student_id, 1, clock_timestamp())
    ON CONFLICT (student_id) DO UPDATE
       SET failures = CASE WHEN f.window_started_at + v_window > clock_timestamp() THEN f.failures + 1 ELSE 1 END,
           window_started_at = CASE WHEN f.window_started_at + v_window > clock_timestamp()
                                    THEN f.window_started_at ELSE clock_timestamp() END;
END
$$;

-- Decides a sign-in and, when it is right, opens the session in the same transaction. outcome:
--   signed_in          serial_id is set
--   unknown            no such 학번 (counted as a failure only when p_count_unknown)
--   invalid            the 학번 exists with another name or phone
--   too_many_attempts  retry_after seconds until the window ends
CREATE FUNCTION auth_sign_in(
    p_student_id text, p_name text, p_phone_number text, p_count_unknown boolean,
    p_token_hash bytea, p_access_jti uuid, p_family_id uuid,
    p_ttl_seconds int, p_family_ttl_seconds int, p_user_agent text, p_ip text,
    p_max_failures int, p_window_seconds int,
    OUT outcome text, OUT serial_id bigint, OUT retry_after int
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_student users;
BEGIN
    -- The student's row before the lock, in the order in which an operator who changes the row takes the two.
    PERFORM FROM users u WHERE u.student_id = p_student_id FOR KEY SHARE;
    PERFORM auth_lock(p_student_id);

    retry_after := auth_brake(p_student_id, p_max_failures, p_window_seconds);
    IF retry_after IS NOT NULL THEN
        outcome := 'too_many_attempts';
        RETURN;
    END IF;

    SELECT * INTO v_student FROM users u WHERE u.student_id = p_student_id;
    IF FOUND AND normalize(v_student.name, NFC) = normalize(p_name, NFC)
             AND v_student.phone_number = p_phone_number THEN
        DELETE FROM auth_failures f WHERE f.student_id = p_student_id;
        PERFORM auth_open_session(p_student_id, p_token_hash, p_access_jti, p_family_id,
                                  p_ttl_seconds, p_family_ttl_seconds, p_user_agent, p_ip);
        outcome := 'signed_in';
        serial_id := v_student.serial_id;
        RETURN;
    END IF;

    outcome := CASE WHEN v_student.student_id IS NULL THEN 'unknown' ELSE 'invalid' END;
    IF outcome = 'unknown' AND NOT p_count_unknown THEN
        RETURN;
    END IF;
    PERFORM auth_count_failure(p_student_id, p_window_seconds);
END
$$;

-- Registers a student. outcome: created | student_id_exists | phone_number_in_use.
-- ON CONFLICT without a target: whichever of the two unique columns collides, the row is not made, and no
-- concurrent registration can slip between a check and an insert.
CREATE FUNCTION auth_register(p_student_id text, p_name text, p_phone_number text) RETURNS text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO users (student_id, name, phone_number)
    VALUES (p_student_id, normalize(p_name, NFC), p_phone_number)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN 'created';
    END IF;
    PERFORM FROM users u WHERE u.student_id = p_student_id;
    RETURN CASE WHEN FOUND THEN 'student_id_exists' ELSE 'phone_number_in_use' END;
END
$$;

-- Forgets what no longer matters: tokens that ended p_keep ago, failures whose window is over.
CREATE FUNCTION auth_sweep(p_keep interval, p_window_seconds int) RETURNS int
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

COMMIT;
