-- The end of a semester, and what its archive forgets later.
-- `lockerctl semester close` calls operator_semester_close, which needs an open act (operator_begin in audit.sql).
-- `lockerctl semester undo` takes it back by operator_undo (undo.sql) until keep_until. operator_begin and
-- operator_retention (retention.sql) call operator_semesters_forget.
-- Locks of the closing, in this order: the gate alone (5), the tables users and auth_sessions (EXCLUSIVE).
-- Forgetting takes only rows, and skips a semester that another transaction is forgetting.
-- Refusal: semester_exists.

-- Ends a semester: closes the open period, archives all assignments under p_name, frees every locker, ends every
-- session, and deletes the accounts with their names and phones and the roster, since what they were collected for is
-- over. All of it, or nothing. Every hold and every assignment that it ends has its row in the ledger. The archive
-- names the students for p_keep. A rehearsal's students, lockers and periods stay.
-- Gives {"semester_id", "name", "released", "archived", "students", "sessions", "confirmed"}. "sessions" counts
-- those that lived.
CREATE OR REPLACE FUNCTION operator_semester_close(p_name text, p_keep interval) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act       bigint := operator_act();
    v_semester  int;
    v_sessions  int;
    v_released  int;
    v_archived  int;
    v_students  int;
    v_confirmed int;
BEGIN
    PERFORM operator_gate();
    -- Students before their sessions: whoever locks both does it in this order. A sign-in waits, and then finds no
    -- account.
    LOCK TABLE users, auth_sessions IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM semesters s WHERE s.name = p_name) THEN
        RETURN operator_refusal('semester_exists', 'name', p_name);
    END IF;
    -- A semester that is over takes no more students.
    UPDATE application_periods SET closes_at = clock_timestamp()
     WHERE cohort IS NULL AND opens_at < clock_timestamp() AND closes_at > clock_timestamp();

    -- A hold that ran out and is not swept yet ends as expired, and not by this act.
    PERFORM locker_expire(a.student_id, a.locker_id)
       FROM locker_assignments a JOIN users u USING (student_id)
      WHERE a.state = 'hold' AND a.hold_expires_at <= clock_timestamp() AND u.cohort IS NULL;

    SELECT count(*) INTO v_confirmed FROM v_locker_states s WHERE s.cohort IS NULL AND s.state = 'confirmed';
    SELECT count(*) INTO v_students FROM users u WHERE u.cohort IS NULL;
    INSERT INTO semesters (name, keep_until, audit_id, last_decision, lockers, confirmed, assignments, students)
    SELECT p_name, clock_timestamp() + p_keep, v_act, 0,
           (SELECT count(*) FROM v_locker_states s WHERE s.cohort IS NULL), v_confirmed, 0, v_students
    RETURNING semester_id INTO v_semester;

    INSERT INTO semester_assignments
    SELECT v_semester, a.assignment_id, a.locker_id, p.name, a.student_id, u.name, a.state,
           a.hold_expires_at, a.confirmed_at, a.released_at, a.created_at
      FROM locker_assignments a
      JOIN users u USING (student_id)
      JOIN locker_info l USING (locker_id)
      JOIN locker_locations p USING (location_id)
     WHERE p.cohort IS NULL
    UNION ALL
    SELECT v_semester, NULL, l.locker_id, p.name, l.owner, u.name, 'confirmed', NULL, NULL, NULL, NULL
      FROM locker_info l
      JOIN users u ON u.student_id = l.owner
      JOIN locker_locations p USING (location_id)
     WHERE p.cohort IS NULL AND NOT EXISTS (
           SELECT FROM locker_assignments a
            WHERE a.locker_id = l.locker_id AND a.student_id = l.owner AND a.state = 'confirmed');
    GET DIAGNOSTICS v_archived = ROW_COUNT;

    -- Every hold (also one that ran out just now), every confirmed assignment, and every owner who was written in by
    -- hand.
    SELECT count(locker_record(r.student_id, r.locker_id, 'operator', 'released', r.assignment_id)) INTO v_released
      FROM (SELECT a.student_id, a.locker_id, a.assignment_id
              FROM locker_assignments a JOIN users u USING (student_id)
             WHERE a.state IN ('hold', 'confirmed') AND u.cohort IS NULL
            UNION ALL
            SELECT l.owner, l.locker_id, NULL
              FROM locker_info l JOIN locker_locations p USING (location_id)
             WHERE p.cohort IS NULL AND l.owner IS NOT NULL AND NOT EXISTS (
                   SELECT FROM locker_assignments a
                    WHERE a.locker_id = l.locker_id AND a.student_id = l.owner AND a.state = 'confirmed')) r;

    UPDATE locker_info l SET owner = NULL FROM locker_locations p
     WHERE p.location_id = l.location_id AND p.cohort IS NULL AND l.owner IS NOT NULL;
    DELETE FROM locker_assignments a USING locker_info l JOIN locker_locations p USING (location_id)
     WHERE l.locker_id = a.locker_id AND p.cohort IS NULL;
    WITH ended AS (
        DELETE FROM auth_sessions s USING users u WHERE u.student_id = s.student_id AND u.cohort IS NULL
        RETURNING s.expires_at)
    SELECT count(*) FILTER (WHERE e.expires_at > clock_timestamp()) INTO v_sessions FROM ended e;
    DELETE FROM auth_failures;
    DELETE FROM attempt_allowances;
    DELETE FROM users u WHERE u.cohort IS NULL;
    DELETE FROM eligible_students;

    UPDATE semesters SET assignments = v_archived,
                         last_decision = coalesce((SELECT max(decision_id) FROM locker_decisions), 0)
     WHERE semester_id = v_semester;
    -- The images of this act, which name the students, are kept as long as the archive. (Those of older acts no longer:
    -- operator_images_end.)
    UPDATE operator_audit SET images_until = (SELECT s.keep_until FROM semesters s WHERE s.semester_id = v_semester)
     WHERE audit_id = v_act;
    RETURN jsonb_build_object('semester_id', v_semester, 'name', p_name, 'released', v_released, 'archived', v_archived,
                              'students', v_students, 'sessions', v_sessions, 'confirmed', v_confirmed);
