-- Deploy locker-server:operator_consent to pg
-- requires: operator_persons

BEGIN;

-- What an operator is asked before it happens, and what lists do.

-- What an open act takes away, so far: rows, assignments that end, places on the roster, lockers out of service, and an
-- open period that is closed. Counted from the images, so that it is the same for an act and for the undo of another.
-- (Sessions have none: acts that end them say how many.)
CREATE FUNCTION operator_destroyed(p_audit_id bigint) RETURNS int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*)::int FROM operator_changes c
     WHERE c.audit_id = p_audit_id AND (
           c.after IS NULL
        OR c.relation = 'locker_assignments' AND c.before ->> 'state' IN ('hold', 'confirmed')
                                             AND c.after ->> 'state' IN ('cancelled', 'expired')
        OR c.relation = 'eligible_students' AND c.before ->> 'eligible' = 'true' AND c.after ->> 'eligible' = 'false'
        OR c.relation = 'locker_info' AND c.before ->> 'disabled_at' IS NULL AND c.before IS NOT NULL
                                      AND c.after ->> 'disabled_at' IS NOT NULL
        OR c.relation = 'application_periods'
           AND (c.before ->> 'opens_at')::timestamptz <= clock_timestamp()
           AND (c.before ->> 'closes_at')::timestamptz > clock_timestamp()
           AND NOT ((c.after ->> 'opens_at')::timestamptz <= clock_timestamp()
                    AND (c.after ->> 'closes_at')::timestamptz > clock_timestamp()));
$$;

-- Signs out whom this transaction has struck off the roster, now and not only at its commit: so that the act can say how
-- many that were. Gives the number.
CREATE FUNCTION operator_roster_sessions() RETURNS int
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_since timestamptz := clock_timestamp();
    v_ended int;
BEGIN
    SET CONSTRAINTS eligible_students_end_sessions IMMEDIATE;
    SET CONSTRAINTS eligible_students_end_sessions DEFERRED;
    -- Those that were ended since then, and by this transaction.
    SELECT count(*) INTO v_ended FROM auth_refresh_tokens t
     WHERE t.xmin = pg_current_xact_id()::xid AND t.revoked_at >= v_since AND t.expires_at > clock_timestamp();
    RETURN v_ended;
END
$$;

