-- Deploy locker-server:operator_assignments to pg
-- requires: operator_undo

BEGIN;

-- Who may get which locker by an operator's hand; null when nothing stands in the way. Under the guard. The period
-- does not matter here, and the student's own hold on this locker is no obstacle.
CREATE FUNCTION operator_obstacle(p_student_id text, p_locker_id int, p_ignore_own boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_locker record;
    v_own    record;
BEGIN
    IF NOT EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id AND u.cohort IS NULL) THEN
        RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
    END IF;
    SELECT s.state, s.student_id, l.disabled_at INTO v_locker
      FROM v_locker_states s JOIN locker_info l USING (locker_id)
     WHERE s.locker_id = p_locker_id AND s.cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('locker_not_found', 'locker_id', p_locker_id::text);
    ELSIF v_locker.disabled_at IS NOT NULL THEN
        RETURN operator_refusal('locker_disabled', 'locker_id', p_locker_id::text);
    ELSIF v_locker.state = 'confirmed' AND v_locker.student_id = p_student_id THEN
        RETURN operator_refusal('already_has_it', 'student_id', p_student_id, 'locker_id', p_locker_id::text);
    ELSIF v_locker.state <> 'available' AND v_locker.student_id <> p_student_id THEN
        RETURN operator_refusal('locker_taken', 'locker_id', p_locker_id::text, 'state', v_locker.state,
                                'student_id', v_locker.student_id);
    END IF;
    SELECT s.locker_id, s.state INTO v_own FROM v_locker_states s
     WHERE s.student_id = p_student_id AND s.locker_id <> p_locker_id ORDER BY s.state LIMIT 1;
    IF FOUND AND NOT p_ignore_own THEN
        RETURN operator_refusal('student_has_locker', 'student_id', p_student_id, 'locker_id', v_own.locker_id::text,
                                'state', v_own.state);
    END IF;
    RETURN NULL;
END
$$;

-- Makes the locker the student's, confirmed. Under the guard, and only where operator_obstacle found none.
CREATE FUNCTION operator_give(p_student_id text, p_locker_id int) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_assignment bigint;
BEGIN
    PERFORM locker_expire(p_student_id, p_locker_id, NULL, NULL);
    UPDATE locker_assignments SET state = 'confirmed', confirmed_at = clock_timestamp()
     WHERE locker_id = p_locker_id AND student_id = p_student_id AND state = 'hold'
    RETURNING assignment_id INTO v_assignment;
    IF FOUND THEN
        PERFORM locker_record(p_student_id, p_locker_id, 'operator', 'assigned', true, true, NULL, NULL, v_assignment, NULL);
    ELSE
        v_assignment := nextval('locker_assignments_assignment_id_seq');
        INSERT INTO locker_assignments (assignment_id, locker_id, student_id, state, confirmed_at, decision_id)
        VALUES (v_assignment, p_locker_id, p_student_id, 'confirmed', clock_timestamp(),
                locker_record(p_student_id, p_locker_id, 'operator', 'assigned', true, true, NULL, NULL, v_assignment, NULL));
    END IF;
    UPDATE locker_info SET owner = p_student_id WHERE locker_id = p_locker_id;
    RETURN v_assignment;
END
$$;

-- Takes whatever the student has of this locker. Under the guard.
CREATE FUNCTION operator_take(p_student_id text, p_locker_id int) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_assignment bigint;
BEGIN
    UPDATE locker_info SET owner = NULL WHERE locker_id = p_locker_id AND owner = p_student_id;
    UPDATE locker_assignments SET state = 'cancelled', released_at = clock_timestamp()
     WHERE locker_id = p_locker_id AND student_id = p_student_id AND state IN ('hold', 'confirmed')
    RETURNING assignment_id INTO v_assignment;
    PERFORM locker_record(p_student_id, p_locker_id, 'operator', 'released', true, true, NULL, NULL, v_assignment, NULL);
END
$$;

