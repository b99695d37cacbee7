-- Faults that statements typed by hand leave behind: finding and mending them.
-- `lockerctl doctor` reads operator_drift. `lockerctl doctor --fix` calls operator_mend, and operator_adopt (adopt.sql)
-- does so after it has put an old server's data in. operator_mend needs an open act (operator_begin in audit.sql).
-- Locks: operator_drift none. operator_mend takes the gate alone (5), then rows; a sequence that it moves stays locked
-- to the end of the transaction.
-- No refusals. What operator_mend could not mend is counted in its answer.

-- One row for each fault. kind:
--   owner_without_assignment  the locker has an owner who has no confirmed assignment to it
--   assignment_without_owner  a confirmed assignment whose student is not the locker's owner; detail: the owner, or
--                             null
--   stale_hold                a hold that ran out more than five minutes ago; detail: when
--   orphaned_session          a refresh token of a student who is not there
--   sequence_behind           a sequence that would give a number again; detail: its name
CREATE OR REPLACE FUNCTION operator_drift() RETURNS TABLE (kind text, locker_id int, student_id text, detail text)
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
    -- The sweeper (locker_sweep) comes every few seconds and ends what it finds.
    SELECT 'stale_hold', a.locker_id, a.student_id, a.hold_expires_at::text
      FROM locker_assignments a
     WHERE a.state = 'hold' AND a.hold_expires_at < clock_timestamp() - interval '5 minutes'
    UNION ALL
    SELECT 'orphaned_session', NULL, t.student_id, NULL
      FROM auth_sessions t WHERE NOT EXISTS (SELECT FROM users u WHERE u.student_id = t.student_id)
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
GRANT EXECUTE ON FUNCTION operator_drift() TO locker_operator;

-- Mends all faults of operator_drift. Where the owner and the assignment name two students, the owner keeps the locker:
-- he is the one whom the list shows. A dry run changes nothing, sequences neither.
-- Gives {"mended": {kind: how many}, "left": how many faults there still are}.
CREATE OR REPLACE FUNCTION operator_mend() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_before jsonb;
    v_fault  record;
BEGIN
    PERFORM operator_act();
    PERFORM operator_gate();
    SELECT coalesce(jsonb_object_agg(d.kind, d.n), '{}') INTO v_before
      FROM (SELECT kind, count(*) AS n FROM operator_drift() GROUP BY kind) d;

    -- Sequences first, since the rest draws numbers. ALTER SEQUENCE, because a rollback takes it back; setval() would
    -- stay.
    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'sequence_behind' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART WITH %s', v_fault.detail, 1 + CASE v_fault.detail
            WHEN 'locker_locations_location_id_seq' THEN (SELECT max(location_id) FROM locker_locations)
            WHEN 'locker_assignments_assignment_id_seq' THEN (SELECT max(assignment_id) FROM locker_assignments)
            WHEN 'application_periods_period_id_seq' THEN (SELECT max(period_id) FROM application_periods)
            WHEN 'users_serial_id_seq' THEN (SELECT max(serial_id) FROM users)
            ELSE (SELECT max(decision_id) FROM locker_decisions) END);
    END LOOP;

    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'stale_hold' LOOP
        PERFORM locker_expire(v_fault.student_id, v_fault.locker_id);
    END LOOP;
    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'assignment_without_owner' LOOP
        IF v_fault.detail IS NULL AND NOT EXISTS (SELECT FROM locker_info l WHERE l.owner = v_fault.student_id) THEN
            UPDATE locker_info SET owner = v_fault.student_id WHERE locker_id = v_fault.locker_id;
        ELSE
            PERFORM operator_take(v_fault.student_id, v_fault.locker_id);
        END IF;
    END LOOP;
    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'owner_without_assignment' LOOP
        -- Every hold on this locker ends, and what its owner holds elsewhere.
        PERFORM operator_take(a.student_id, a.locker_id) FROM locker_assignments a
          WHERE a.state = 'hold' AND (a.locker_id = v_fault.locker_id OR a.student_id = v_fault.student_id);
        PERFORM operator_give(v_fault.student_id, v_fault.locker_id);
    END LOOP;
    DELETE FROM auth_sessions t WHERE NOT EXISTS (SELECT FROM users u WHERE u.student_id = t.student_id);
    RETURN jsonb_build_object('mended', v_before, 'left', (SELECT count(*) FROM operator_drift()));
END
$$;
GRANT EXECUTE ON FUNCTION operator_mend() TO locker_operator;
