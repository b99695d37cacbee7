-- Taking over the data of an old server: `lockerctl adopt`, into an empty database.
-- operator_adopt needs an open act (operator_begin in audit.sql). lockerctl has read the old server's dump and has
-- settled all questions before (Sources/Operations/Adoption).
-- Locks: the gate alone (5); operator_mend (repair.sql) takes it as well.
-- Refusal: not_empty.

-- Takes over the data of an old server, as lockerctl has read and sorted them: {"locations", "users", "lockers",
-- "assignments"}, each a list of rows with the table's own columns. Only where all four tables are empty. A 학번 that is
-- not ten digits is taken over as it is, and the student is marked (users.adopted).
-- Gives how many there are now: {"locations", "users", "lockers", "assignments", "confirmed"}. Refusal: not_empty (with
-- the relation and the number of its rows).
CREATE OR REPLACE FUNCTION operator_adopt(p_data jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_table text;
    v_rows  bigint;
BEGIN
    PERFORM operator_act();
    PERFORM operator_gate();
    FOREACH v_table IN ARRAY ARRAY['users', 'locker_info', 'locker_assignments', 'locker_locations'] LOOP
        EXECUTE format('SELECT count(*) FROM %I', v_table) INTO v_rows;
        IF v_rows > 0 THEN
            RETURN operator_refusal('not_empty', 'relation', v_table, 'rows', v_rows::text);
        END IF;
    END LOOP;

    INSERT INTO locker_locations (location_id, name)
    SELECT r.location_id, r.name FROM jsonb_populate_recordset(NULL::locker_locations, p_data -> 'locations') r;
    -- A student without a serial_id gets one above all that were given: so those who have one come first.
    INSERT INTO users (student_id, adopted, serial_id, name, phone_number, created_at, updated_at)
    SELECT r.student_id, r.student_id !~ '^[0-9]{10}$', r.serial_id, normalize(r.name, NFC), r.phone_number,
           coalesce(r.created_at, clock_timestamp()), coalesce(r.updated_at, r.created_at, clock_timestamp())
      FROM jsonb_populate_recordset(NULL::users, p_data -> 'users') r WHERE r.serial_id IS NOT NULL;
    PERFORM setval('users_serial_id_seq', greatest(1, (SELECT max(serial_id) FROM users)), EXISTS (SELECT FROM users));
    INSERT INTO users (student_id, adopted, name, phone_number, created_at, updated_at)
    SELECT r.student_id, r.student_id !~ '^[0-9]{10}$', normalize(r.name, NFC), r.phone_number,
           coalesce(r.created_at, clock_timestamp()), coalesce(r.updated_at, r.created_at, clock_timestamp())
      FROM jsonb_populate_recordset(NULL::users, p_data -> 'users') r WHERE r.serial_id IS NULL
     ORDER BY r.created_at, r.student_id;
    INSERT INTO locker_info (locker_id, location_id, owner)
    SELECT r.locker_id, r.location_id, r.owner FROM jsonb_populate_recordset(NULL::locker_info, p_data -> 'lockers') r;
    INSERT INTO locker_assignments (assignment_id, locker_id, student_id, state, hold_expires_at, confirmed_at,
                                    released_at, created_at)
    SELECT r.assignment_id, r.locker_id, r.student_id, r.state, r.hold_expires_at, r.confirmed_at, r.released_at,
           coalesce(r.created_at, r.confirmed_at, clock_timestamp())
      FROM jsonb_populate_recordset(NULL::locker_assignments, p_data -> 'assignments') r;
    -- Moves the sequences above the numbers taken over, and makes assignments for owners who never had one.
    PERFORM operator_mend();
    RETURN jsonb_build_object(
        'locations', (SELECT count(*) FROM locker_locations), 'users', (SELECT count(*) FROM users),
        'lockers', (SELECT count(*) FROM locker_info), 'assignments', (SELECT count(*) FROM locker_assignments),
        'confirmed', (SELECT count(*) FROM v_locker_states WHERE state = 'confirmed'));
END
$$;
GRANT EXECUTE ON FUNCTION operator_adopt(jsonb) TO locker_operator;
