-- What `lockerctl rehearse` does to the database (Sources/LockerCtl/Rehearse/Cohort.swift): it makes a cohort of
-- invented students and lockers, opens a period for it, and wipes it all. It changes nothing in any other way.
-- Functions, so that not even a faulty program could touch anything real: each works on the rows of one cohort, whose
-- name must say that it is a rehearsal. They are no acts: they need no operator_begin and leave nothing in the audit.
-- Locks: rows only. lockerctl itself holds the session's advisory lock (6, 0), so that one rehearsal runs at a time.
-- Errors: 22023 for a name that is not a rehearsal's.

-- Raises 22023 unless this is the name of a rehearsal.
CREATE OR REPLACE FUNCTION rehearsal_check(p_cohort text) RETURNS void
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF p_cohort IS NULL OR p_cohort !~ '^rehearsal-[0-9a-z]{1,40}$' THEN
        RAISE EXCEPTION 'not the name of a rehearsal: %', p_cohort USING ERRCODE = 'invalid_parameter_value';
    END IF;
END
$$;

-- Makes p_students students, and p_lockers lockers in a place of their own. Their 학번 begin with 99, as no real one
-- does, and their phones begin with 000 and have 12 digits, as no real one. Should one exist all the same, a unique
-- column refuses it (23505) and nothing is made.
CREATE OR REPLACE FUNCTION rehearsal_make(p_cohort text, p_students int, p_lockers int) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_location int;
BEGIN
    PERFORM rehearsal_check(p_cohort);
    INSERT INTO users (student_id, name, phone_number, cohort)
    SELECT '99' || lpad(n::text, 8, '0'), '예행연습' || n, '0009' || lpad(n::text, 8, '0'), p_cohort
      FROM generate_series(1, p_students) n;
    INSERT INTO locker_locations (name, cohort) VALUES ('예행연습 ' || p_cohort, p_cohort)
    RETURNING location_id INTO v_location;
    INSERT INTO locker_info (locker_id, location_id)
    SELECT 1990000000 + n, v_location FROM generate_series(1, p_lockers) n;
    -- Otherwise the planner would go on with the figures of the tables as they were, perhaps empty.
    ANALYZE users, locker_info, locker_locations;
END
$$;
GRANT EXECUTE ON FUNCTION rehearsal_make(text, int, int) TO locker_operator;

-- Sets when the cohort's lockers can be held: it opens after p_wait and lasts for p_lasts. Gives the instant of the
-- opening.
CREATE OR REPLACE FUNCTION rehearsal_open(p_cohort text, p_wait interval, p_lasts interval) RETURNS timestamptz
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_opens timestamptz := clock_timestamp() + p_wait;
BEGIN
    PERFORM rehearsal_check(p_cohort);
    INSERT INTO application_periods (opens_at, closes_at, cohort) VALUES (v_opens, v_opens + p_lasts, p_cohort);
    RETURN v_opens;
END
$$;
GRANT EXECUTE ON FUNCTION rehearsal_open(text, interval, interval) TO locker_operator;

-- The names of the rehearsals that have left students, places or periods.
CREATE OR REPLACE FUNCTION rehearsal_leftovers() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT cohort FROM users WHERE cohort LIKE 'rehearsal-%'
    UNION SELECT cohort FROM locker_locations WHERE cohort LIKE 'rehearsal-%'
    UNION SELECT cohort FROM application_periods WHERE cohort LIKE 'rehearsal-%';
$$;
GRANT EXECUTE ON FUNCTION rehearsal_leftovers() TO locker_operator;

-- Removes all that a rehearsal made and all that came of it, also its rows in the ledger. Those are found by the
-- student and not by the locker: a real student who asked for one of its lockers was refused, and that row stays. Where
-- a request of its students is still under way, it may fail with 23503; lockerctl then tries again.
CREATE OR REPLACE FUNCTION rehearsal_wipe(p_cohort text) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_students text[];
BEGIN
    PERFORM rehearsal_check(p_cohort);
    SELECT coalesce(array_agg(u.student_id), '{}') INTO v_students FROM users u WHERE u.cohort = p_cohort;
    DELETE FROM locker_decisions WHERE student_id = ANY (v_students);
    DELETE FROM auth_failures WHERE student_id = ANY (v_students);
    DELETE FROM attempt_allowances WHERE student_id = ANY (v_students);
    DELETE FROM locker_assignments a USING locker_info l, locker_locations p
     WHERE l.locker_id = a.locker_id AND p.location_id = l.location_id AND p.cohort = p_cohort;
    DELETE FROM locker_info l USING locker_locations p WHERE p.location_id = l.location_id AND p.cohort = p_cohort;
    DELETE FROM locker_locations WHERE cohort = p_cohort;
    DELETE FROM application_periods WHERE cohort = p_cohort;
    DELETE FROM users WHERE cohort = p_cohort;
END
$$;
GRANT EXECUTE ON FUNCTION rehearsal_wipe(text) TO locker_operator;
