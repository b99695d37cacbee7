-- The ledger's rows. Students' decisions write theirs in locker_decide (decisions.sql); what operators do and what runs out is
-- written through locker_record, under the locks that the caller holds already.

-- Writes one guarded row of the ledger and returns its number. Within an operator's act the row names the act.
CREATE OR REPLACE FUNCTION locker_record(
    p_student_id text, p_locker_id int, p_act decision_act, p_outcome decision_outcome, p_assignment_id bigint
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_decision bigint := nextval('locker_decision_seq');
    v_audit    bigint;
BEGIN
    IF current_setting('locker.audit_id', true) <> '' THEN
        -- Only an act that is open in this very transaction: the setting alone may be anybody's.
        SELECT a.audit_id INTO v_audit FROM operator_audit a
         WHERE a.audit_id = current_setting('locker.audit_id', true)::bigint
           AND a.transaction_id = pg_current_xact_id();
    END IF;
    INSERT INTO locker_decisions (decision_id, decided_at, student_id, locker_id, act, outcome, guarded, assignment_id, audit_id)
    VALUES (v_decision, locker_now(p_student_id, p_locker_id), p_student_id, p_locker_id, p_act, p_outcome, true, p_assignment_id, v_audit);
    RETURN v_decision;
END
$$;

-- Gives rows of the ledger another 학번, within an act, and keeps which they were: the rows of whoever has that 학번
-- besides are not these, and an undo leaves them alone. newest: the ledger's end at that moment; whatever is decided
-- under the new 학번 later is the same person's. Gives how many there were.
CREATE OR REPLACE FUNCTION operator_ledger_rename(p_from text, p_to text, p_decisions bigint[]) RETURNS int
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    v_renamed bigint[];
BEGIN
    WITH renamed AS (
        UPDATE locker_decisions SET student_id = p_to WHERE student_id = p_from AND decision_id = ANY (p_decisions)
        RETURNING decision_id)
    SELECT coalesce(array_agg(decision_id ORDER BY decision_id), '{}') INTO v_renamed FROM renamed;
    INSERT INTO operator_changes (audit_id, relation, before, after)
    SELECT operator_act(), 'locker_decisions', jsonb_build_object('student_id', p_from) || rows, jsonb_build_object('student_id', p_to) || rows
      FROM jsonb_build_object('decision_ids', v_renamed,
                              'newest', coalesce((SELECT max(decision_id) FROM locker_decisions), 0)) rows;
    RETURN cardinality(v_renamed);
END
$$;
