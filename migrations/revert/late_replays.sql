-- Revert locker-server:late_replays from pg

BEGIN;

-- As in decisions.
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
    v_free_at    timestamptz;
BEGIN
    IF p_holds_per_minute IS NOT NULL THEN
        -- Too many when the student's decision that many back is younger than a minute. Every act counts and not the
        -- holds alone, so that it reads so many rows of idx_decisions_student and never more. Without a lock: attempts
        -- at the same instant may exceed the limit by their number.
        SELECT d.decided_at + interval '1 minute' INTO v_free_at
          FROM locker_decisions d
         WHERE d.student_id = p_student_id
         ORDER BY d.decision_id DESC OFFSET p_holds_per_minute - 1 LIMIT 1;
        IF v_free_at > clock_timestamp() THEN
            v_answer.outcome := 'too_many_requests';
            v_answer.seconds_left := greatest(1, ceil(extract(epoch FROM v_free_at - clock_timestamp())))::int;
            RETURN v_answer;
        END IF;
    END IF;

    SELECT * INTO v_obstacle FROM locker_hold_obstacle(p_student_id, p_locker_id);
    IF v_obstacle.outcome IS NULL THEN
        PERFORM locker_guard(p_student_id, p_locker_id);
        v_guarded := true;
        SELECT * INTO v_obstacle FROM locker_hold_obstacle(p_student_id, p_locker_id);
    END IF;

    IF v_obstacle.outcome IS NOT NULL THEN
        PERFORM locker_record(p_student_id, p_locker_id, 'hold', v_obstacle.outcome, v_guarded, false,
                              p_request_id, p_received_at, NULL, v_obstacle.lost_to);
        IF v_obstacle.outcome = 'replayed' THEN
            RETURN locker_answer_for('replayed', p_locker_id, v_obstacle.expires_at);
        END IF;
        v_answer.outcome := v_obstacle.outcome;
        v_answer.opens_at := v_obstacle.opens_at;
        v_answer.closes_at := v_obstacle.closes_at;
        RETURN v_answer;
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

DROP FUNCTION locker_wait(text, int);

COMMIT;
