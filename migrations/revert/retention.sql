-- Revert locker-server:retention from pg

BEGIN;

DROP FUNCTION operator_analyze();
DROP FUNCTION operator_retention(text, text);

-- As in operators.
CREATE OR REPLACE FUNCTION operator_forget() RETURNS int
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

COMMIT;
