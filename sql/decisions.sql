-- The four decisions of a student about a locker: hold, confirm, release-hold, release. Called by workers (Reservations.swift),
-- each as one statement that is a transaction of its own. Locks: the guard (guard.sql): gate, student, locker. Each leaves its
-- row in the ledger and answers with a locker_answer, whose outcomes stand above each function.
-- In PL/pgSQL, also where SQL would do: a function in SQL that cannot be taken into the statement that calls it is planned anew
-- at each call.

-- What a decision answers of the locker as it is now.
CREATE OR REPLACE FUNCTION locker_answer_for(p_outcome text, p_locker_id int, p_expires_at timestamptz) RETURNS locker_answer
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_answer locker_answer;
BEGIN
    SELECT p_outcome, s.locker_id, s.location_id, s.location_name, s.state, p_expires_at,
           ceil(extract(epoch FROM p_expires_at - clock_timestamp()))::int, NULL::timestamptz, NULL::timestamptz INTO v_answer
      FROM v_locker_states s WHERE s.locker_id = p_locker_id;
    RETURN v_answer;
END
$$;

-- Seconds until a student's next attempt is looked at, null when it is now. Too many when his decision that many back is
-- younger than a minute. Every act counts and not the holds alone, so that it reads so many rows of idx_decisions_student
-- and never more. Without a lock: attempts at the same instant may exceed the limit by their number.
CREATE OR REPLACE FUNCTION locker_wait(p_student_id text, p_per_minute int) RETURNS int
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

-- Why this student may not hold this locker now; outcome is null when nothing stands in the way. Asked twice: once
-- without a lock, where most callers of a rush lose at once, and again under the guard, where the answer is final.
-- VOLATILE, so that each of its statements sees what was committed when it began and not when the call began.
CREATE OR REPLACE FUNCTION locker_hold_obstacle(
    p_student_id text, p_locker_id int,
    OUT outcome text, OUT expires_at timestamptz, OUT lost_to bigint, OUT opens_at timestamptz, OUT closes_at timestamptz
)
LANGUAGE plpgsql VOLATILE SET search_path = public, pg_temp AS $$
DECLARE
    v_cohort text;
    v_mine   record;
    v_period record;
    v_locker record;
BEGIN
    SELECT a.locker_id, a.state, a.hold_expires_at, a.decision_id INTO v_mine
      FROM v_active_assignments a WHERE a.student_id = p_student_id;
    IF v_mine.state = 'hold' AND v_mine.locker_id = p_locker_id THEN
        outcome := 'replayed';
        expires_at := v_mine.hold_expires_at;
        lost_to := v_mine.decision_id;
        RETURN;
    END IF;

    SELECT u.cohort INTO v_cohort FROM users u WHERE u.student_id = p_student_id;
    SELECT * INTO v_period FROM application_period_at(clock_timestamp(), v_cohort);
    IF v_period.state IS DISTINCT FROM 'open' THEN
        outcome := 'application_closed';
        opens_at := v_period.opens_at;
        closes_at := v_period.closes_at;
        RETURN;
    END IF;

    -- A locker of another cohort does not exist for this student.
    SELECT s.state, s.student_id, s.decision_id INTO v_locker FROM v_locker_states s
     WHERE s.locker_id = p_locker_id AND s.cohort IS NOT DISTINCT FROM v_cohort;
    IF NOT FOUND THEN
        outcome := 'locker_not_found';
        RETURN;
    END IF;

    lost_to := v_mine.decision_id;
    IF v_mine.state = 'hold' THEN
        outcome := 'already_holding';
    ELSIF v_mine.state = 'confirmed' OR EXISTS (SELECT FROM locker_info l WHERE l.owner = p_student_id) THEN
        outcome := 'already_assigned';
    ELSIF v_locker.state = 'disabled' THEN
        outcome := 'locker_disabled';
    ELSIF v_locker.state <> 'available' AND v_locker.student_id IS DISTINCT FROM p_student_id THEN
        -- His own hold here, which another device of his made between the two questions above, is no obstacle: without
        -- the guard the next step finds that out, and under the guard it cannot happen.
        outcome := 'locker_taken';
        lost_to := v_locker.decision_id;
    END IF;
END
$$;

-- Holds a locker for p_hold_seconds. outcome: held | replayed | application_closed | locker_not_found |
-- already_holding | already_assigned | locker_taken | locker_disabled | too_many_requests (seconds_left until the next
-- attempt is looked at).
-- p_holds_per_minute: how often one student may try, null for no limit. What it turns away is not written into the
-- ledger: a row for each would let one student fill the disk, and prolong his own wait for ever. The worker's log has it.
-- A hold that runs out between the question and the answer is not told as one that lives.
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
GRANT EXECUTE ON FUNCTION locker_hold(text, int, int, text, timestamptz, int) TO locker_app;

