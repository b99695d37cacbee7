-- Deploy locker-server:late_replays to pg
-- requires: operator_ledger

BEGIN;

-- Seconds until a student's next attempt is looked at, null when it is now. Too many when his decision that many back is
-- younger than a minute. Every act counts and not the holds alone, so that it reads so many rows of idx_decisions_student
-- and never more. Without a lock: attempts at the same instant may exceed the limit by their number.
CREATE FUNCTION locker_wait(p_student_id text, p_per_minute int) RETURNS int
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_free_at timestamptz;
BEGIN
    IF p_per_minute IS NULL THEN
        RETURN NULL;
    END IF;
    SELECT d.decided_at + interval '1 minute' INTO v_free_at
      FROM locker_decisions d
     WHERE d.student_id = p_student_id
     ORDER BY d.decision_id DESC OFFSET p_per_minute - 1 LIMIT 1;
    IF v_free_at > clock_timestamp() THEN
        RETURN greatest(1, ceil(extract(epoch FROM v_free_at - clock_timestamp())))::int;
    END IF;
    RETURN NULL;
END
$$;

-- As in decisions; but a hold that runs out between the question and the answer is not told as one that lives.
CREATE OR REPLACE FUNCTION locker_hold(
    p_student_id text, p_locker_id int, p_hold_seconds int, p_request_id text, p_received_at timestamptz,
    p_holds_per_minute int DEFAULT NULL
) RETURNS locker_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_obstacle   record;
    v_guarded    boolean := false;
    v_decision   bigint;
    v_assignment bigint;
    v_answer     locker_answer;
BEGIN
    v_answer.seconds_left := locker_wait(p_student_id, p_holds_per_minute);
    IF v_answer.seconds_left IS NOT NULL THEN
        v_answer.outcome := 'too_many_requests';
        RETURN v_answer;
    END IF;

    SELECT * INTO v_obstacle FROM locker_hold_obstacle(p_student_id, p_locker_id);
    IF v_obstacle.outcome = 'replayed' THEN
        v_answer := locker_answer_for('replayed', p_locker_id, v_obstacle.expires_at);
    END IF;
    -- A hold that ran out since it was found is none: the guard has the last word on it.
    IF v_obstacle.outcome IS NULL OR v_answer.seconds_left <= 0 THEN
        PERFORM locker_guard(p_student_id, p_locker_id);
        v_guarded := true;
        LOOP
            SELECT * INTO v_obstacle FROM locker_hold_obstacle(p_student_id, p_locker_id);
            EXIT WHEN v_obstacle.outcome IS DISTINCT FROM 'replayed';
            v_answer := locker_answer_for('replayed', p_locker_id, v_obstacle.expires_at);
            -- Else it ran out just now, and the next question finds it so.
            EXIT WHEN coalesce(v_answer.seconds_left, 1) > 0;
        END LOOP;
    END IF;

    IF v_obstacle.outcome IS NOT NULL THEN
        PERFORM locker_record(p_student_id, p_locker_id, 'hold', v_obstacle.outcome, v_guarded, false,
                              p_request_id, p_received_at, NULL, v_obstacle.lost_to);
        IF v_obstacle.outcome = 'replayed' THEN
            RETURN v_answer;
        END IF;
        RETURN (v_obstacle.outcome, NULL, NULL, NULL, NULL, NULL, NULL, v_obstacle.opens_at,
                v_obstacle.closes_at)::locker_answer;
    END IF;

    PERFORM locker_expire(p_student_id, p_locker_id, p_request_id, p_received_at);
    v_assignment := nextval('locker_assignments_assignment_id_seq');
    v_decision := locker_record(p_student_id, p_locker_id, 'hold', 'held', true, true,
                                p_request_id, p_received_at, v_assignment, NULL);
    INSERT INTO locker_assignments (assignment_id, locker_id, student_id, state, hold_expires_at, decision_id)
    VALUES (v_assignment, p_locker_id, p_student_id, 'hold',
            clock_timestamp() + make_interval(secs => p_hold_seconds), v_decision)
    RETURNING hold_expires_at INTO v_answer.expires_at;
    RETURN locker_answer_for('held', p_locker_id, v_answer.expires_at);
END
$$;

REVOKE EXECUTE ON FUNCTION locker_wait(text, int) FROM PUBLIC;

COMMIT;
