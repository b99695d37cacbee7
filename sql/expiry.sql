-- Holds that ran out. Nothing depends on these functions but the record: a stale hold is none (v_active_assignments).
-- Called by locker_hold and operators' acts (locker_expire), and by a worker every few seconds (locker_sweep).

-- Turns the stale holds of a locker and of a student into 'expired', each with its row in the ledger. Called under
-- the guard. One statement takes all the rows, in the order of their ids: two statements would take the same rows in
-- opposite order in two transactions and deadlock in spite of the locks.
CREATE OR REPLACE FUNCTION locker_expire(
    p_student_id text, p_locker_id int, p_request_id text, p_received_at timestamptz
) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_expired record;
BEGIN
    FOR v_expired IN
        UPDATE locker_assignments SET state = 'expired'
         WHERE assignment_id IN (
               SELECT a.assignment_id FROM locker_assignments a
                WHERE (a.locker_id = p_locker_id OR a.student_id = p_student_id)
                  AND a.state = 'hold' AND a.hold_expires_at <= clock_timestamp()
                ORDER BY a.assignment_id FOR UPDATE)
        RETURNING assignment_id, locker_id, student_id
    LOOP
        PERFORM locker_record(v_expired.student_id, v_expired.locker_id, 'expire', 'expired', true, true,
                              p_request_id, p_received_at, v_expired.assignment_id, NULL);
    END LOOP;
END
$$;

-- Marks at most p_limit stale holds 'expired', for the record: nothing depends on it. Of all workers on all hosts one
-- does it at a time. It only ever tries locks and skips what is busy, since it takes many guards in one transaction:
-- a claim that holds the guard expires the hold itself.
CREATE OR REPLACE FUNCTION locker_sweep(p_limit int) RETURNS int
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_stale record;
    v_swept int := 0;
BEGIN
    IF NOT pg_try_advisory_xact_lock(4, 0) OR NOT pg_try_advisory_xact_lock_shared(5, 0) THEN
        RETURN 0;
    END IF;
    FOR v_stale IN
        SELECT a.assignment_id, a.locker_id, a.student_id FROM locker_assignments a
         WHERE a.state = 'hold' AND a.hold_expires_at <= clock_timestamp()
         ORDER BY a.hold_expires_at LIMIT p_limit
    LOOP
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(1, hashtext(v_stale.student_id));
        CONTINUE WHEN NOT pg_try_advisory_xact_lock(2, v_stale.locker_id);
        PERFORM FROM locker_assignments a
          WHERE a.assignment_id = v_stale.assignment_id AND a.state = 'hold' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        UPDATE locker_assignments SET state = 'expired' WHERE assignment_id = v_stale.assignment_id;
        PERFORM locker_record(v_stale.student_id, v_stale.locker_id, 'expire', 'expired', true, true,
                              NULL, NULL, v_stale.assignment_id, NULL);
        v_swept := v_swept + 1;
    END LOOP;
    RETURN v_swept;
END
$$;
GRANT EXECUTE ON FUNCTION locker_sweep(int) TO locker_app;
