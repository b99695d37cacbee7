-- Deploy locker-server:operator_lockers to pg
-- requires: operator_undo

BEGIN;

-- What an operator does to periods, places and lockers. Each function wants an open act (operator_begin), answers with
-- one object, and touches the real data alone: a rehearsal's is its own business.

-- Sets when lockers can be held: the period that is open or next is changed; where none is, a new one is made.
CREATE FUNCTION operator_period_set(p_opens timestamptz, p_closes timestamptz, p_force boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act    bigint := operator_act();
    v_now    timestamptz;
    v_period int;
BEGIN
    -- Alone: what was decided before saw the old period, what is decided after sees the new one.
    PERFORM operator_gate();
    v_now := clock_timestamp();
    IF p_closes <= p_opens THEN
        RETURN operator_refusal('period_backwards');
    ELSIF p_closes <= v_now THEN
        RETURN operator_refusal('period_over');
    END IF;
    SELECT p.period_id INTO v_period FROM application_periods p
     WHERE p.cohort IS NULL AND p.closes_at > v_now ORDER BY p.opens_at LIMIT 1;
    IF p_opens <= v_now AND NOT p_force
       AND NOT EXISTS (SELECT FROM application_periods p WHERE p.period_id = v_period AND p.opens_at = p_opens) THEN
        RETURN operator_refusal('period_opens_in_past');
    END IF;
    IF EXISTS (SELECT FROM application_periods p WHERE p.cohort IS NULL AND p.period_id IS DISTINCT FROM v_period
                  AND tstzrange(p.opens_at, p.closes_at) && tstzrange(p_opens, p_closes)) THEN
        RETURN operator_refusal('period_overlaps');
    END IF;
    IF v_period IS NULL THEN
        INSERT INTO application_periods (opens_at, closes_at) VALUES (p_opens, p_closes);
    ELSE
        UPDATE application_periods SET opens_at = p_opens, closes_at = p_closes WHERE period_id = v_period;
    END IF;
    RETURN jsonb_build_object('opens_at', p_opens, 'closes_at', p_closes);
END
$$;

-- Ends the open period this instant. Holds that are live can still be confirmed.
CREATE FUNCTION operator_period_close() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act    bigint := operator_act();
    v_opens  timestamptz;
    v_closes timestamptz;
BEGIN
    PERFORM operator_gate();
    UPDATE application_periods SET closes_at = clock_timestamp()
     WHERE cohort IS NULL AND opens_at < clock_timestamp() AND closes_at > clock_timestamp()
    RETURNING opens_at, closes_at INTO v_opens, v_closes;
    IF NOT FOUND THEN
        RETURN operator_refusal('period_not_open');
    END IF;
    RETURN jsonb_build_object('opens_at', v_opens, 'closes_at', v_closes);
END
$$;

-- Opens this instant: the next period, or a new one until p_closes.
CREATE FUNCTION operator_period_open(p_closes timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act  bigint := operator_act();
    v_now  timestamptz;
    v_next application_periods;
BEGIN
    PERFORM operator_gate();
    v_now := clock_timestamp();
    SELECT * INTO v_next FROM application_periods p
     WHERE p.cohort IS NULL AND p.closes_at > v_now ORDER BY p.opens_at LIMIT 1;
    IF v_next.opens_at <= v_now THEN
        RETURN operator_refusal('period_already_open', 'closes_at', to_jsonb(v_next.closes_at) #>> '{}');
    ELSIF coalesce(p_closes, v_next.closes_at) IS NULL THEN
        RETURN operator_refusal('period_end_missing');
    ELSIF p_closes <= v_now THEN
        RETURN operator_refusal('period_over');
    END IF;
    IF v_next.period_id IS NULL THEN
        INSERT INTO application_periods (opens_at, closes_at) VALUES (v_now, p_closes);
    ELSE
        UPDATE application_periods SET opens_at = v_now, closes_at = coalesce(p_closes, closes_at)
         WHERE period_id = v_next.period_id;
    END IF;
    RETURN jsonb_build_object('opens_at', v_now, 'closes_at', coalesce(p_closes, v_next.closes_at));
END
$$;

CREATE FUNCTION operator_location_add(p_name text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act bigint := operator_act();
    v_id  int;
BEGIN
    INSERT INTO locker_locations (name) VALUES (p_name) ON CONFLICT (name) DO NOTHING RETURNING location_id INTO v_id;
    IF v_id IS NULL THEN
        RETURN operator_refusal('location_exists', 'name', p_name);
    END IF;
    RETURN jsonb_build_object('location_id', v_id, 'name', p_name);
END
$$;

CREATE FUNCTION operator_location_rename(p_location_id int, p_name text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act bigint := operator_act();
BEGIN
    IF EXISTS (SELECT FROM locker_locations WHERE name = p_name AND location_id <> p_location_id) THEN
        RETURN operator_refusal('location_exists', 'name', p_name);
    END IF;
    UPDATE locker_locations SET name = p_name WHERE location_id = p_location_id AND cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('location_not_found', 'location_id', p_location_id::text);
    END IF;
    RETURN jsonb_build_object('location_id', p_location_id, 'name', p_name);
END
$$;

CREATE FUNCTION operator_location_remove(p_location_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act     bigint := operator_act();
    v_lockers bigint;
BEGIN
    SELECT count(*) INTO v_lockers FROM locker_info WHERE location_id = p_location_id;
    IF v_lockers > 0 THEN
        RETURN operator_refusal('location_in_use', 'location_id', p_location_id::text, 'lockers', v_lockers::text);
    END IF;
    DELETE FROM locker_locations WHERE location_id = p_location_id AND cohort IS NULL;
    IF NOT FOUND THEN
        RETURN operator_refusal('location_not_found', 'location_id', p_location_id::text);
    END IF;
    RETURN jsonb_build_object('location_id', p_location_id);
END
$$;

-- Takes a locker out of service, or back into it. One that somebody has is first moved or released.
CREATE FUNCTION operator_locker_disable(p_locker_id int, p_disabled boolean) RETURNS jsonb
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
    UPDATE locker_info SET disabled_at = CASE WHEN p_disabled THEN clock_timestamp() END WHERE locker_id = p_locker_id;
    RETURN jsonb_build_object('locker_id', p_locker_id, 'disabled', p_disabled);
END
$$;

CREATE FUNCTION operator_wanted(p_lockers jsonb) RETURNS TABLE (locker_id int, location text)
LANGUAGE sql IMMUTABLE AS $$
    SELECT w.locker_id, w.location FROM jsonb_to_recordset(p_lockers) AS w(locker_id int, location text);
$$;

-- Makes the lockers those of a list of {"locker_id", "location"}: new ones are added (with their place), moved ones
-- change place, missing ones go. One that somebody has stays as it is; one that has a history is put out of service
-- instead, until its semester is closed.
CREATE FUNCTION operator_lockers_import(p_lockers jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act      bigint := operator_act();
    v_new      int[];
    v_moved    int[];
    v_deleted  int[];
    v_disabled int[];
    v_kept     int[];
    v_foreign  int;
BEGIN
    PERFORM operator_gate();
    SELECT min(w.locker_id) INTO v_foreign FROM operator_wanted(p_lockers) w JOIN v_locker_states s USING (locker_id) WHERE s.cohort IS NOT NULL;
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

    WITH made AS (
        INSERT INTO locker_info (locker_id, location_id)
        SELECT w.locker_id, p.location_id FROM operator_wanted(p_lockers) w JOIN locker_locations p ON p.name = w.location
        ORDER BY w.locker_id ON CONFLICT (locker_id) DO NOTHING RETURNING locker_id)
    SELECT coalesce(array_agg(locker_id ORDER BY locker_id), '{}') INTO v_new FROM made;

    SELECT coalesce(array_agg(s.locker_id ORDER BY s.locker_id), '{}') INTO v_kept FROM v_locker_states s
     WHERE s.cohort IS NULL AND s.state IN ('held', 'confirmed') AND s.locker_id NOT IN (SELECT w.locker_id FROM operator_wanted(p_lockers) w);

    WITH gone AS (
        UPDATE locker_info l SET disabled_at = clock_timestamp()
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

    RETURN jsonb_build_object('new', v_new, 'changed', v_moved, 'deleted', v_deleted, 'disabled', v_disabled,
                              'kept', v_kept, 'total', (SELECT count(*) FROM v_locker_states WHERE cohort IS NULL));
END
$$;

COMMIT;
