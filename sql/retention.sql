-- Forgetting what is due, and the planner's figures.
-- `lockerctl retention run`, which deploy/systemd/locker-retention.service runs each day, calls operator_retention. It
-- is no act by itself: it opens one (operator_begin in audit.sql) only where it forgot something. operator_begin calls
-- operator_forget before every act. lockerctl calls operator_analyze after acts that fill or empty whole tables:
-- `adopt`, `locker import`, `roster import`, `semester close` and undos.
-- Locks: operator_retention takes the operators' turn (7), then rows. operator_forget takes rows only.
-- No refusals.

-- Until when the images of an act are kept: its own time, but never longer than the persons in the archive of a semester that
-- was closed by it or later. A closing that is taken back shortens nothing.
CREATE OR REPLACE FUNCTION operator_images_end(p_audit_id bigint, p_images_until timestamptz) RETURNS timestamptz
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT least(p_images_until, (SELECT min(s.keep_until) FROM semesters s WHERE s.audit_id > p_audit_id));
$$;

-- Forgets the images of acts whose time is over (operator_images_end), and whom such an act was about: the arguments of
-- `assign` or `student add` name a person just as the images do. An act whose images went can no longer be taken back
-- (not_undoable: expired). Gives how many acts had something to forget.
CREATE OR REPLACE FUNCTION operator_forget() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_forgotten int;
BEGIN
    WITH expired AS (
        UPDATE operator_audit a
           SET not_undoable = CASE WHEN EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = a.audit_id)
                                   THEN coalesce(a.not_undoable, 'expired') ELSE a.not_undoable END,
               -- Only together with a 학번 is "name" a person's. Else it is the name of a place or a semester.
               arguments = CASE WHEN a.arguments ? 'student_id'
                                THEN a.arguments - ARRAY['student_id', 'to', 'name', 'phone_number']
                                ELSE a.arguments END
         WHERE operator_images_end(a.audit_id, a.images_until) <= clock_timestamp()
           AND (a.arguments ->> 'student_id' IS NOT NULL
                OR EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = a.audit_id))
        RETURNING a.audit_id
    ), gone AS (
        DELETE FROM operator_changes c USING expired e WHERE c.audit_id = e.audit_id
    )
    SELECT count(*) INTO v_forgotten FROM expired;
    RETURN v_forgotten;
END
$$;

-- Forgets everything whose time is over: the persons in the archives and the ledger of old semesters, and the images
-- and arguments of old acts. operator_begin does so too; this is for the days on which nobody acts. It can be repeated
-- without harm: where nothing is due, nothing changes and no row is left in the audit.
-- Gives {"acts": how many, "semesters": their names, "assignments": how many of the archive, "audit_id": null where
-- nothing was due, "next": when something will be due, as far as is known now}.
CREATE OR REPLACE FUNCTION operator_retention(p_reason text, p_os_user text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_since timestamptz;
    v_facts jsonb;
    v_audit bigint;
BEGIN
    -- Two runs at the same time would each count what the other forgets. Key class 4: sweepers.
    PERFORM operator_turn();
    v_since := clock_timestamp();
    -- Before the act below is opened: an act would keep images of the very rows that are to be forgotten.
    PERFORM operator_semesters_forget();
    v_facts := jsonb_build_object('acts', operator_forget()) || (
        SELECT jsonb_build_object(
                   'semesters', coalesce(jsonb_agg(s.name ORDER BY s.semester_id), '[]'),
                   'assignments', (SELECT count(*) FROM semester_assignments a JOIN semesters f USING (semester_id)
                                    WHERE f.anonymous_since >= v_since))
          FROM semesters s WHERE s.anonymous_since >= v_since);
    IF (v_facts ->> 'acts')::int > 0 OR jsonb_array_length(v_facts -> 'semesters') > 0 THEN
        v_audit := operator_begin('retention run', v_facts, p_reason, p_os_user);
    END IF;
    RETURN v_facts || jsonb_build_object(
        'audit_id', v_audit,
        -- When something will be due again, as far as is known now.
        'next', (SELECT min(n.at) FROM (
                    SELECT s.keep_until AS at FROM semesters s WHERE s.anonymous_since IS NULL
                    UNION ALL
                    SELECT operator_images_end(a.audit_id, a.images_until) FROM operator_audit a
                     WHERE a.arguments ->> 'student_id' IS NOT NULL
                        OR EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = a.audit_id)) n));
END
$$;
GRANT EXECUTE ON FUNCTION operator_retention(text, text) TO locker_operator;

-- Renews the planner's figures after an act that filled or emptied whole tables. Until autovacuum does so, the workers
-- would go on with plans for the tables as they were. lockerctl calls it in a transaction of its own, after the act's:
-- so the act holds its locks no longer, and stands whatever comes of this. Gives up with 55P03 after waiting 10 s for a
-- table.
CREATE OR REPLACE FUNCTION operator_analyze() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '10s' AS $$
BEGIN
    ANALYZE users, auth_sessions, eligible_students, locker_locations, locker_info, locker_assignments,
            locker_decisions, application_periods, semesters, semester_assignments, operator_audit, operator_changes;
END
$$;
GRANT EXECUTE ON FUNCTION operator_analyze() TO locker_operator;