-- Confirms the caller's hold. Works until the hold's own expiry, whatever the application period says.
-- p_per_minute bounds what leaves a row and changes nothing, or a student could fill the disk with confirmations of lockers that
-- he does not hold. What changes something is never turned away: whoever holds a locker can confirm it, however often he pressed.
--
-- outcome: confirmed | replayed | locker_not_found | hold_not_found | too_many_requests (seconds_left until the next attempt
-- is looked at). A replay is a yes: beyond the limit it only leaves no further row.
CREATE OR REPLACE FUNCTION locker_confirm(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz, p_per_minute int DEFAULT NULL
) RETURNS locker_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_hold    record;
    v_outcome text;
    v_wait    int;
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

    IF v_outcome <> 'confirmed' THEN
        v_wait := locker_wait(p_student_id, p_per_minute);
        IF v_wait IS NOT NULL AND v_outcome <> 'replayed' THEN
            RETURN ('too_many_requests', NULL, NULL, NULL, NULL, NULL, v_wait, NULL, NULL)::locker_answer;
        END IF;
    END IF;
    IF v_wait IS NULL THEN
        PERFORM locker_record(p_student_id, p_locker_id, 'confirm', v_outcome, true, v_outcome = 'confirmed',
                              p_request_id, p_received_at, v_hold.assignment_id, NULL);
    END IF;
    IF v_outcome IN ('confirmed', 'replayed') THEN
        RETURN locker_answer_for(v_outcome, p_locker_id, NULL);
    END IF;
    RETURN (v_outcome, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::locker_answer;
END
$$;
GRANT EXECUTE ON FUNCTION locker_confirm(text, int, text, timestamptz, int) TO locker_app;

-- Gives the caller's live hold back. outcome: released | hold_not_found | too_many_requests (seconds_left).
CREATE OR REPLACE FUNCTION locker_release_hold(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz, p_per_minute int DEFAULT NULL
) RETURNS locker_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_assignment bigint;
    v_outcome    text;
    v_wait       int;
BEGIN
    PERFORM locker_guard(p_student_id, p_locker_id);
    UPDATE locker_assignments SET state = 'cancelled', released_at = clock_timestamp()
     WHERE assignment_id = (SELECT a.assignment_id FROM v_active_assignments a
                             WHERE a.locker_id = p_locker_id AND a.student_id = p_student_id AND a.state = 'hold')
    RETURNING assignment_id INTO v_assignment;
    v_outcome := CASE WHEN FOUND THEN 'released' ELSE 'hold_not_found' END;
    IF v_outcome <> 'released' THEN
        v_wait := locker_wait(p_student_id, p_per_minute);
    END IF;
    IF v_wait IS NOT NULL THEN
        v_outcome := 'too_many_requests';
    ELSE
        PERFORM locker_record(p_student_id, p_locker_id, 'release_hold', v_outcome, true, v_assignment IS NOT NULL,
                              p_request_id, p_received_at, v_assignment, NULL);
    END IF;
    RETURN (v_outcome, NULL, NULL, NULL, NULL, NULL, v_wait, NULL, NULL)::locker_answer;
END
$$;
GRANT EXECUTE ON FUNCTION locker_release_hold(text, int, text, timestamptz, int) TO locker_app;

-- Gives the caller's confirmed locker back. outcome: released | assignment_not_found | too_many_requests (seconds_left).
CREATE OR REPLACE FUNCTION locker_release(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz, p_per_minute int DEFAULT NULL
) RETURNS locker_answer
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_assignment bigint;
    v_owned      boolean;
    v_outcome    text;
    v_wait       int;
BEGIN
    PERFORM locker_guard(p_student_id, p_locker_id);
    UPDATE locker_info SET owner = NULL WHERE locker_id = p_locker_id AND owner = p_student_id;
    v_owned := FOUND;
    UPDATE locker_assignments SET state = 'cancelled', released_at = clock_timestamp()
     WHERE locker_id = p_locker_id AND student_id = p_student_id AND state = 'confirmed'
    RETURNING assignment_id INTO v_assignment;
    v_outcome := CASE WHEN v_owned OR v_assignment IS NOT NULL THEN 'released' ELSE 'assignment_not_found' END;
    IF v_outcome <> 'released' THEN
        v_wait := locker_wait(p_student_id, p_per_minute);
    END IF;
    IF v_wait IS NOT NULL THEN
        v_outcome := 'too_many_requests';
    ELSE
        PERFORM locker_record(p_student_id, p_locker_id, 'release', v_outcome, true, v_outcome = 'released',
                              p_request_id, p_received_at, v_assignment, NULL);
    END IF;
    RETURN (v_outcome, NULL, NULL, NULL, NULL, NULL, v_wait, NULL, NULL)::locker_answer;
END
$$;
GRANT EXECUTE ON FUNCTION locker_release(text, int, text, timestamptz, int) TO locker_app;
