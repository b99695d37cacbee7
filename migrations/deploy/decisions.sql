-- Deploy locker-server:decisions to pg
-- requires: lockers
-- requires: periods
-- requires: ledger

BEGIN;

-- The guard: the gate, then the student, then the locker, always in that order, so that no two can wait for each
-- other. Everybody shares the gate; an operator's act upon many at once (closing a semester, taking an act back) takes
-- it alone, and then no decision is under way anywhere: two thousand guards would be more than the lock table holds.
-- Transaction-level: a killed worker, a pooler or a lost connection cannot leak it. Bounded: what waits longer
-- ends with 55P03 and the student is told to try again.
-- Key classes: 1 student (hashed: a collision only makes two students wait), 2 locker, 3 sessions, 4 sweepers, 5 gate.
CREATE FUNCTION locker_guard(p_student_id text, p_locker_id int) RETURNS void
LANGUAGE plpgsql SET lock_timeout = '2s' AS $$
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5, 0);
    PERFORM pg_advisory_xact_lock(1, hashtext(p_student_id));
    PERFORM pg_advisory_xact_lock(2, p_locker_id);
END
$$;

-- Writes one row of the ledger and returns its number. A decision that changed nothing need not be flushed to
-- disk before it is answered: it commits asynchronously. A decision that changed something always waits.
CREATE FUNCTION locker_record(
    p_student_id text, p_locker_id int, p_act text, p_outcome text, p_guarded boolean, p_changed boolean,
    p_request_id text, p_received_at timestamptz, p_assignment_id bigint, p_lost_to bigint
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_decision bigint := nextval('locker_decision_seq');
BEGIN
    IF NOT p_changed THEN
        PERFORM set_config('synchronous_commit', 'off', true);
    END IF;
    INSERT INTO locker_decisions (decision_id, decided_at, received_at, request_id, student_id, locker_id,
                                  act, outcome, guarded, assignment_id, lost_to)
    VALUES (v_decision, clock_timestamp(), p_received_at, p_request_id, p_student_id, p_locker_id,
            p_act, p_outcome, p_guarded, p_assignment_id, p_lost_to);
    RETURN v_decision;
END
$$;

-- What every decision answers with. expires_at and seconds_left belong to a hold (seconds_left alone to
-- too_many_requests), opens_at and closes_at to application_closed; null elsewhere.
CREATE TYPE locker_answer AS (
    outcome       text,
    locker_id     int,
    location_id   int,
    location_name text,
    state         text,
    expires_at    timestamptz,
    seconds_left  int,
    opens_at      timestamptz,
    closes_at     timestamptz
);

CREATE FUNCTION locker_answer_for(p_outcome text, p_locker_id int, p_expires_at timestamptz) RETURNS locker_answer
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT p_outcome, s.locker_id, s.location_id, s.location_name, s.state, p_expires_at,
           ceil(extract(epoch FROM p_expires_at - clock_timestamp()))::int, NULL::timestamptz, NULL::timestamptz
      FROM v_locker_states s WHERE s.locker_id = p_locker_id;
$$;

-- Why this student may not hold this locker now; outcome is null when nothing stands in the way. Asked twice: once
-- without a lock, where most callers of a rush lose at once, and again under the guard, where the answer is final.
-- VOLATILE, so that each of its statements sees what was committed when it began and not when the call began.
CREATE FUNCTION locker_hold_obstacle(
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

-- Turns the stale holds of a locker and of a student into 'expired', each with its row in the ledger. Called under
-- the guard. One statement takes all the rows, in the order of their ids: two statements would take the same rows in
-- opposite order in two transactions and deadlock in spite of the locks.
CREATE FUNCTION locker_expire(
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

-- Holds a locker for p_hold_seconds. outcome: held | replayed | application_closed | locker_not_found |
-- already_holding | already_assigned | locker_taken | locker_disabled | too_many_requests (seconds_left until the next
-- attempt is looked at).
-- p_holds_per_minute: how often one student may try, null for no limit. What it turns away is not written into the
-- ledger: a row for each would let one student fill the disk, and prolong his own wait for ever. The worker's log has it.
CREATE FUNCTION locker_hold(
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

-- Confirms the caller's hold. Works until the hold's own expiry, whatever the application period says.
-- outcome: confirmed | replayed | locker_not_found | hold_not_found.
CREATE FUNCTION locker_confirm(
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

-- Gives the caller's live hold back. outcome: released | hold_not_found.
CREATE FUNCTION locker_release_hold(
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

-- Gives the caller's confirmed locker back. outcome: released | assignment_not_found.
CREATE FUNCTION locker_release(
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

-- Marks at most p_limit stale holds 'expired', for the record: nothing depends on it. Of all workers on all hosts one
-- does it at a time. It only ever tries locks and skips what is busy, since it takes many guards in one transaction:
-- a claim that holds the guard expires the hold itself.
CREATE FUNCTION locker_sweep(p_limit int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_stale record;
    v_swept int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(4, 0) OR NOT pg_try_advisory_xact_lock_shared(5, 0) THEN
        RETURN 0;
    END IF;
    FOR v_stale IN
        SELECT a.assignment_id, a.locker_id, a.student_id FROM locker_assignments a
         WHERE a.state = 'hold' AND a.hold_expires_at <= clock_timestamp()
         ORDER BY a.hold_expires_at LIMIT p_limit
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(1, hashtext(v_stale.student_id));
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(2, v_stale.locker_id);
        PERFORM FROM locker_assignments a
          WHERE a.assignment_id = v_stale.assignment_id AND a.state = 'hold' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        UPDATE locker_assignments SET state = 'expired' WHERE assignment_id = v_stale.assignment_id;
        PERFORM locker_record(v_stale.student_id, v_stale.locker_id, 'expire', 'expired', true, true,
                              NULL, NULL, v_stale.assignment_id, NULL);
        v_swept := v_swept + 1;
    END LOOP;
    RETURN v_swept;
END
$$;

COMMIT;
