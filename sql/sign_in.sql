-- Who may come in: sign-in, registration, the council's list, and the brake on guesses, each decided in one transaction. Called by
-- workers (Sessions.swift). Locks: the lock of the student's sign-ins (class 3: guesses at one 학번 take turns), then the rows that
-- the answer rests on: his account's, his entry's on the list. Whoever changes one of these waits, and then ends the session that
-- was opened by it.

-- Decides a sign-in and, when it is right, opens the session. p_registration: open | roster | closed (who may make an account;
-- with roster nobody signs in who is not on the list). p_registers: make the account where there is none. outcome:
--   signed_in           serial_id is set
--   created             the same, of a new account
--   unknown             no such 학번
--   invalid             the 학번 exists with another name or phone
--   not_listed          by the council's list, no: a stranger, a wrong name or phone, or somebody who is not eligible. The same
--                       steps and the same answer for each
--   registration_closed no such 학번, and no account is made
--   phone_number_in_use of another student
--   too_many_attempts   retry_after seconds until the window of failures ends
-- unknown, invalid and not_listed count as failures of this 학번.
CREATE OR REPLACE FUNCTION auth_sign_in(
    p_student_id text, p_name text, p_phone_number text, p_registration text, p_registers boolean,
    p_token_hash bytea, p_access_jti uuid, p_session_id uuid, p_ttl_seconds int, p_session_ttl_seconds int,
    p_user_agent text, p_ip text, p_session_limit int, p_max_failures int, p_window_seconds int,
    OUT outcome text, OUT serial_id bigint, OUT retry_after int
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    v_failures int;
    v_started  timestamptz;
    v_student  record;
    v_name     text := normalize(p_name, NFC);
BEGIN
    PERFORM pg_advisory_xact_lock(3, hashtext(p_student_id));
    SELECT f.failures, f.window_started_at INTO v_failures, v_started FROM auth_failures f WHERE f.student_id = p_student_id;
    IF v_failures >= p_max_failures AND v_started + make_interval(secs => p_window_seconds) > clock_timestamp() THEN
        outcome := 'too_many_attempts';
        retry_after := greatest(1, ceil(extract(epoch FROM
            v_started + make_interval(secs => p_window_seconds) - clock_timestamp())));
        RETURN;
    END IF;

    -- An operator who corrects the person, or strikes him off the list, waits for us, and ends the session then.
    SELECT u.serial_id, u.name, u.phone_number, u.cohort INTO v_student
      FROM users u WHERE u.student_id = p_student_id FOR SHARE;
    -- A rehearsal's students, whom no council lists, are whom their own rows say.
    IF p_registration = 'roster' AND v_student.cohort IS NULL
       AND NOT auth_is_listed(p_student_id, v_name, p_phone_number) THEN
        outcome := 'not_listed';
    ELSIF v_student.serial_id IS NOT NULL THEN
        IF normalize(v_student.name, NFC) = v_name AND v_student.phone_number = p_phone_number THEN
            outcome := 'signed_in';
            serial_id := v_student.serial_id;
        ELSE
            outcome := CASE WHEN p_registration = 'roster' AND v_student.cohort IS NOT NULL THEN 'not_listed' ELSE 'invalid' END;
        END IF;
    ELSIF NOT p_registers THEN
        outcome := 'unknown';
    ELSIF p_registration = 'closed' THEN
        outcome := 'registration_closed';
        RETURN;
    ELSE
        -- Without a target: whichever of the two unique columns collides, the row is not made. It is the phone's: sign-ins and
        -- registrations of one 학번 take turns.
        INSERT INTO users AS u (student_id, name, phone_number) VALUES (p_student_id, v_name, p_phone_number)
            ON CONFLICT DO NOTHING RETURNING u.serial_id INTO serial_id;
        outcome := CASE WHEN FOUND THEN 'created' ELSE 'phone_number_in_use' END;
        IF NOT FOUND THEN
            RETURN;
        END IF;
    END IF;

    IF outcome IN ('signed_in', 'created') THEN
        IF v_failures IS NOT NULL THEN
            DELETE FROM auth_failures f WHERE f.student_id = p_student_id;
        END IF;
        PERFORM auth_open_session(p_student_id, p_token_hash, p_access_jti, p_session_id, p_ttl_seconds,
                                  p_session_ttl_seconds, p_user_agent, p_ip, p_session_limit);
    ELSE
        PERFORM auth_count_failure(p_student_id, p_window_seconds);
    END IF;
END
$$;
GRANT EXECUTE ON FUNCTION auth_sign_in(text, text, text, text, boolean, bytea, uuid, uuid, int, int, text, text, int, int, int)
    TO locker_app;

-- Makes an account without signing in. outcome: created | student_id_exists | phone_number_in_use | registration_closed |
-- not_listed (counted as a failure) | too_many_attempts (retry_after).
CREATE OR REPLACE FUNCTION auth_register(
    p_student_id text, p_name text, p_phone_number text, p_registration text, p_max_failures int, p_window_seconds int,
    OUT outcome text, OUT retry_after int
)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
    v_failures int;
    v_until    timestamptz;
BEGIN
    IF p_registration = 'closed' THEN
        outcome := 'registration_closed';
        RETURN;
    END IF;
    PERFORM pg_advisory_xact_lock(3, hashtext(p_student_id));
    IF p_registration = 'roster' THEN
        SELECT f.failures, f.window_started_at + make_interval(secs => p_window_seconds) INTO v_failures, v_until
          FROM auth_failures f WHERE f.student_id = p_student_id;
        IF v_failures >= p_max_failures AND v_until > clock_timestamp() THEN
            outcome := 'too_many_attempts';
            retry_after := greatest(1, ceil(extract(epoch FROM v_until - clock_timestamp())));
            RETURN;
        ELSIF NOT auth_is_listed(p_student_id, normalize(p_name, NFC), p_phone_number) THEN
            PERFORM auth_count_failure(p_student_id, p_window_seconds);
            outcome := 'not_listed';
            RETURN;
        END IF;
    END IF;
    outcome := auth_add_student(p_student_id, p_name, p_phone_number);
END
$$;
GRANT EXECUTE ON FUNCTION auth_register(text, text, text, text, int, int) TO locker_app;

-- Makes the row of a student: by auth_register, and by operators. Gives created | student_id_exists | phone_number_in_use.
-- ON CONFLICT without a target: whichever of the two unique columns collides, the row is not made, and no concurrent
-- registration can slip between a check and an insert.
CREATE OR REPLACE FUNCTION auth_add_student(p_student_id text, p_name text, p_phone_number text) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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

-- Whether all three values are those of an eligible entry of the council's list. The entry is kept as it is until the caller's
-- transaction ends. p_name in NFC.
CREATE OR REPLACE FUNCTION auth_is_listed(p_student_id text, p_name text, p_phone_number text) RETURNS boolean
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM FROM eligible_students e
      WHERE e.student_id = p_student_id AND e.eligible AND e.phone_number = p_phone_number
        AND normalize(e.name, NFC) = p_name
        FOR SHARE;
    RETURN FOUND;
END
$$;

-- Counts a failure. Called under the lock of the student's sign-ins.
CREATE OR REPLACE FUNCTION auth_count_failure(p_student_id text, p_window_seconds int) RETURNS void
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