CREATE FUNCTION operator_assign(p_student_id text, p_locker_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act      bigint := operator_act();
    v_obstacle jsonb;
BEGIN
    PERFORM locker_guard(p_student_id, p_locker_id);
    v_obstacle := operator_obstacle(p_student_id, p_locker_id, false);
    IF v_obstacle IS NOT NULL THEN
        RETURN v_obstacle;
    END IF;
    RETURN jsonb_build_object('student_id', p_student_id, 'locker_id', p_locker_id,
                              'assignment_id', operator_give(p_student_id, p_locker_id));
END
$$;

-- Frees a locker, whoever has it or holds it.
CREATE FUNCTION operator_release(p_locker_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_student text;
    v_again   text;
BEGIN
    -- The guard wants the student before the locker, and only the locker knows the student: while nobody can give this
    -- locker to another, look; then take both locks in their order, and look again.
    FOR attempt IN 1..5 LOOP
        SELECT s.student_id INTO v_student FROM v_locker_states s WHERE s.locker_id = p_locker_id AND s.cohort IS NULL;
        IF NOT FOUND THEN
            RETURN operator_refusal('locker_not_found', 'locker_id', p_locker_id::text);
        ELSIF v_student IS NULL THEN
            RETURN operator_refusal('locker_is_free', 'locker_id', p_locker_id::text);
        END IF;
        BEGIN
            PERFORM locker_guard(v_student, p_locker_id);
            SELECT s.student_id INTO v_again FROM v_locker_states s WHERE s.locker_id = p_locker_id;
            IF v_again IS DISTINCT FROM v_student THEN
                -- Another has it by now. Leaving the block gives the two locks back.
                RAISE EXCEPTION USING ERRCODE = 'LK001';
            END IF;
            PERFORM operator_take(v_student, p_locker_id);
            RETURN jsonb_build_object('student_id', v_student, 'locker_id', p_locker_id);
        EXCEPTION WHEN SQLSTATE 'LK001' THEN
            NULL;
        END;
    END LOOP;
    RETURN operator_refusal('too_busy');
END
$$;

CREATE FUNCTION operator_move(p_student_id text, p_locker_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act      bigint := operator_act();
    v_from     int;
    v_again    int;
    v_obstacle jsonb;
BEGIN
    -- As above: the gate and the student first. Then nobody but the student himself could change what he has, and he
    -- waits; so his locker is known before both lockers are locked, in the order of their numbers.
    PERFORM pg_advisory_xact_lock_shared(5, 0);
    PERFORM pg_advisory_xact_lock(1, hashtext(p_student_id));
    SELECT s.locker_id INTO v_from FROM v_locker_states s
     WHERE s.student_id = p_student_id AND s.state = 'confirmed' AND s.cohort IS NULL;
    IF NOT FOUND THEN
        RETURN CASE WHEN EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id AND u.cohort IS NULL)
                    THEN operator_refusal('student_has_no_locker', 'student_id', p_student_id)
                    ELSE operator_refusal('student_not_found', 'student_id', p_student_id) END;
    END IF;
    PERFORM pg_advisory_xact_lock(2, least(v_from, p_locker_id));
    PERFORM pg_advisory_xact_lock(2, greatest(v_from, p_locker_id));
    v_obstacle := operator_obstacle(p_student_id, p_locker_id, true);
    IF v_obstacle IS NOT NULL THEN
        RETURN v_obstacle;
    END IF;
    PERFORM operator_take(p_student_id, v_from);
    RETURN jsonb_build_object('student_id', p_student_id, 'from', v_from, 'locker_id', p_locker_id,
                              'assignment_id', operator_give(p_student_id, p_locker_id));
END
$$;

-- Ends the sessions of one student, or (null) of everybody. Not a thing that can be taken back: they sign in again.
CREATE FUNCTION operator_sessions_revoke(p_student_id text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act   bigint := operator_act();
    v_ended int;
BEGIN
    IF p_student_id IS NOT NULL THEN
        IF NOT EXISTS (SELECT FROM users u WHERE u.student_id = p_student_id) THEN
            RETURN operator_refusal('student_not_found', 'student_id', p_student_id);
        END IF;
        RETURN jsonb_build_object('sessions', auth_end_all_sessions(p_student_id, 'operator'));
    END IF;
    -- Alone with the tokens: a rotation that is under way would otherwise leave its new token alive.
    LOCK TABLE auth_refresh_tokens IN EXCLUSIVE MODE;
    UPDATE auth_refresh_tokens t SET revoked_at = clock_timestamp(), revoke_reason = 'operator'
     WHERE t.revoked_at IS NULL AND t.expires_at > clock_timestamp()
       AND NOT EXISTS (SELECT FROM users u WHERE u.student_id = t.student_id AND u.cohort IS NOT NULL);
    GET DIAGNOSTICS v_ended = ROW_COUNT;
    RETURN jsonb_build_object('sessions', v_ended);
END
$$;

COMMIT;
