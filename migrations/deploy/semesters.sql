-- Deploy locker-server:semesters to pg
-- requires: operator_undo

BEGIN;

-- A semester that is over.
CREATE TABLE semesters (
    semester_id   serial      PRIMARY KEY,
    name          text        NOT NULL UNIQUE CHECK (btrim(name) <> ''),
    closed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Until then the archive says who had which locker and the closing can be taken back; then the persons go.
    keep_until    timestamptz NOT NULL,
    audit_id      bigint      NOT NULL REFERENCES operator_audit,
    -- The newest row of the ledger that belongs to it.
    last_decision bigint      NOT NULL,
    lockers       int         NOT NULL,
    confirmed     int         NOT NULL,
    assignments   int         NOT NULL,
    students      int         NOT NULL,
    anonymous_since timestamptz
);

-- Its assignments, confirmed and all others. No reference to lockers or students: it outlives them.
CREATE TABLE semester_assignments (
    semester_id     int         NOT NULL REFERENCES semesters ON DELETE CASCADE,
    -- Null for an owner who was written in by hand, without an assignment.
    assignment_id   bigint,
    locker_id       int         NOT NULL,
    location_name   text        NOT NULL,
    -- 학번 and name; after keep_until a pseudonym and null.
    student_id      varchar(20) NOT NULL,
    name            varchar(100),
    state           assignment_state NOT NULL,
    hold_expires_at timestamptz,
    confirmed_at    timestamptz,
    released_at     timestamptz,
    created_at      timestamptz
);
CREATE INDEX idx_semester_assignments ON semester_assignments (semester_id, locker_id);
CREATE INDEX idx_semester_assignments_student ON semester_assignments (student_id);

CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON semesters FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();

-- Ends a semester: archives what was, frees every locker, ends every session, and deletes the accounts with their
-- names and phones, since what they were collected for is over. All of it, or nothing.
CREATE FUNCTION operator_semester_close(p_name text, p_keep interval) RETURNS jsonb
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
    -- People before their sessions, as everywhere. A sign-in waits, and then finds nobody.
    LOCK TABLE users, auth_refresh_tokens IN EXCLUSIVE MODE;
    IF EXISTS (SELECT FROM semesters s WHERE s.name = p_name) THEN
        RETURN operator_refusal('semester_exists', 'name', p_name);
    END IF;
    -- A semester that is over takes no more students.
    UPDATE application_periods SET closes_at = clock_timestamp()
     WHERE cohort IS NULL AND opens_at < clock_timestamp() AND closes_at > clock_timestamp();

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

    SELECT count(locker_record(s.student_id, s.locker_id, 'operator', 'released', true, true, NULL, NULL,
                               a.assignment_id, NULL)) INTO v_released
      FROM v_locker_states s
      LEFT JOIN locker_assignments a ON a.locker_id = s.locker_id AND a.student_id = s.student_id
                                    AND a.state IN ('hold', 'confirmed')
     WHERE s.cohort IS NULL AND s.student_id IS NOT NULL;

    UPDATE locker_info l SET owner = NULL FROM locker_locations p
     WHERE p.location_id = l.location_id AND p.cohort IS NULL AND l.owner IS NOT NULL;
    DELETE FROM locker_assignments a USING locker_info l JOIN locker_locations p USING (location_id)
     WHERE l.locker_id = a.locker_id AND p.cohort IS NULL;
    DELETE FROM auth_refresh_tokens t USING users u WHERE u.student_id = t.student_id AND u.cohort IS NULL;
    GET DIAGNOSTICS v_sessions = ROW_COUNT;
    DELETE FROM auth_failures;
    DELETE FROM users u WHERE u.cohort IS NULL;
    DELETE FROM eligible_students;

    UPDATE semesters SET assignments = v_archived,
                         last_decision = coalesce((SELECT max(decision_id) FROM locker_decisions), 0)
     WHERE semester_id = v_semester;
    -- What would bring the persons back is kept no longer than the archive itself.
    UPDATE operator_audit SET images_until = (SELECT s.keep_until FROM semesters s WHERE s.semester_id = v_semester)
     WHERE audit_id = v_act;
    -- And what older acts kept of them neither.
    UPDATE operator_audit SET images_until = least(images_until, (SELECT s.keep_until FROM semesters s WHERE s.semester_id = v_semester))
     WHERE audit_id < v_act;
    RETURN jsonb_build_object('semester_id', v_semester, 'name', p_name, 'released', v_released, 'archived', v_archived,
                              'students', v_students, 'sessions', v_sessions, 'confirmed', v_confirmed);
END
$$;

-- After keep_until: the archive and the ledger of that semester forget the persons, and keep what happened.
CREATE FUNCTION operator_semesters_forget() RETURNS int
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
         WHERE decision_id <= v_semester.last_decision AND length(student_id) = 10;
        UPDATE semesters SET anonymous_since = clock_timestamp() WHERE semester_id = v_semester.semester_id;
        v_forgotten := v_forgotten + 1;
    END LOOP;
    RETURN v_forgotten;
END
$$;

COMMIT;
