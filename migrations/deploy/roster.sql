-- Deploy locker-server:roster to pg
-- requires: sign_in
-- requires: application_role

BEGIN;

-- Who may sign in and register where LOCKER_REGISTRATION=roster: the council's list. An empty one means nobody.
-- No reference to users: most on the list have no account yet, and a list outlives the accounts of a semester.
CREATE TABLE eligible_students (
    -- The form that the API takes: an entry in another could never match, and its student would be turned away for good.
    student_id   varchar(20)  PRIMARY KEY CHECK (student_id ~ '^[0-9]{10}$'),
    name         varchar(100) NOT NULL CHECK (name = btrim(name) AND name <> ''),
    phone_number varchar(32)  NOT NULL CHECK (phone_number ~ '^[0-9]{10,15}$'),
    eligible     boolean      NOT NULL,
    -- For the council, who is asked why. It is never shown to anybody who signs in: the three values do not prove who
    -- asks, and that somebody has not paid is nobody else's business.
    reason       text,
    source_file  text         NOT NULL,
    imported_at  timestamptz  NOT NULL DEFAULT clock_timestamp(),
    CHECK (eligible OR reason IS NOT NULL)
);

COMMENT ON TABLE eligible_students IS 'The council''s list: who may sign in where registration is by roster.';
COMMENT ON COLUMN eligible_students.reason IS 'Why not, e.g. 학생회비 미납.';

-- Whether somebody may sign in or register by the list. outcome:
--   listed             all three values are those of an eligible entry
--   not_listed         anything else; counted as a failure of this 학번
--   too_many_attempts  retry_after seconds until the brake ends
-- A stranger, a wrong name or phone and an entry that is not eligible get the same outcome by the same steps: whoever
-- asks learns nothing of the list. The brake is that of auth_sign_in: without it this would be the place to guess.
CREATE FUNCTION auth_check_roster(
    p_student_id text, p_name text, p_phone_number text, p_max_failures int, p_window_seconds int,
    OUT outcome text, OUT retry_after int
)
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM auth_lock(p_student_id);
    retry_after := auth_brake(p_student_id, p_max_failures, p_window_seconds);
    IF retry_after IS NOT NULL THEN
        outcome := 'too_many_attempts';
        RETURN;
    END IF;
    PERFORM FROM eligible_students e
      WHERE e.student_id = p_student_id AND e.eligible AND e.phone_number = p_phone_number
        AND normalize(e.name, NFC) = normalize(p_name, NFC);
    IF FOUND THEN
        outcome := 'listed';
        RETURN;
    END IF;
    PERFORM auth_count_failure(p_student_id, p_window_seconds);
    outcome := 'not_listed';
END
$$;

-- Who is struck off the list, or whose entry says something else now, is signed out. Deferred to the commit, so that
-- a list that is replaced as a whole in one transaction signs out only those who are no longer on it.
CREATE FUNCTION eligible_students_end_sessions() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM eligible_students e
         WHERE e.student_id = OLD.student_id AND e.eligible AND e.phone_number = OLD.phone_number
           AND normalize(e.name, NFC) = normalize(OLD.name, NFC))
       -- Most on a list have no session: no lock for them, of which one transaction can take only so many.
       AND EXISTS (SELECT FROM auth_refresh_tokens t WHERE t.student_id = OLD.student_id AND t.revoked_at IS NULL)
    THEN
        PERFORM auth_end_all_sessions(OLD.student_id, 'operator');
    END IF;
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER eligible_students_end_sessions AFTER UPDATE OR DELETE ON eligible_students
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (OLD.eligible)
    EXECUTE FUNCTION eligible_students_end_sessions();

-- As in application_role: nobody may, but who is named.
REVOKE EXECUTE ON FUNCTION
    auth_check_roster(text, text, text, int, int), eligible_students_end_sessions()
FROM PUBLIC;
-- The check is all that a worker gets: it cannot read the list.
GRANT EXECUTE ON FUNCTION auth_check_roster(text, text, text, int, int) TO locker_app;

COMMIT;