-- As in operator_students, with two more things: p_add leaves whoever is not in the list where he is, and `sessions` says
-- how many were signed out.
DROP FUNCTION operator_roster_import(jsonb, text);
CREATE FUNCTION operator_roster_import(p_entries jsonb, p_source text, p_add boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_new     int;
    v_changed int;
    v_gone    int := 0;
BEGIN
    -- One import at a time.
    LOCK TABLE eligible_students IN SHARE ROW EXCLUSIVE MODE;
    IF NOT p_add THEN
        DELETE FROM eligible_students e WHERE NOT EXISTS (
            SELECT FROM jsonb_to_recordset(p_entries) AS w(student_id text) WHERE w.student_id = e.student_id);
        GET DIAGNOSTICS v_gone = ROW_COUNT;
    END IF;
    UPDATE eligible_students e
       SET name = w.name, phone_number = w.phone_number, eligible = w.eligible, reason = w.reason,
           source_file = p_source, imported_at = clock_timestamp()
      FROM jsonb_to_recordset(p_entries) AS w(student_id text, name text, phone_number text, eligible boolean, reason text)
     WHERE w.student_id = e.student_id
       AND (e.name, e.phone_number, e.eligible, e.reason) IS DISTINCT FROM (w.name, w.phone_number, w.eligible, w.reason);
    GET DIAGNOSTICS v_changed = ROW_COUNT;
    INSERT INTO eligible_students (student_id, name, phone_number, eligible, reason, source_file)
    SELECT w.student_id, w.name, w.phone_number, w.eligible, w.reason, p_source
      FROM jsonb_to_recordset(p_entries) AS w(student_id text, name text, phone_number text, eligible boolean, reason text)
    ON CONFLICT (student_id) DO NOTHING;
    GET DIAGNOSTICS v_new = ROW_COUNT;
    RETURN jsonb_build_object('new', v_new, 'changed', v_changed, 'gone', v_gone, 'sessions', operator_roster_sessions(),
                              'total', (SELECT count(*) FROM eligible_students));
END
$$;

-- Takes an act back as operator_undo_rows (so far operator_undo) does, and says whom that signed out.
ALTER FUNCTION operator_undo(bigint) RENAME TO operator_undo_rows;
CREATE FUNCTION operator_undo(p_audit_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_answer jsonb := operator_undo_rows(p_audit_id);
BEGIN
    IF v_answer ? 'error' THEN
        RETURN v_answer;
    END IF;
    RETURN v_answer || jsonb_build_object('sessions', operator_roster_sessions());
END
$$;

-- As in operator_lockers; but what would close an open period wants to be forced.
CREATE OR REPLACE FUNCTION operator_period_set(p_opens timestamptz, p_closes timestamptz, p_force boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act    bigint := operator_act();
    v_now    timestamptz;
    v_period application_periods;
BEGIN
    -- Alone: what was decided before saw the old period, what is decided after sees the new one.
    PERFORM operator_gate();
    v_now := clock_timestamp();
    IF p_closes <= p_opens THEN
        RETURN operator_refusal('period_backwards');
    ELSIF p_closes <= v_now THEN
        RETURN operator_refusal('period_over');
    END IF;
    SELECT * INTO v_period FROM application_periods p
     WHERE p.cohort IS NULL AND p.closes_at > v_now ORDER BY p.opens_at LIMIT 1;
    IF p_opens <= v_now AND NOT p_force AND v_period.opens_at IS DISTINCT FROM p_opens THEN
        RETURN operator_refusal('period_opens_in_past');
    ELSIF p_opens > v_now AND v_period.opens_at <= v_now AND NOT p_force THEN
        RETURN operator_refusal('period_is_open', 'closes_at', to_jsonb(v_period.closes_at) #>> '{}');
    END IF;
    IF EXISTS (SELECT FROM application_periods p WHERE p.cohort IS NULL AND p.period_id IS DISTINCT FROM v_period.period_id
                  AND tstzrange(p.opens_at, p.closes_at) && tstzrange(p_opens, p_closes)) THEN
        RETURN operator_refusal('period_overlaps');
    END IF;
    IF v_period.period_id IS NULL THEN
        INSERT INTO application_periods (opens_at, closes_at) VALUES (p_opens, p_closes);
    ELSE
        UPDATE application_periods SET opens_at = p_opens, closes_at = p_closes WHERE period_id = v_period.period_id;
    END IF;
    RETURN jsonb_build_object('opens_at', p_opens, 'closes_at', p_closes);
END
$$;

-- Why a locker is out of service: since then no list has it, or (null) it is broken. Only the first comes back by itself
-- with a list that has it again.
ALTER TABLE locker_info ADD COLUMN unlisted_at timestamptz
    CONSTRAINT unlisted_is_disabled CHECK (unlisted_at IS NULL OR disabled_at IS NOT NULL);

-- As in operator_lockers; and what is taken out or put back by its number is so whatever a list says.
CREATE OR REPLACE FUNCTION operator_locker_disable(p_locker_id int, p_disabled boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act    bigint := operator_act();
    v_locker record;
BEGIN
    PERFORM pg_advisory_xact_lock_shared(5, 0);
    PERFORM pg_advisory_xact_lock(2, p_locker_id);
    SELECT s.state, s.student_id, l.disabled_at INTO v_locker
      FROM v_locker_states s JOIN locker_info l USING (locker_id)
     WHERE s.locker_id = p_locker_id AND s.cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('locker_not_found', 'locker_id', p_locker_id::text);
    ELSIF p_disabled AND v_locker.disabled_at IS NOT NULL THEN
        RETURN operator_refusal('locker_already_disabled', 'locker_id', p_locker_id::text);
    ELSIF NOT p_disabled AND v_locker.disabled_at IS NULL THEN
        RETURN operator_refusal('locker_not_disabled', 'locker_id', p_locker_id::text);
    ELSIF p_disabled AND v_locker.state <> 'available' THEN
        RETURN operator_refusal('locker_in_use', 'locker_id', p_locker_id::text, 'student_id', v_locker.student_id);
    END IF;
    UPDATE locker_info SET disabled_at = CASE WHEN p_disabled THEN clock_timestamp() END, unlisted_at = NULL
     WHERE locker_id = p_locker_id;
    RETURN jsonb_build_object('locker_id', p_locker_id, 'disabled', p_disabled);
END
$$;

-- As in operator_lockers; and what an earlier list took out of service comes back with a list that has it again
-- (`enabled`), and what the list has but is out of service for another reason is told (`broken`).
CREATE OR REPLACE FUNCTION operator_lockers_import(p_lockers jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act      bigint := operator_act();
    v_new      int[];
    v_moved    int[];
    v_enabled  int[];
    v_broken   int[];
    v_deleted  int[];
    v_disabled int[];
    v_kept     int[];
    v_foreign  int;
BEGIN
    PERFORM operator_gate();
    SELECT min(w.locker_id) INTO v_foreign
      FROM operator_wanted(p_lockers) w JOIN v_locker_states s USING (locker_id) WHERE s.cohort IS NOT NULL;
    IF v_foreign IS NOT NULL THEN
        RETURN operator_refusal('locker_of_rehearsal', 'locker_id', v_foreign::text);
    END IF;

    INSERT INTO locker_locations (name)
    SELECT DISTINCT w.location FROM operator_wanted(p_lockers) w ORDER BY w.location ON CONFLICT (name) DO NOTHING;

    WITH moved AS (
        UPDATE locker_info l SET location_id = p.location_id
          FROM operator_wanted(p_lockers) w JOIN locker_locations p ON p.name = w.location
         WHERE l.locker_id = w.locker_id AND l.location_id <> p.location_id RETURNING l.locker_id)
    SELECT coalesce(array_agg(locker_id ORDER BY locker_id), '{}') INTO v_moved FROM moved;

    WITH back AS (
        UPDATE locker_info l SET disabled_at = NULL, unlisted_at = NULL FROM operator_wanted(p_lockers) w
         WHERE l.locker_id = w.locker_id AND l.unlisted_at IS NOT NULL RETURNING l.locker_id)
    SELECT coalesce(array_agg(locker_id ORDER BY locker_id), '{}') INTO v_enabled FROM back;
    SELECT coalesce(array_agg(l.locker_id ORDER BY l.locker_id), '{}') INTO v_broken
      FROM operator_wanted(p_lockers) w JOIN locker_info l USING (locker_id) WHERE l.disabled_at IS NOT NULL;

    WITH made AS (
        INSERT INTO locker_info (locker_id, location_id)
        SELECT w.locker_id, p.location_id
          FROM operator_wanted(p_lockers) w JOIN locker_locations p ON p.name = w.location
         ORDER BY w.locker_id ON CONFLICT (locker_id) DO NOTHING RETURNING locker_id)
    SELECT coalesce(array_agg(locker_id ORDER BY locker_id), '{}') INTO v_new FROM made;

    SELECT coalesce(array_agg(s.locker_id ORDER BY s.locker_id), '{}') INTO v_kept FROM v_locker_states s
     WHERE s.cohort IS NULL AND s.state IN ('held', 'confirmed')
       AND s.locker_id NOT IN (SELECT w.locker_id FROM operator_wanted(p_lockers) w);

    WITH gone AS (
        UPDATE locker_info l SET disabled_at = clock_timestamp(), unlisted_at = clock_timestamp()
          FROM v_locker_states s
         WHERE s.locker_id = l.locker_id AND s.cohort IS NULL AND l.disabled_at IS NULL
           AND l.locker_id NOT IN (SELECT w.locker_id FROM operator_wanted(p_lockers) w) AND l.locker_id <> ALL (v_kept)
           AND EXISTS (SELECT FROM locker_assignments a WHERE a.locker_id = l.locker_id)
        RETURNING l.locker_id)
    SELECT coalesce(array_agg(locker_id ORDER BY locker_id), '{}') INTO v_disabled FROM gone;

    WITH gone AS (
        DELETE FROM locker_info l USING locker_locations p
         WHERE p.location_id = l.location_id AND p.cohort IS NULL AND l.owner IS NULL
           AND l.locker_id NOT IN (SELECT w.locker_id FROM operator_wanted(p_lockers) w)
           AND NOT EXISTS (SELECT FROM locker_assignments a WHERE a.locker_id = l.locker_id)
        RETURNING l.locker_id)
    SELECT coalesce(array_agg(locker_id ORDER BY locker_id), '{}') INTO v_deleted FROM gone;

    RETURN jsonb_build_object('new', v_new, 'changed', v_moved, 'enabled', v_enabled, 'broken', v_broken,
                              'deleted', v_deleted, 'disabled', v_disabled, 'kept', v_kept,
                              'total', (SELECT count(*) FROM v_locker_states WHERE cohort IS NULL));
END
$$;

-- As in operator_mend; and a look at what it would mend changes nothing, sequences neither.
CREATE OR REPLACE FUNCTION operator_mend() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act    bigint := operator_act();
    v_before jsonb;
    v_fault  record;
BEGIN
    PERFORM operator_gate();
    SELECT coalesce(jsonb_object_agg(d.kind, d.n), '{}') INTO v_before
      FROM (SELECT kind, count(*) AS n FROM operator_drift() GROUP BY kind) d;

    -- Sequences first: the rest draws numbers. By a statement that a rollback takes back, as setval() is not.
    FOR v_fault IN SELECT * FROM operator_drift() d WHERE d.kind = 'sequence_behind' LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART WITH %s', v_fault.detail, 1 + CASE v_fault.detail
            WHEN 'locker_locations_location_id_seq' THEN (SELECT max(location_id) FROM locker_locations)
            WHEN 'locker_assignments_assignment_id_seq' THEN (SELECT max(assignment_id) FROM locker_assignments)
            WHEN 'application_periods_period_id_seq' THEN (SELECT max(period_id) FROM application_periods)
            WHEN 'users_serial_id_seq' THEN (SELECT max(serial_id) FROM users)
            ELSE (SELECT max(decision_id) FROM locker_decisions) END);
    END LOOP;

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

REVOKE EXECUTE ON FUNCTION
    operator_destroyed(bigint), operator_roster_sessions(), operator_roster_import(jsonb, text, boolean),
    operator_undo(bigint)
FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION operator_undo_rows(bigint) FROM locker_operator;
GRANT EXECUTE ON FUNCTION
    operator_destroyed(bigint), operator_roster_import(jsonb, text, boolean), operator_undo(bigint)
TO locker_operator;

COMMIT;