END
$$;
GRANT EXECUTE ON FUNCTION operator_semester_close(text, interval) TO locker_operator;

-- After keep_until the archive and the ledger of a semester forget the persons and keep what happened: 학번 become
-- pseudonyms, names go. Gives how many semesters were forgotten now. A row of the ledger is already forgotten where its
-- 학번 has the form of a pseudonym. The form of a 학번 would not tell: old servers left 학번 of other lengths.
CREATE OR REPLACE FUNCTION operator_semesters_forget() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_salt      text := gen_random_uuid()::text;
    v_semester  semesters;
    v_forgotten int := 0;
BEGIN
    FOR v_semester IN
        SELECT * FROM semesters WHERE keep_until <= clock_timestamp() AND anonymous_since IS NULL
         ORDER BY semester_id FOR UPDATE SKIP LOCKED
    LOOP
        UPDATE semester_assignments SET student_id = operator_pseudonym(student_id, v_salt), name = NULL
         WHERE semester_id = v_semester.semester_id AND name IS NOT NULL;
        UPDATE locker_decisions SET student_id = operator_pseudonym(student_id, v_salt)
         WHERE decision_id <= v_semester.last_decision AND student_id !~ '^x[0-9a-f]{16}$'
           -- The semester's own: one before it may be kept longer.
           AND decision_id > coalesce((SELECT max(s.last_decision) FROM semesters s
                                        WHERE s.semester_id < v_semester.semester_id), 0);
        UPDATE semesters SET anonymous_since = clock_timestamp() WHERE semester_id = v_semester.semester_id;
        v_forgotten := v_forgotten + 1;
    END LOOP;
    RETURN v_forgotten;
END
$$;
