-- Taking an act back: `lockerctl undo` (with the act's number) and `lockerctl semester undo` (with the semester's
-- name). lockerctl calls operator_undo; the other functions are its parts. It needs an open act itself (operator_begin
-- in audit.sql), so an undo can be undone: that does the first act again.
-- It goes by the images in operator_changes. A row is set back only where it is still as the act left it.
-- Locks, in this order: the gate alone (5), the audit's row of the act, and where the act changed persons the tables
-- users and auth_sessions (EXCLUSIVE). Then the sessions' rows of each student whom the undo signs out.
-- Refusals: audit_not_found, already_undone, not_undoable (why: erased | expired), nothing_to_undo, world_moved_on
-- (why: changed | exists | in_use | taken, with the relation and the row).

-- The names of the columns of a table's primary key.
CREATE OR REPLACE FUNCTION operator_key(p_relation text) RETURNS text[]
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT array_agg(a.attname::text) FROM pg_index i
      JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
     WHERE i.indrelid = format('public.%I', p_relation)::regclass AND i.indisprimary;
$$;

-- The row of the table that has the same key as this image, as an image; null when there is none.
CREATE OR REPLACE FUNCTION operator_row(p_relation text, p_image jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
-- Every name in the statements below goes through %I.
-- @plpgsql_check_options: security_warnings = off
DECLARE
    v_row jsonb;
BEGIN
    EXECUTE format('SELECT to_jsonb(t) FROM %1$I t, jsonb_populate_record(NULL::%1$I, $1) k WHERE (%2$s) = (%3$s)',
                   p_relation, (SELECT string_agg(format('t.%I', k), ', ') FROM unnest(operator_key(p_relation)) k),
                   (SELECT string_agg(format('k.%I', k), ', ') FROM unnest(operator_key(p_relation)) k))
       INTO v_row USING p_image;
    RETURN v_row;
END
$$;

-- An image as it comes back: an assignment was decided about just now.
CREATE OR REPLACE FUNCTION operator_redated(p_relation text, p_image jsonb) RETURNS jsonb
LANGUAGE sql VOLATILE SET search_path = public, pg_temp AS $$
    SELECT p_image || CASE WHEN p_relation = 'locker_assignments' THEN jsonb_build_object(
        'decided_at', locker_now(p_image ->> 'student_id', (p_image ->> 'locker_id')::int)) ELSE '{}' END;
$$;

-- Takes back in few statements what an act did to many rows: rows that it deleted, and columns that it changed. Only where each
-- row was changed once and stands as the act left it; gives the changes that were taken back, or nothing at all where one of
-- them would not go: then operator_take_back, one by one, says which and why. For 10,000 changes it is a hundred times as fast.
CREATE OR REPLACE FUNCTION operator_take_back_many(p_audit_id bigint) RETURNS bigint[]
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
-- Every name in the statements below goes through %I.
-- @plpgsql_check_options: security_warnings = off
DECLARE
    v_group record;
    v_dated text[];
    v_done  bigint[] := '{}'::bigint[];
    v_count bigint;
BEGIN
    FOR v_group IN
        SELECT c.relation, c.after IS NULL AS is_deleted, k.columns, array_agg(c.change_id) AS changes
          FROM operator_changes c
          -- In the order in which one refers to the other.
          JOIN unnest(ARRAY['users', 'locker_locations', 'locker_info', 'eligible_students', 'locker_assignments'])
               WITH ORDINALITY AS o (relation, position) ON o.relation = c.relation
         CROSS JOIN LATERAL (SELECT coalesce(array_agg(x.key ORDER BY x.key), '{}') AS columns FROM jsonb_each(c.after) x
               WHERE x.key NOT IN ('updated_at', 'decided_at') AND x.value IS DISTINCT FROM c.before -> x.key) k
         WHERE c.audit_id = p_audit_id AND c.before IS NOT NULL
           -- A hold never comes back to life, and a key that was changed is followed row by row.
           AND NOT (c.relation = 'locker_assignments' AND 'hold' IN (c.before ->> 'state', coalesce(c.after ->> 'state', '')))
           AND NOT k.columns && operator_key(c.relation)
           AND (c.after IS NULL OR k.columns <> '{}')
         GROUP BY c.relation, c.after IS NULL, k.columns, o.position
         ORDER BY c.after IS NULL DESC, o.position
    LOOP
        -- What changed twice is left to be followed row by row, and with it all else of its kind.
        EXECUTE format('SELECT count(*) - count(DISTINCT (%s)) FROM operator_changes c, jsonb_populate_record(NULL::%I, c.before) k'
                       ' WHERE c.audit_id = $1 AND c.relation = %L',
                       (SELECT string_agg(format('k.%I', k), ', ') FROM unnest(operator_key(v_group.relation)) k),
                       v_group.relation, v_group.relation)
           INTO v_count USING p_audit_id;
        CONTINUE WHEN v_count > 0;
        v_dated := CASE WHEN v_group.relation = 'locker_assignments' THEN ARRAY['decided_at'] ELSE '{}'::text[] END;
        IF v_group.is_deleted THEN
            EXECUTE format('INSERT INTO %1$I SELECT k.* FROM operator_changes c, '
                           'jsonb_populate_record(NULL::%1$I, operator_redated(c.relation, c.before)) k '
                           'WHERE c.change_id = ANY ($1) ORDER BY c.change_id',
                           v_group.relation) USING v_group.changes;
        ELSE
            EXECUTE format('UPDATE %1$I t SET (%2$s) = (SELECT %3$s) FROM operator_changes c, '
                           'jsonb_populate_record(NULL::%1$I, operator_redated(c.relation, c.before)) b, jsonb_populate_record(NULL::%1$I, c.after) a '
                           'WHERE c.change_id = ANY ($1) AND %4$s AND (%5$s) IS NOT DISTINCT FROM (%6$s)',
                           v_group.relation,
                           (SELECT string_agg(format('%I', n), ', ') FROM unnest(v_group.columns || v_dated) n),
                           (SELECT string_agg(format('b.%I', n), ', ') FROM unnest(v_group.columns || v_dated) n),
                           (SELECT string_agg(format('t.%1$I = a.%1$I', k), ' AND ') FROM unnest(operator_key(v_group.relation)) k),
                           (SELECT string_agg(format('t.%I', n), ', ') FROM unnest(v_group.columns) n),
                           (SELECT string_agg(format('a.%I', n), ', ') FROM unnest(v_group.columns) n))
               USING v_group.changes;
        END IF;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        IF v_count <> cardinality(v_group.changes) THEN
            RAISE EXCEPTION 'the world has moved on' USING ERRCODE = 'LK002';
        END IF;
        v_done := v_done || v_group.changes;
    END LOOP;
    RETURN v_done;
EXCEPTION WHEN unique_violation OR exclusion_violation OR foreign_key_violation OR SQLSTATE 'LK002' THEN
    RETURN '{}'::bigint[];
END
$$;

-- Takes one change of a table's row back. Gives null, or why it cannot:
--   changed   the row is no longer as the act left it. Only the columns that the act changed matter, and never
--             updated_at
--   exists    the act deleted the row, and there is one with its key again
--   in_use    the act made the student, and by now he has assignments
-- Assignments are history and are not deleted: one that the act made, and one that the act made of a hold, ends as
-- given back (cancelled). A hold that the act deleted (a semester's end) comes back as history, cancelled too.
CREATE OR REPLACE FUNCTION operator_take_back_row(p_change operator_changes) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
-- Every name in the statements below goes through %I.
-- @plpgsql_check_options: security_warnings = off
DECLARE
    v_now     jsonb := operator_row(p_change.relation, coalesce(p_change.after, p_change.before));
    v_columns text[];
    v_key     text;
BEGIN
    -- A hold never comes back to life: its minute is over. Where the act made a confirmed assignment of it, the locker
    -- is given back. Where the act deleted it, the row is history again, as a hold that was given up when the act took
    -- it.
    IF p_change.relation = 'locker_assignments' AND p_change.before ->> 'state' = 'hold' THEN
        IF p_change.after ->> 'state' = 'confirmed' THEN
            IF v_now ->> 'state' IS DISTINCT FROM 'confirmed' THEN
                RETURN 'changed';
            END IF;
            PERFORM locker_free(ARRAY[(v_now ->> 'assignment_id')::bigint], 'cancelled',
                                locker_now(v_now ->> 'student_id', (v_now ->> 'locker_id')::int));
        ELSIF p_change.after IS NULL THEN
            IF v_now IS NOT NULL THEN
                RETURN 'exists';
            END IF;
            INSERT INTO locker_assignments
            SELECT k.* FROM jsonb_populate_record(NULL::locker_assignments, p_change.before || jsonb_build_object(
                   'state', 'cancelled', 'released_at', coalesce((
                   SELECT d.decided_at FROM locker_decisions d
                    WHERE d.locker_id = (p_change.before ->> 'locker_id')::int AND d.audit_id = p_change.audit_id
                      AND d.assignment_id = (p_change.before ->> 'assignment_id')::bigint), clock_timestamp()))) k;
        END IF;
        RETURN NULL;
    END IF;
    SELECT string_agg(format('t.%1$I = k.%1$I', k), ' AND ') INTO v_key FROM unnest(operator_key(p_change.relation)) k;

    IF p_change.before IS NULL THEN
        -- An assignment that the act made is history and stays, as one that was given back. It goes only where the same
        -- act made its locker too, since the locker goes as well.
        IF p_change.relation = 'locker_assignments' AND NOT EXISTS (
            SELECT FROM operator_changes c
             WHERE c.audit_id = p_change.audit_id AND c.relation = 'locker_info' AND c.before IS NULL
               AND c.after -> 'locker_id' = p_change.after -> 'locker_id') THEN
            IF v_now ->> 'state' IS DISTINCT FROM p_change.after ->> 'state' THEN
                RETURN 'changed';
            END IF;
            PERFORM locker_free(ARRAY[(v_now ->> 'assignment_id')::bigint], 'cancelled',
                                locker_now(v_now ->> 'student_id', (v_now ->> 'locker_id')::int));
            RETURN NULL;
        END IF;
        IF v_now IS NULL THEN
            RETURN NULL;
        ELSIF v_now - '{updated_at,decided_at}'::text[] IS DISTINCT FROM p_change.after - '{updated_at,decided_at}'::text[] THEN
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
          USING operator_redated(p_change.relation, p_change.before);
        RETURN NULL;
    END IF;

    SELECT array_agg(c.key) INTO v_columns FROM jsonb_each(p_change.after) c
     WHERE c.key NOT IN ('updated_at', 'decided_at') AND c.value IS DISTINCT FROM p_change.before -> c.key;
    IF v_now IS NULL THEN
        -- The act changed its key. The row may have its former key already: by the foreign key's cascade, when the
        -- student was set back.
        v_now := operator_row(p_change.relation, p_change.before);
    END IF;
    IF v_columns IS NULL OR (v_now IS NOT NULL AND NOT EXISTS (
        SELECT FROM unnest(v_columns) c WHERE v_now -> c IS DISTINCT FROM p_change.before -> c)) THEN
        RETURN NULL;
    ELSIF v_now IS NULL OR EXISTS (
        SELECT FROM unnest(v_columns) c WHERE v_now -> c IS DISTINCT FROM p_change.after -> c) THEN
        RETURN 'changed';
    END IF;
    IF p_change.relation = 'locker_assignments' THEN
        v_columns := v_columns || 'decided_at'::text;
    END IF;
    EXECUTE format('UPDATE %1$I t SET (%2$s) = (SELECT %3$s FROM jsonb_populate_record(NULL::%1$I, $2) b) '
                   'FROM jsonb_populate_record(NULL::%1$I, $1) k WHERE %4$s',
                   p_change.relation, (SELECT string_agg(format('%I', c), ', ') FROM unnest(v_columns) c),
                   (SELECT string_agg(format('b.%I', c), ', ') FROM unnest(v_columns) c), v_key)
      USING v_now, operator_redated(p_change.relation, p_change.before);
    RETURN NULL;
END
$$;

-- Takes one change back, of a table's row (operator_take_back_row, with its answers) or of the ledger. In the ledger
-- the former 학번 returns to the rows that the act renamed (operator_ledger_rename), and to all that were decided under
-- the new 학번 since. That never fails: null.
CREATE OR REPLACE FUNCTION operator_take_back(p_change operator_changes) RETURNS text
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF p_change.relation <> 'locker_decisions' THEN
        RETURN operator_take_back_row(p_change);
    END IF;
    PERFORM operator_ledger_rename(p_change.after ->> 'student_id', p_change.before ->> 'student_id', (
        SELECT array_agg(d.decision_id) FROM locker_decisions d
         WHERE d.student_id = p_change.after ->> 'student_id'
           AND (d.decision_id > (p_change.after ->> 'newest')::bigint
                OR d.decision_id IN (SELECT n::bigint FROM jsonb_array_elements_text(p_change.after -> 'decision_ids') n))));
    RETURN NULL;
END
$$;

-- Takes a whole act back, or nothing of it, and writes what changed hands into the ledger. Gives {"undone", "command",
-- "changes"}, or one of the refusals above. world_moved_on has the answer of operator_take_back as why, or what a
-- constraint said: taken (another row has the key, the name, the locker, the time) or in_use (other rows refer to this
-- one).
CREATE OR REPLACE FUNCTION operator_undo_rows(p_audit_id bigint) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_undo   bigint := operator_act();
    v_act    operator_audit;
    v_change operator_changes;
    v_why    text;
    v_done   bigint[];
    v_count  int;
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
    -- Students before their sessions: whoever locks both does it in this order. Sign-ins wait until this is over.
    IF EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = p_audit_id AND c.relation = 'users') THEN
        LOCK TABLE users, auth_sessions IN EXCLUSIVE MODE;
    END IF;
    -- A hold that ran out and is not swept yet must not keep a student or a locker from what is given back to them.
    PERFORM locker_expire(c.before ->> 'student_id', (c.before ->> 'locker_id')::int)
       FROM operator_changes c
      WHERE c.audit_id = p_audit_id AND c.relation = 'locker_assignments' AND c.before ->> 'state' = 'confirmed';

    -- Backwards. But students that were there before the act come first: the images of what a foreign key's cascade
    -- changed were kept after the image of its cause.
    v_done := operator_take_back_many(p_audit_id);
    v_count := cardinality(v_done);
    FOR v_change IN SELECT * FROM operator_changes c WHERE c.audit_id = p_audit_id
                      AND NOT EXISTS (SELECT FROM unnest(v_done) d (change_id) WHERE d.change_id = c.change_id)
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

    -- A row of the ledger for every locker that this undo gave or took, in the order in which it did.
    PERFORM locker_record(n.image ->> 'student_id', (n.image ->> 'locker_id')::int, 'operator',
                          (CASE WHEN n.starts THEN 'assigned' ELSE 'released' END)::decision_outcome,
                          (n.image ->> 'assignment_id')::bigint)
       FROM (SELECT coalesce(c.after, c.before) AS image, c.change_id,
                    coalesce(c.after ->> 'state', '') = 'confirmed' AS starts,
                    coalesce(c.before ->> 'state', '') = 'confirmed' AS ends
               FROM operator_changes c WHERE c.audit_id = v_undo AND c.relation = 'locker_assignments') n
      WHERE n.starts <> n.ends ORDER BY n.change_id;

    -- Where an undo is taken back, the first act stands again: from now on it can be undone again.
    UPDATE operator_audit SET undone_by = NULL WHERE audit_id = v_act.undo_of;
    UPDATE operator_audit SET undo_of = p_audit_id WHERE audit_id = v_undo;
    UPDATE operator_audit SET undone_by = v_undo WHERE audit_id = p_audit_id;
    RETURN jsonb_build_object('undone', p_audit_id, 'command', v_act.command, 'changes', v_count);
END
$$;

-- Takes an act back and signs out whom this strikes off the roster. Gives {"undone", "command", "changes", "sessions"},
-- or one of the refusals above.
CREATE OR REPLACE FUNCTION operator_undo(p_audit_id bigint) RETURNS jsonb
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
GRANT EXECUTE ON FUNCTION operator_undo(bigint) TO locker_operator;
