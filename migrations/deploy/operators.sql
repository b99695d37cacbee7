-- Deploy locker-server:operators to pg
-- requires: application_role

BEGIN;

-- One row for every change that an operator made. It is written in the transaction of the change itself: no change
-- without its row, no row without its change.
CREATE TABLE operator_audit (
    audit_id       bigserial   PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- Who: the account on the machine where the command ran, and the database's role.
    os_user        text        NOT NULL CHECK (os_user <> ''),
    db_role        text        NOT NULL DEFAULT session_user,
    command        text        NOT NULL CHECK (command <> ''),
    -- What the command was asked, as it decided by it.
    arguments      jsonb       NOT NULL DEFAULT '{}',
    reason         text        NOT NULL CHECK (btrim(reason) <> ''),
    undo_of        bigint      REFERENCES operator_audit,
    undone_by      bigint      REFERENCES operator_audit,
    -- Why it can never be taken back (erased: a person was forgotten; expired: the images' time is over), else null.
    not_undoable   text        CHECK (not_undoable IN ('erased', 'expired')),
    -- The rows before and after hold names and phones: they are forgotten then.
    images_until   timestamptz NOT NULL DEFAULT clock_timestamp() + interval '180 days',
    -- The transaction that the row belongs to: nothing can be added to an act that is over.
    transaction_id xid8        NOT NULL DEFAULT pg_current_xact_id()
);

-- Every row that an act changed, as it was before and after; null where it was not there.
CREATE TABLE operator_changes (
    change_id bigserial PRIMARY KEY,
    audit_id  bigint    NOT NULL REFERENCES operator_audit ON DELETE CASCADE,
    relation  text      NOT NULL,
    before    jsonb,
    after     jsonb,
    CHECK (before IS NOT NULL OR after IS NOT NULL)
);
CREATE INDEX idx_operator_changes_audit ON operator_changes (audit_id, change_id);

-- Keeps the images. Only while an act is open in this very transaction: students' acts and statements typed by hand
-- pass by. UTC, so that the image of an instant is one text for all.
CREATE FUNCTION operator_keep() RETURNS trigger
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

-- The condition costs a student's act a fraction of a microsecond.
CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON locker_locations FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON locker_info FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON locker_assignments FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();
CREATE TRIGGER operator_keep AFTER INSERT OR UPDATE OR DELETE ON application_periods FOR EACH ROW
    WHEN (current_setting('locker.audit_id', true) <> '') EXECUTE FUNCTION operator_keep();

-- Takes the gate alone: every decision that is under way ends first, and every later one waits (up to its own 2 s)
-- until this transaction ends. The first lock of an act, always.
CREATE FUNCTION operator_gate() RETURNS void
LANGUAGE sql SET lock_timeout = '10s' AS $$
    SELECT pg_advisory_xact_lock(5, 0);
$$;

-- Whether every lock, row and figure of a refusal is in one object: {"error": code, …}. An act that answers so has
-- changed nothing that may stay; the caller rolls back.
CREATE FUNCTION operator_refusal(p_code text, VARIADIC p_details text[] DEFAULT '{}') RETURNS jsonb
LANGUAGE sql IMMUTABLE AS $$
    SELECT jsonb_build_object('error', p_code) || jsonb_object(p_details);
$$;

-- Forgets the images whose time is over. Such an act can no longer be taken back.
CREATE FUNCTION operator_forget() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_forgotten int;
BEGIN
    WITH expired AS (
        UPDATE operator_audit SET not_undoable = coalesce(not_undoable, 'expired')
         WHERE images_until <= clock_timestamp()
           AND audit_id IN (SELECT c.audit_id FROM operator_changes c)
        RETURNING audit_id
    )
    DELETE FROM operator_changes c USING expired e WHERE c.audit_id = e.audit_id;
    GET DIAGNOSTICS v_forgotten = ROW_COUNT;
    RETURN v_forgotten;
END
$$;

-- Opens an act, and forgets on the way what is to be forgotten by now (of semesters too: semesters.sql). What changes from here to the end of the transaction is kept under the number it returns.
CREATE FUNCTION operator_begin(p_command text, p_arguments jsonb, p_reason text, p_os_user text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_audit bigint;
BEGIN
    PERFORM operator_forget();
    PERFORM operator_semesters_forget();
    INSERT INTO operator_audit (command, arguments, reason, os_user)
    VALUES (p_command, p_arguments, p_reason, p_os_user) RETURNING audit_id INTO v_audit;
    PERFORM set_config('locker.audit_id', v_audit::text, true);
    RETURN v_audit;
END
$$;

-- The number of the act that is open in this transaction. Every act asks for it: without operator_begin none works.
CREATE FUNCTION operator_act() RETURNS bigint
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

-- An act that happened outside the database (a restore) or that changed rows before it was one: only its row.
CREATE FUNCTION operator_note(p_command text, p_facts jsonb) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_act bigint := operator_act();
BEGIN
    RETURN p_facts || jsonb_build_object('command', p_command);
END
$$;

COMMIT;
