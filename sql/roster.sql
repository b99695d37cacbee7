-- The roster: the council's list of who may apply (eligible_students).
-- `lockerctl roster import` (and `--add`) calls operator_roster_import, which needs an open act (operator_begin in
-- audit.sql). operator_undo (undo.sql) uses operator_roster_sessions. The trigger works for every statement that
-- changes the list. At sign-in the list is read by auth_is_listed (sign_in.sql).
-- Locks: the table eligible_students (SHARE ROW EXCLUSIVE), then the session rows of each student who is signed out.
-- Not the gate: no decision about a locker reads the list.
-- No refusals.

-- Signs out a student who is struck off the list, is no longer eligible, or whose entry has another name or phone now.
-- Deferred to the commit, so that replacing the whole list in one transaction signs out only those who are no longer on
-- it as they were.
CREATE OR REPLACE FUNCTION eligible_students_end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM eligible_students e
         WHERE e.student_id = OLD.student_id AND e.eligible AND e.phone_number = OLD.phone_number
           AND normalize(e.name, NFC) = normalize(OLD.name, NFC))
    THEN
        -- Counted for operator_roster_sessions.
        PERFORM set_config('locker.ended_sessions', (
            coalesce(nullif(current_setting('locker.ended_sessions', true), ''), '0')::int
            + auth_end_all_sessions(OLD.student_id))::text, true);
    END IF;
    RETURN NULL;
END
$$;

-- PostgreSQL has no CREATE OR REPLACE for a constraint trigger.
DROP TRIGGER IF EXISTS eligible_students_end_sessions ON eligible_students;
CREATE CONSTRAINT TRIGGER eligible_students_end_sessions AFTER UPDATE OR DELETE ON eligible_students
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.eligible)
    EXECUTE FUNCTION eligible_students_end_sessions();

-- Signs out those whom this transaction has struck off the roster, now and not only at its commit, so that the act can
-- tell how many sessions it ended. Gives that number.
CREATE OR REPLACE FUNCTION operator_roster_sessions() RETURNS int
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM set_config('locker.ended_sessions', '0', true);
    SET CONSTRAINTS eligible_students_end_sessions IMMEDIATE;
    SET CONSTRAINTS eligible_students_end_sessions DEFERRED;
    RETURN current_setting('locker.ended_sessions')::int;
END
$$;

-- Makes the roster a list of {"student_id", "name", "phone_number", "eligible", "reason"}; with p_add it only adds to
-- the roster and corrects it, and nobody is struck off. An entry that says the same already stays as it is, with its
-- source and date.
-- Gives {"new", "changed", "gone", "sessions", "total"}: how many entries were added, changed and struck off, how many
-- sessions ended, and how many entries there are now.
CREATE OR REPLACE FUNCTION operator_roster_import(p_entries jsonb, p_source text, p_add boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_new     int;
    v_changed int;
    v_gone    int := 0;
BEGIN
    PERFORM operator_act();
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
GRANT EXECUTE ON FUNCTION operator_roster_import(jsonb, text, boolean) TO locker_operator;
