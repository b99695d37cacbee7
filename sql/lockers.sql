-- Lockers and their places: `lockerctl locker import`, `locker enable`, `locker disable`, `location add`,
-- `location rename`, `location remove`.
-- Every granted function needs an open act (operator_begin in audit.sql), answers with one JSON object, and changes
-- real rows only, never those of a rehearsal (cohort).
-- Locks: operator_locker_disable shares the gate (5), then takes the locker (2). operator_lockers_import takes the gate
-- alone (operator_gate). The location functions lock only the rows that they change.
-- A refusal is {"error": code, …} (operator_refusal); each function names its codes.

-- Writes a row of the ledger when an operator's act takes a locker out of service or puts it back. Nobody can hold a
-- locker that is out of service, and so a student who was refused can be told why. It is a trigger, because imports and
-- undos do it too. A statement typed by hand leaves no row in the ledger.
-- outcome: disabled | enabled | removed (a locker that was out of service was deleted).
CREATE OR REPLACE FUNCTION operator_service() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_was boolean := TG_OP <> 'INSERT' AND OLD.disabled_at IS NOT NULL;
    v_is  boolean := TG_OP <> 'DELETE' AND NEW.disabled_at IS NOT NULL;
BEGIN
    IF v_was <> v_is THEN
        PERFORM locker_record(NULL, CASE WHEN TG_OP = 'DELETE' THEN OLD.locker_id ELSE NEW.locker_id END, 'operator',
                              (CASE WHEN v_is THEN 'disabled' WHEN TG_OP = 'DELETE' THEN 'removed' ELSE 'enabled' END)
                                  ::decision_outcome,
                              NULL);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE TRIGGER operator_service AFTER INSERT OR UPDATE OR DELETE ON locker_info FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_service();

-- Adds a place. Gives {"location_id", "name"}. Refusal: location_exists.
CREATE OR REPLACE FUNCTION operator_location_add(p_name text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_id int;
BEGIN
    PERFORM operator_act();
    INSERT INTO locker_locations (name) VALUES (p_name) ON CONFLICT (name) DO NOTHING RETURNING location_id INTO v_id;
    IF v_id IS NULL THEN
        RETURN operator_refusal('location_exists', 'name', p_name);
    END IF;
    RETURN jsonb_build_object('location_id', v_id, 'name', p_name);
END
$$;
GRANT EXECUTE ON FUNCTION operator_location_add(text) TO locker_operator;

-- Gives a place another name. Gives {"location_id", "name"}.
-- Refusals: location_exists (another place has this name), location_not_found.
CREATE OR REPLACE FUNCTION operator_location_rename(p_location_id int, p_name text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM operator_act();
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
GRANT EXECUTE ON FUNCTION operator_location_rename(int, text) TO locker_operator;

-- Removes a place that has no lockers. Gives {"location_id"}.
-- Refusals: location_in_use (with the number of its lockers), location_not_found.
CREATE OR REPLACE FUNCTION operator_location_remove(p_location_id int) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_lockers bigint;
BEGIN
    PERFORM operator_act();
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
GRANT EXECUTE ON FUNCTION operator_location_remove(int) TO locker_operator;

-- Takes a locker out of service (p_disabled), or puts it back. The operator must first move or release whoever has or
-- holds it. It also clears unlisted_at: a locker that was disabled by its number stays out of service when a list has
-- it.
-- Gives {"locker_id", "disabled"}. Refusals: locker_not_found, locker_already_disabled, locker_not_disabled,
-- locker_in_use (with the student).
CREATE OR REPLACE FUNCTION operator_locker_disable(p_locker_id int, p_disabled boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_locker record;
BEGIN
    PERFORM operator_act();
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
GRANT EXECUTE ON FUNCTION operator_locker_disable(int, boolean) TO locker_operator;

-- The list that operator_lockers_import was given, as rows.
CREATE OR REPLACE FUNCTION operator_wanted(p_lockers jsonb) RETURNS TABLE (locker_id int, location text)
LANGUAGE sql IMMUTABLE AS $$
    SELECT w.locker_id, w.location FROM jsonb_to_recordset(p_lockers) AS w(locker_id int, location text);
$$;

-- Makes the lockers those of a list of {"locker_id", "location"}. Places that do not exist are made. Gives the numbers
-- of the lockers by what became of them:
--   new       on the list, and added
--   changed   on the list, and moved to another place
--   enabled   on the list again, and back in service: an earlier list without them had taken them out (unlisted_at)
--   broken    on the list, and still out of service for another reason, such as operator_locker_disable
--   deleted   not on the list, and without any assignment
--   disabled  not on the list, and out of service instead of deleted, because they have assignments. Closing the
--             semester removes those; the next list without such a locker then deletes it.
--   kept      not on the list, but somebody has or holds them: nothing changes
--   total     (one number) how many real lockers there are now
-- Refusal: locker_of_rehearsal (the list has a locker of a rehearsal).
CREATE OR REPLACE FUNCTION operator_lockers_import(p_lockers jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_new      int[];
    v_moved    int[];
    v_enabled  int[];
    v_broken   int[];
    v_deleted  int[];
    v_disabled int[];
    v_kept     int[];
    v_foreign  int;
BEGIN
    PERFORM operator_act();
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
GRANT EXECUTE ON FUNCTION operator_lockers_import(jsonb) TO locker_operator;
