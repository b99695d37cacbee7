-- Revert locker-server:refusals_limited from pg

BEGIN;

-- As in decisions.
CREATE OR REPLACE FUNCTION locker_confirm(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz
) RETURNS locker_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_hold    record;
    v_outcome text;
BEGIN
    PERFORM locker_guard(p_student_id, p_locker_id);

    SELECT a.assignment_id, a.state INTO v_hold FROM v_active_assignments a
     WHERE a.locker_id = p_locker_id AND a.student_id = p_student_id;
    -- An owner written by hand meanwhile keeps the locker, and a student given another by hand keeps that one.
    IF v_hold.state = 'hold' AND NOT EXISTS (
        SELECT FROM locker_info l
         WHERE (l.locker_id = p_locker_id AND l.owner <> p_student_id)
            OR (l.owner = p_student_id AND l.locker_id <> p_locker_id))
    THEN
        UPDATE locker_assignments SET state = 'confirmed', confirmed_at = clock_timestamp()
         WHERE assignment_id = v_hold.assignment_id;
        UPDATE locker_info SET owner = p_student_id WHERE locker_id = p_locker_id;
        v_outcome := 'confirmed';
    ELSE
        SELECT CASE WHEN v_hold.state = 'confirmed' OR l.owner = p_student_id THEN 'replayed' ELSE 'hold_not_found' END
          INTO v_outcome
          FROM locker_info l JOIN locker_locations p USING (location_id)
         WHERE l.locker_id = p_locker_id
           AND p.cohort IS NOT DISTINCT FROM (SELECT u.cohort FROM users u WHERE u.student_id = p_student_id);
        v_outcome := coalesce(v_outcome, 'locker_not_found');
    END IF;

    PERFORM locker_record(p_student_id, p_locker_id, 'confirm', v_outcome, true, v_outcome = 'confirmed',
                          p_request_id, p_received_at, v_hold.assignment_id, NULL);
    IF v_outcome IN ('confirmed', 'replayed') THEN
        RETURN locker_answer_for(v_outcome, p_locker_id, NULL);
    END IF;
    RETURN (v_outcome, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::locker_answer;
END
$$;

CREATE OR REPLACE FUNCTION locker_release_hold(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_assignment bigint;
    v_outcome    text;
BEGIN
    PERFORM locker_guard(p_student_id, p_locker_id);
    UPDATE locker_assignments SET state = 'cancelled', released_at = clock_timestamp()
     WHERE assignment_id = (SELECT a.assignment_id FROM v_active_assignments a
                             WHERE a.locker_id = p_locker_id AND a.student_id = p_student_id AND a.state = 'hold')
    RETURNING assignment_id INTO v_assignment;
    v_outcome := CASE WHEN FOUND THEN 'released' ELSE 'hold_not_found' END;
    PERFORM locker_record(p_student_id, p_locker_id, 'release_hold', v_outcome, true, v_assignment IS NOT NULL,
                          p_request_id, p_received_at, v_assignment, NULL);
    RETURN v_outcome;
END
$$;

CREATE OR REPLACE FUNCTION locker_release(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz
) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_assignment bigint;
    v_owned      boolean;
    v_outcome    text;
BEGIN
    PERFORM locker_guard(p_student_id, p_locker_id);
    UPDATE locker_info SET owner = NULL WHERE locker_id = p_locker_id AND owner = p_student_id;
    v_owned := FOUND;
    UPDATE locker_assignments SET state = 'cancelled', released_at = clock_timestamp()
     WHERE locker_id = p_locker_id AND student_id = p_student_id AND state = 'confirmed'
    RETURNING assignment_id INTO v_assignment;
    v_outcome := CASE WHEN v_owned OR v_assignment IS NOT NULL THEN 'released' ELSE 'assignment_not_found' END;
    PERFORM locker_record(p_student_id, p_locker_id, 'release', v_outcome, true, v_outcome = 'released',
                          p_request_id, p_received_at, v_assignment, NULL);
    RETURN v_outcome;
END
$$;

DROP FUNCTION
    locker_confirm(text, int, text, timestamptz, int),
    locker_release_hold(text, int, text, timestamptz, int),
    locker_release(text, int, text, timestamptz, int);

COMMIT;
