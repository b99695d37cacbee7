-- Revert locker-server:operator_ledger from pg

BEGIN;

DROP TRIGGER operator_service ON locker_info;
DROP FUNCTION operator_service();

-- As in decisions.
CREATE OR REPLACE FUNCTION locker_record(
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

-- As in operator_undo.
CREATE OR REPLACE FUNCTION operator_take_back(p_change operator_changes) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    v_now     jsonb := operator_row(p_change.relation, coalesce(p_change.after, p_change.before));
    v_columns text[];
    v_key     text;
BEGIN
    -- A hold that was given up or ran out belongs to a minute that is over.
    IF p_change.relation = 'locker_assignments' AND p_change.before ->> 'state' = 'hold' THEN
        RETURN NULL;
    END IF;
    SELECT string_agg(format('t.%1$I = k.%1$I', k), ' AND ') INTO v_key FROM unnest(operator_key(p_change.relation)) k;

    IF p_change.before IS NULL THEN
        -- An assignment is history and stays, as one that was given back; unless its locker came with it and goes too.
        IF p_change.relation = 'locker_assignments' AND NOT EXISTS (
            SELECT FROM operator_changes c
             WHERE c.audit_id = p_change.audit_id AND c.relation = 'locker_info' AND c.before IS NULL
               AND c.after -> 'locker_id' = p_change.after -> 'locker_id') THEN
            IF v_now ->> 'state' IS DISTINCT FROM p_change.after ->> 'state' THEN
                RETURN 'changed';
            END IF;
            UPDATE locker_assignments SET state = 'cancelled', released_at = clock_timestamp()
             WHERE assignment_id = (v_now ->> 'assignment_id')::bigint AND state IN ('hold', 'confirmed');
            RETURN NULL;
        END IF;
        IF v_now IS NULL THEN
            RETURN NULL;
        ELSIF v_now - 'updated_at' IS DISTINCT FROM p_change.after - 'updated_at' THEN
            RETURN 'changed';
        ELSIF p_change.relation = 'users' AND EXISTS (
            SELECT FROM locker_assignments a WHERE a.student_id = v_now ->> 'student_id') THEN
            RETURN 'in_use';
        END IF;
        EXECUTE format('DELETE FROM %1$I t USING jsonb_populate_record(NULL::%1$I, $1) k WHERE %2$s',
                       p_change.relation, v_key) USING v_now;
        RETURN NULL;
    END IF;

    IF p_change.after IS NULL THEN
        IF v_now IS NOT NULL THEN
            RETURN 'exists';
        END IF;
        EXECUTE format('INSERT INTO %1$I SELECT * FROM jsonb_populate_record(NULL::%1$I, $1)', p_change.relation)
          USING p_change.before;
        RETURN NULL;
    END IF;

    SELECT array_agg(c.key) INTO v_columns FROM jsonb_each(p_change.after) c
     WHERE c.key <> 'updated_at' AND c.value IS DISTINCT FROM p_change.before -> c.key;
    IF v_now IS NULL THEN
        -- Its key was changed: a row above it may have carried it back already.
        v_now := operator_row(p_change.relation, p_change.before);
    END IF;
    IF v_columns IS NULL OR (v_now IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(v_columns) c WHERE v_now -> c IS DISTINCT FROM p_change.before -> c)) THEN
        RETURN NULL;
    ELSIF v_now IS NULL OR EXISTS (
        SELECT FROM unnest(v_columns) c WHERE v_now -> c IS DISTINCT FROM p_change.after -> c) THEN
        RETURN 'changed';
    END IF;
    EXECUTE format('UPDATE %1$I t SET (%2$s) = (SELECT %3$s FROM jsonb_populate_record(NULL::%1$I, $2) b) '
                   'FROM jsonb_populate_record(NULL::%1$I, $1) k WHERE %4$s',
                   p_change.relation, (SELECT string_agg(format('%I', c), ', ') FROM unnest(v_columns) c),
                   (SELECT string_agg(format('b.%I', c), ', ') FROM unnest(v_columns) c), v_key)
      USING v_now, p_change.before;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION operator_undo(p_audit_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_undo   bigint := operator_act();
    v_act    operator_audit;
    v_change operator_changes;
    v_why    text;
    v_count  int := 0;
BEGIN
    PERFORM operator_gate();
    SELECT * INTO v_act FROM operator_audit WHERE audit_id = p_audit_id FOR UPDATE;
    IF NOT FOUND OR p_audit_id = v_undo THEN
        RETURN operator_refusal('audit_not_found', 'audit_id', p_audit_id::text);
    ELSIF v_act.undone_by IS NOT NULL THEN
        RETURN operator_refusal('already_undone', 'audit_id', p_audit_id::text, 'undone_by', v_act.undone_by::text);
    ELSIF v_act.not_undoable IS NOT NULL THEN
        RETURN operator_refusal('not_undoable', 'audit_id', p_audit_id::text, 'why', v_act.not_undoable);
    ELSIF NOT EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = p_audit_id) THEN
        RETURN operator_refusal('nothing_to_undo', 'audit_id', p_audit_id::text, 'command', v_act.command);
    END IF;
    -- People before their sessions, as everywhere; sign-ins wait until this is over.
    IF EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = p_audit_id AND c.relation = 'users') THEN
        LOCK TABLE users, auth_refresh_tokens IN EXCLUSIVE MODE;
    END IF;
    -- A hold that ran out and was not swept yet is in nobody's way.
    PERFORM locker_expire(c.before ->> 'student_id', (c.before ->> 'locker_id')::int, NULL, NULL)
       FROM operator_changes c
      WHERE c.audit_id = p_audit_id AND c.relation = 'locker_assignments' AND c.before ->> 'state' = 'confirmed';

    -- Backwards; but people first, since what a foreign key's cascade changed was kept after its cause.
    FOR v_change IN SELECT * FROM operator_changes c WHERE c.audit_id = p_audit_id
                     ORDER BY c.relation = 'users' AND c.before IS NOT NULL DESC, c.change_id DESC
    LOOP
        BEGIN
            v_why := operator_take_back(v_change);
        EXCEPTION
            WHEN unique_violation OR exclusion_violation THEN v_why := 'taken';
            WHEN foreign_key_violation THEN v_why := 'in_use';
        END;
        IF v_why IS NOT NULL THEN
            RETURN operator_refusal('world_moved_on', 'why', v_why, 'relation', v_change.relation)
                || jsonb_build_object('row', coalesce(v_change.after, v_change.before));
        END IF;
        v_count := v_count + 1;
    END LOOP;

    -- The ledger tells of every locker that changed hands just now.
    PERFORM locker_record(n.image ->> 'student_id', (n.image ->> 'locker_id')::int, 'operator',
                          CASE WHEN n.starts THEN 'assigned' ELSE 'released' END, true, true, NULL, NULL,
                          (n.image ->> 'assignment_id')::bigint, NULL)
       FROM (SELECT coalesce(c.after, c.before) AS image, c.change_id,
                    coalesce(c.after ->> 'state', '') = 'confirmed' AS starts,
                    coalesce(c.before ->> 'state', '') = 'confirmed' AS ends
               FROM operator_changes c WHERE c.audit_id = v_undo AND c.relation = 'locker_assignments') n
      WHERE n.starts <> n.ends;

    -- To take an undo back is to do the first act again: then that one can be taken back again.
    UPDATE operator_audit SET undone_by = NULL WHERE audit_id = v_act.undo_of;
    UPDATE operator_audit SET undo_of = p_audit_id WHERE audit_id = v_undo;
    UPDATE operator_audit SET undone_by = v_undo WHERE audit_id = p_audit_id;
    RETURN jsonb_build_object('undone', p_audit_id, 'command', v_act.command, 'changes', v_count);
END
$$;

-- As in semesters.
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

-- The rows themselves stay: the ledger loses none.
ALTER TABLE operator_audit DROP COLUMN in_ledger;
ALTER TABLE locker_decisions DROP COLUMN audit_id;

COMMIT;
