-- Deploy locker-server:retention to pg
-- requires: operator_role

BEGIN;

-- Forgets the images whose time is over, as before, and now also whom an act was about: the arguments of `assign` or
-- `student add` name a person just as the rows before and after did. Such an act can no longer be taken back.
-- Gives how many acts had something to forget.
CREATE OR REPLACE FUNCTION operator_forget() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_forgotten int;
BEGIN
    WITH expired AS (
        UPDATE operator_audit a
           SET not_undoable = CASE WHEN EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = a.audit_id)
                                   THEN coalesce(a.not_undoable, 'expired') ELSE a.not_undoable END,
               -- A name without a 학번 beside it is a place's or a semester's.
               arguments = CASE WHEN a.arguments ? 'student_id'
                                THEN a.arguments - ARRAY['student_id', 'to', 'name', 'phone_number']
                                ELSE a.arguments END
         WHERE a.images_until <= clock_timestamp()
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

-- Forgets everything whose time is over: the persons in the archives and the ledger of old semesters, and the images of
-- old acts. Every act does so on its way (operator_begin); this is for the days on which nobody acts. Again and again
-- without harm: where nothing is due, nothing is changed and no row is left in the audit.
CREATE FUNCTION operator_retention(p_reason text, p_os_user text) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_since timestamptz;
    v_facts jsonb;
    v_audit bigint;
BEGIN
    -- Two runs at once would each count what the other forgets. The key class is the sweepers'.
    PERFORM pg_advisory_xact_lock(4, 2);
    v_since := clock_timestamp();
    -- First, and outside the act that is opened below: an act keeps images of the rows that it changes.
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
        -- When there will be something to do again, as far as is known today.
        'next', (SELECT min(n.at) FROM (
                    SELECT s.keep_until AS at FROM semesters s WHERE s.anonymous_since IS NULL
                    UNION ALL
                    SELECT a.images_until FROM operator_audit a
                     WHERE a.arguments ->> 'student_id' IS NOT NULL
                        OR EXISTS (SELECT FROM operator_changes c WHERE c.audit_id = a.audit_id)) n));
END
$$;

-- The planner's figures, after an act that filled or emptied whole tables: until autovacuum comes by, the plans that the
-- workers keep would be those of the tables as they were. Its own transaction, after the act's: it is in nobody's way.
CREATE FUNCTION operator_analyze() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '10s' AS $$
BEGIN
    ANALYZE users, auth_refresh_tokens, eligible_students, locker_locations, locker_info, locker_assignments,
            locker_decisions, application_periods, semesters, semester_assignments, operator_audit, operator_changes;
END
$$;

REVOKE EXECUTE ON FUNCTION operator_forget(), operator_retention(text, text), operator_analyze() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION operator_retention(text, text), operator_analyze() TO locker_operator;

COMMIT;
