-- The audit of operators' acts: who did what and why, and every row that it changed, before and after.
-- An act is one transaction of lockerctl (Sources/Operations/Operator.swift): operator_begin opens it, one function of
-- another file decides and changes everything, and operator_destroyed counts what it takes away. A dry run is the same
-- and is rolled back. lockerctl shows its result and asks; where the act itself then counts another number, it is
-- rolled back.
-- Every act calls operator_act and gives its refusals by operator_refusal. operator_note is for `lockerctl restore`.
-- Locks: the rows only. operator_begin may lock rows of old acts and semesters, when their time is over.
-- Errors: 55000 where no act is open; 23514 where the reason or the account (os_user) is empty.

-- Keeps the images of a changed row (before and after) in operator_changes. Only while an act is open in this very
-- transaction: what students do and statements typed by hand leave no images. An update that changes nothing leaves
-- none either. In UTC, so that an instant has the same text in every image.
CREATE OR REPLACE FUNCTION operator_keep() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD IS NOT DISTINCT FROM NEW THEN
        RETURN NULL;
    END IF;
    INSERT INTO operator_changes (audit_id, relation, before, after)
    SELECT a.audit_id, TG_TABLE_NAME,
           CASE WHEN TG_OP <> 'INSERT' THEN to_jsonb(OLD) END, CASE WHEN TG_OP <> 'DELETE' THEN to_jsonb(NEW) END
      FROM operator_audit a
     WHERE a.audit_id = current_setting('locker.audit_id')::bigint AND a.transaction_id = pg_current_xact_id();
    RETURN NULL;
END
$$;

-- Outside an act the function is not called at all: the condition costs what a student does a fraction of a
-- microsecond.
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON locker_locations FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON locker_info FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON locker_assignments FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON application_periods FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON semesters FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE OR REPLACE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON eligible_students FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();

-- A refusal: {"error": code, …}. p_details are its further members, names and values in turn. Nothing that such an act
-- has changed may stay: the caller rolls back.
CREATE OR REPLACE FUNCTION operator_refusal(p_code text, VARIADIC p_details text[] DEFAULT '{}') RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('error', p_code) || jsonb_object(p_details);
$$;

-- Opens an act and gives its number. Whatever changes from here to the end of the transaction is kept under this
-- number. First it forgets what is due by now, in old acts (operator_forget) and in old semesters
-- (operator_semesters_forget): before the act is open, so that no images of what is forgotten are kept.
CREATE OR REPLACE FUNCTION operator_begin(p_command text, p_arguments jsonb, p_reason text, p_os_user text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_audit bigint;
BEGIN
    PERFORM operator_turn();
    PERFORM operator_forget();
    PERFORM operator_semesters_forget();
    INSERT INTO operator_audit (command, arguments, reason, os_user)
    VALUES (p_command, p_arguments, p_reason, p_os_user) RETURNING audit_id INTO v_audit;
    PERFORM set_config('locker.audit_id', v_audit::text, true);
    RETURN v_audit;
END
$$;
GRANT EXECUTE ON FUNCTION operator_begin(text, jsonb, text, text) TO locker_operator;

-- Gives the number of the act that is open in this transaction. Every act asks for it first. Raises 55000 where
-- operator_begin was not called in this transaction.
CREATE OR REPLACE FUNCTION operator_act() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_audit bigint;
BEGIN
    SELECT a.audit_id INTO v_audit FROM operator_audit a
     WHERE a.audit_id = nullif(current_setting('locker.audit_id', true), '')::bigint
       AND a.transaction_id = pg_current_xact_id();
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no act is open: operator_begin comes first' USING ERRCODE = '55000';
    END IF;
    RETURN v_audit;
END
$$;

-- For what happened outside the database's sight (a restore), or changed rows before the act was opened: the only thing
-- that stays is the row in the audit, which operator_begin wrote. Gives the facts and the command.
CREATE OR REPLACE FUNCTION operator_note(p_command text, p_facts jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM operator_act();
    RETURN p_facts || jsonb_build_object('command', p_command);
END
$$;
GRANT EXECUTE ON FUNCTION operator_note(text, jsonb) TO locker_operator;

-- How much the act has taken away up to now: deleted rows, holds and assignments that ended, students who are no longer
-- eligible, lockers out of service, and an open period that is closed. Counted from the images, so that it is the same
-- for an act and for the undo of another. Sessions have no images: an act that counts them has "sessions" in its
-- answer.
CREATE OR REPLACE FUNCTION operator_destroyed(p_audit_id bigint) RETURNS int
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
GRANT EXECUTE ON FUNCTION operator_destroyed(bigint) TO locker_operator;
