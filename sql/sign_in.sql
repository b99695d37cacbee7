-- Who may come in: sign-in, registration, the council's list, and the brake on guesses. Called by workers (Sessions.swift,
-- Students.swift), and auth_register by operators. Lock: auth_lock of the student (sessions.sql), after his row in users.

-- How many seconds the brake on a 학번 still lasts, null when there is none. Called under auth_lock, so that concurrent
-- guesses at one 학번 take turns and the limit is exact.
CREATE OR REPLACE FUNCTION auth_brake(p_student_id text, p_max_failures int, p_window_seconds int) RETURNS int
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (
        SELECT greatest(1, ceil(extract(epoch FROM
                   f.window_started_at + make_interval(secs => p_window_seconds) - clock_timestamp())))::int
          FROM auth_failures f
         WHERE f.student_id = p_student_id AND f.failures >= p_max_failures
           AND f.window_started_at + make_interval(secs => p_window_seconds) > clock_timestamp());
END
$$;

-- Counts a failure. Called under auth_lock.
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

-- Whether somebody may sign in or register by the list. outcome:
--   listed             all three values are those of an eligible entry
--   not_listed         anything else; counted as a failure of this 학번
--   too_many_attempts  retry_after seconds until the brake ends
-- A stranger, a wrong name or phone and an entry that is not eligible get the same outcome by the same steps: whoever
-- asks learns nothing of the list. The brake is that of auth_sign_in: without it this would be the place to guess.
-- A rehearsal's students, whom no council lists, are whom their own rows say. They see nothing but
-- their own cohort's lockers, and a rehearsal is to go the way that real students go.
CREATE OR REPLACE FUNCTION auth_check_roster(
    p_student_id text, p_name text, p_phone_number text, p_max_failures int, p_window_seconds int,
    OUT outcome text, OUT retry_after int
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_lock(p_student_id);
    retry_after := auth_brake(p_student_id, p_max_failures, p_window_seconds);
    IF retry_after IS NOT NULL THEN
        outcome := 'too_many_attempts';
        RETURN;
    END IF;
    PERFORM FROM eligible_students e
      WHERE e.student_id = p_student_id AND e.eligible AND e.phone_number = p_phone_number
        AND normalize(e.name, NFC) = normalize(p_name, NFC)
     UNION ALL
     SELECT FROM users u
      WHERE u.student_id = p_student_id AND u.cohort IS NOT NULL AND u.phone_number = p_phone_number
        AND normalize(u.name, NFC) = normalize(p_name, NFC);
    IF FOUND THEN
        outcome := 'listed';
        RETURN;
    END IF;
    PERFORM auth_count_failure(p_student_id, p_window_seconds);
    outcome := 'not_listed';
END
$$;
GRANT EXECUTE ON FUNCTION auth_check_roster(text, text, text, int, int) TO locker_app;

-- Decides a sign-in and, when it is right, opens the session in the same transaction. outcome:
--   signed_in          serial_id is set
--   unknown            no such 학번 (counted as a failure only when p_count_unknown)
--   invalid            the 학번 exists with another name or phone
--   too_many_attempts  retry_after seconds until the window ends
CREATE OR REPLACE FUNCTION auth_sign_in(
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
GRANT EXECUTE ON FUNCTION auth_sign_in(text, text, text, boolean, bytea, uuid, uuid, int, int, text, text, int, int) TO locker_app;

-- Registers a student. outcome: created | student_id_exists | phone_number_in_use.
-- ON CONFLICT without a target: whichever of the two unique columns collides, the row is not made, and no
-- concurrent registration can slip between a check and an insert.
CREATE OR REPLACE FUNCTION auth_register(p_student_id text, p_name text, p_phone_number text) RETURNS text
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
GRANT EXECUTE ON FUNCTION auth_register(text, text, text) TO locker_app;
