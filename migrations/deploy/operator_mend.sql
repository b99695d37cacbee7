-- Deploy locker-server:operator_mend to pg
-- requires: operator_assignments

BEGIN;

-- What statements typed by hand have left behind: one row for each fault.
CREATE FUNCTION operator_drift() RETURNS TABLE (kind text, locker_id int, student_id text, detail text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT 'owner_without_assignment', l.locker_id, l.owner::text, NULL
      FROM locker_info l
     WHERE l.owner IS NOT NULL AND NOT EXISTS (
           SELECT FROM locker_assignments a
            WHERE a.locker_id = l.locker_id AND a.student_id = l.owner AND a.state = 'confirmed')
    UNION ALL
    SELECT 'assignment_without_owner', a.locker_id, a.student_id, l.owner
      FROM locker_assignments a JOIN locker_info l USING (locker_id)
     WHERE a.state = 'confirmed' AND l.owner IS DISTINCT FROM a.student_id
    UNION ALL
    -- The sweeper comes every few seconds: what is this old was left behind.
    SELECT 'stale_hold', a.locker_id, a.student_id, a.hold_expires_at::text
      FROM locker_assignments a
     WHERE a.state = 'hold' AND a.hold_expires_at < clock_timestamp() - interval '5 minutes'
    UNION ALL
    SELECT 'orphaned_session', NULL, t.student_id, NULL
      FROM auth_refresh_tokens t WHERE NOT EXISTS (SELECT FROM users u WHERE u.student_id = t.student_id)
    UNION ALL
    SELECT 'sequence_behind', NULL, NULL, s.name
      FROM (SELECT 'locker_locations_location_id_seq', (SELECT max(x.location_id) FROM locker_locations x),
                   (SELECT q.last_value FROM locker_locations_location_id_seq q)
            UNION ALL
            SELECT 'locker_assignments_assignment_id_seq', (SELECT max(x.assignment_id) FROM locker_assignments x),
                   (SELECT q.last_value FROM locker_assignments_assignment_id_seq q)
            UNION ALL
            SELECT 'application_periods_period_id_seq', (SELECT max(x.period_id) FROM application_periods x),
                   (SELECT q.last_value FROM application_periods_period_id_seq q)
            UNION ALL
            SELECT 'users_serial_id_seq', (SELECT max(x.serial_id) FROM users x),
                   (SELECT q.last_value FROM users_serial_id_seq q)
            UNION ALL
            SELECT 'locker_decision_seq', (SELECT max(x.decision_id) FROM locker_decisions x),
                   (SELECT q.last_value FROM locker_decision_seq q)) s(name, highest, last)
     WHERE s.highest > s.last;
$$;

-- Mends all of it. Where the owner and the assignment name two students, the owner has it: the list shows him.
CREATE FUNCTION operator_mend() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act    bigint := operator_act();
    v_before jsonb;
    v_fault  record;
BEGIN
    PERFORM operator_gate();
    SELECT coalesce(jsonb_object_agg(d.kind, d.n), '{}') INTO v_before
      FROM (SELECT kind, count(*) AS n FROM operator_drift() GROUP BY kind) d;

    -- Sequences first: the rest draws numbers.
    PERFORM setval('locker_locations_location_id_seq', greatest((SELECT max(location_id) FROM locker_locations), (SELECT last_value FROM locker_locations_location_id_seq)))
      FROM operator_drift() d WHERE d.detail = 'locker_locations_location_id_seq';
    PERFORM setval('locker_assignments_assignment_id_seq', (SELECT max(assignment_id) FROM locker_assignments))
      FROM operator_drift() d WHERE d.detail = 'locker_assignments_assignment_id_seq';
    PERFORM setval('application_periods_period_id_seq', (SELECT max(period_id) FROM application_periods))
      FROM operator_drift() d WHERE d.detail = 'application_periods_period_id_seq';
    PERFORM setval('users_serial_id_seq', (SELECT max(serial_id) FROM users))
      FROM operator_drift() d WHERE d.detail = 'users_serial_id_seq';
    PERFORM setval('locker_decision_seq', (SELECT max(decision_id) FROM locker_decisions))
      FROM operator_drift() d WHERE d.detail = 'locker_decision_seq';

    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'stale_hold' LOOP
        PERFORM locker_expire(v_fault.student_id, v_fault.locker_id, NULL, NULL);
    END LOOP;
    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'assignment_without_owner' LOOP
        IF v_fault.detail IS NULL AND NOT EXISTS (SELECT FROM locker_info l WHERE l.owner = v_fault.student_id) THEN
            UPDATE locker_info SET owner = v_fault.student_id WHERE locker_id = v_fault.locker_id;
        ELSE
            PERFORM operator_take(v_fault.student_id, v_fault.locker_id);
        END IF;
    END LOOP;
    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'owner_without_assignment' LOOP
        -- Whoever holds this locker, and whatever its owner holds elsewhere, ends.
        PERFORM operator_take(a.student_id, a.locker_id) FROM locker_assignments a
          WHERE a.state = 'hold' AND (a.locker_id = v_fault.locker_id OR a.student_id = v_fault.student_id);
        PERFORM operator_give(v_fault.student_id, v_fault.locker_id);
    END LOOP;
    DELETE FROM auth_refresh_tokens t WHERE NOT EXISTS (SELECT FROM users u WHERE u.student_id = t.student_id);
    RETURN jsonb_build_object('mended', v_before, 'left', (SELECT count(*) FROM operator_drift()));
END
$$;

COMMIT;
