-- How lockers become free, and holds that ran out. Called by decisions (decisions.sql), operators' acts, and by a worker every
-- few seconds (locker_sweep).

-- Every way in which a locker becomes free goes through here: given back, taken by an operator, run out. Ends active
-- assignments as p_state (cancelled or expired) at p_at, and takes p_owner off p_locker_id where both are given. Gives what it
-- ended. Under the guard of each, or with its row locked; the caller writes the ledger.
CREATE OR REPLACE FUNCTION locker_free(
    p_assignments bigint[], p_state assignment_state, p_at timestamptz, p_locker_id int DEFAULT NULL, p_owner text DEFAULT NULL
) RETURNS TABLE (assignment_id bigint, locker_id int, student_id text)
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF p_owner IS NOT NULL THEN
        UPDATE locker_info l SET owner = NULL WHERE l.locker_id = p_locker_id AND l.owner = p_owner;
    END IF;
    RETURN QUERY
    UPDATE locker_assignments a
       SET state = p_state, released_at = CASE WHEN p_state = 'cancelled' THEN p_at ELSE a.released_at END, decided_at = p_at
     WHERE a.assignment_id = ANY (p_assignments) AND a.state IN ('hold', 'confirmed')
    RETURNING a.assignment_id, a.locker_id, a.student_id::text;
END
$$;

-- Turns the stale holds of a locker and of a student into 'expired', each with its row in the ledger: what operators' acts do
-- first. Called under the guard. The rows are locked in the order of their ids: somebody with the guard of another locker and
-- another student may want the same ones.
CREATE OR REPLACE FUNCTION locker_expire(p_student_id text, p_locker_id int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_expired record;
BEGIN
    FOR v_expired IN
        SELECT * FROM locker_free(ARRAY(
            SELECT a.assignment_id FROM locker_assignments a
             WHERE a.assignment_id IN (
                   SELECT x.assignment_id FROM locker_assignments x WHERE x.locker_id = p_locker_id AND x.state IN ('hold', 'confirmed')
                   UNION
                   SELECT x.assignment_id FROM locker_assignments x WHERE x.student_id = p_student_id AND x.state IN ('hold', 'confirmed'))
               AND a.state = 'hold' AND a.hold_expires_at <= clock_timestamp()
             ORDER BY a.assignment_id FOR UPDATE), 'expired', locker_now(p_student_id, p_locker_id))
    LOOP
        PERFORM locker_record(v_expired.student_id, v_expired.locker_id, 'expire', 'expired', v_expired.assignment_id);
    END LOOP;
END
$$;

-- Marks at most p_limit stale holds 'expired', for the record: nothing depends on it. Of all workers on all hosts one
-- does it at a time. It only ever tries locks and skips what is busy, since it takes many guards in one transaction:
-- a claim that holds the guard expires the hold itself. Forgets allowances that are full again, too.
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
         WHERE a.state IN ('hold', 'confirmed') AND a.state = 'hold' AND a.hold_expires_at <= clock_timestamp()
         ORDER BY a.locker_id LIMIT least(p_limit, 1000)
    LOOP
        CONTINUE WHEN NOT locker_guard(v_stale.student_id, v_stale.locker_id, false);
        PERFORM FROM locker_assignments a
          WHERE a.assignment_id = v_stale.assignment_id AND a.state = 'hold' FOR UPDATE SKIP LOCKED;
        CONTINUE WHEN NOT FOUND;
        PERFORM locker_free(ARRAY[v_stale.assignment_id], 'expired',
                            locker_now(v_stale.student_id, v_stale.locker_id));
        PERFORM locker_record(v_stale.student_id, v_stale.locker_id, 'expire', 'expired', v_stale.assignment_id);
        v_swept := v_swept + 1;
    END LOOP;
    -- After an hour it is as good as full.
    DELETE FROM attempt_allowances b WHERE b.student_id IN (
        SELECT x.student_id FROM attempt_allowances x WHERE x.at < now() - interval '1 hour' LIMIT 1000 FOR UPDATE SKIP LOCKED);
    RETURN v_swept;
END
$$;
GRANT EXECUTE ON FUNCTION locker_sweep(int) TO locker_app;
