-- Lockers that an operator gives, takes back or moves a student to: `lockerctl assign`, `release`, `move`.
-- operator_mend (repair.sql) uses operator_give and operator_take, operator_student_erase (students.sql) uses
-- operator_take.
-- Every granted function needs an open act (operator_begin in audit.sql), answers with one JSON object, and finds only
-- real students and lockers, never those of a rehearsal (cohort). The application period does not matter.
-- Locks, in the order of locker_guard (guard.sql): the gate shared (5), the student (1), the locker (2). operator_move
-- takes two lockers, in the order of their numbers.
-- Every change leaves a row of the ledger: act operator, outcome assigned or released.
-- A refusal is {"error": code, …} (operator_refusal); each function names its codes.

-- Why an operator cannot give this locker to this student, as a refusal; null when nothing stands in the way. Called
-- under the guard. The student's own hold on this locker is no obstacle. With p_ignore_own, another locker of his is
-- none either.
-- Refusals: student_not_found, locker_not_found, locker_disabled, already_has_it, locker_taken (with state and
-- student), student_has_locker (with locker and state).
CREATE OR REPLACE FUNCTION operator_obstacle(p_student_id text, p_locker_id int, p_ignore_own boolean) RETURNS jsonb
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

-- Makes the locker the student's, confirmed: his hold on it becomes the assignment, or a new one is made. Gives the
-- number of the assignment. Called under the guard or with the gate taken alone, and only where nothing stands in the
-- way (operator_obstacle).
CREATE OR REPLACE FUNCTION operator_give(p_student_id text, p_locker_id int) RETURNS bigint
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_now        timestamptz;
    v_assignment bigint;
BEGIN
    PERFORM locker_expire(p_student_id, p_locker_id);
    v_now := locker_now(p_student_id, p_locker_id);
    UPDATE locker_assignments SET state = 'confirmed', confirmed_at = v_now, decided_at = v_now
     WHERE locker_id = p_locker_id AND student_id = p_student_id AND state = 'hold'
    RETURNING assignment_id INTO v_assignment;
    IF FOUND THEN
        PERFORM locker_record(p_student_id, p_locker_id, 'operator', 'assigned', v_assignment);
    ELSE
        v_assignment := nextval('locker_assignments_assignment_id_seq');
        INSERT INTO locker_assignments
            (assignment_id, locker_id, student_id, state, confirmed_at, created_at, decided_at, decision_id)
        VALUES (v_assignment, p_locker_id, p_student_id, 'confirmed', v_now, v_now, v_now,
                locker_record(p_student_id, p_locker_id, 'operator', 'assigned', v_assignment));
    END IF;
    UPDATE locker_info SET owner = p_student_id WHERE locker_id = p_locker_id;
    RETURN v_assignment;
END
$$;

-- Ends whatever the student has of this locker: the ownership, the assignment or the hold. Called under the guard or
-- with the gate taken alone.
CREATE OR REPLACE FUNCTION operator_take(p_student_id text, p_locker_id int) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_now        timestamptz := locker_now(p_student_id, p_locker_id);
    v_assignment bigint;
BEGIN
    SELECT f.assignment_id INTO v_assignment
      FROM locker_free(ARRAY(
               SELECT a.assignment_id FROM locker_assignments a
                WHERE a.locker_id = p_locker_id AND a.student_id = p_student_id AND a.state IN ('hold', 'confirmed')),
           'cancelled', v_now, p_locker_id, p_student_id) f;
    PERFORM locker_record(p_student_id, p_locker_id, 'operator', 'released', v_assignment);
END
$$;

-- Gives a locker to a student who has none; his own hold on it is confirmed.
-- Gives {"student_id", "locker_id", "assignment_id"}. Refusals: those of operator_obstacle.
CREATE OR REPLACE FUNCTION operator_assign(p_student_id text, p_locker_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_obstacle jsonb;
BEGIN
    PERFORM operator_act();
    PERFORM locker_guard(p_student_id, p_locker_id);
    v_obstacle := operator_obstacle(p_student_id, p_locker_id, false);
    IF v_obstacle IS NOT NULL THEN
        RETURN v_obstacle;
    END IF;
    RETURN jsonb_build_object('student_id', p_student_id, 'locker_id', p_locker_id,
                              'assignment_id', operator_give(p_student_id, p_locker_id));
END
$$;
GRANT EXECUTE ON FUNCTION operator_assign(text, int) TO locker_operator;

-- Frees a locker, whoever has it or holds it. Gives {"student_id", "locker_id"}.
-- Refusals: locker_not_found, locker_is_free, too_busy (it changed hands at each of five attempts).
CREATE OR REPLACE FUNCTION operator_release(p_locker_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_student text;
    v_again   text;
BEGIN
    PERFORM operator_act();
    -- The guard takes the student's lock before the locker's, but only the locker tells who the student is. So: read
    -- the student without a lock, take both locks in their order, and read again.
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
                -- Another student has it by now, or nobody. Leaving the block by an exception releases the locks.
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
GRANT EXECUTE ON FUNCTION operator_release(int) TO locker_operator;

-- Moves a student from his confirmed locker to another one. Gives {"student_id", "from", "locker_id", "assignment_id"}.
-- Refusals: student_has_no_locker, and those of operator_obstacle except student_has_locker.
CREATE OR REPLACE FUNCTION operator_move(p_student_id text, p_locker_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_from     int;
    v_obstacle jsonb;
BEGIN
    PERFORM operator_act();
    -- The gate and the student first. Whoever wants to change what this student has now waits for his lock. So his
    -- locker is known for sure before both lockers are locked, in the order of their numbers.
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
GRANT EXECUTE ON FUNCTION operator_move(text, int) TO locker_operator;
