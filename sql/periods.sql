-- When lockers can be held: the application periods.
-- application_period_at is read by every hold (locker_decide in decisions.sql), by the workers for the API
-- (Sources/Lockers/ApplicationPeriods.swift), and by lockerctl's reports. `lockerctl period set`, `period close-now`
-- and `period open-now` call the operator_period_… functions.
-- These need an open act (operator_begin in audit.sql), answer with {"opens_at", "closes_at"}, and change real periods
-- only: a rehearsal has periods of its own (cohort; rehearsals.sql).
-- Locks: each of them takes the gate alone (5). What was decided before saw the old period, what is decided after sees
-- the new one.
-- A refusal is {"error": code, …} (operator_refusal); each function names its codes.

-- The period that matters to a cohort (null: the real one) at an instant: the one that is open, else the next, else the
-- last. No row at all when none was ever set. state: upcoming | open | closed.
-- Taken into the statement that calls it: its arguments may be parameters or now(), but not the volatile clock_timestamp().
CREATE OR REPLACE FUNCTION application_period_at(p_at timestamptz, p_cohort text DEFAULT NULL)
RETURNS TABLE (state text, opens_at timestamptz, closes_at timestamptz)
LANGUAGE sql STABLE ROWS 1 AS $$
    SELECT CASE WHEN p_at < p.opens_at THEN 'upcoming' WHEN p_at < p.closes_at THEN 'open' ELSE 'closed' END,
           p.opens_at, p.closes_at
      FROM public.application_periods p
     WHERE p.cohort IS NOT DISTINCT FROM p_cohort
     ORDER BY (p.closes_at <= p_at),
              CASE WHEN p.closes_at > p_at THEN p.opens_at END,
              p.closes_at DESC
     LIMIT 1
$$;
GRANT EXECUTE ON FUNCTION application_period_at(timestamptz, text) TO locker_app;
GRANT EXECUTE ON FUNCTION application_period_at(timestamptz, text) TO locker_operator;

-- Sets when lockers can be held: the period that is open or next is changed; where there is none, a new one is made.
-- p_force allows an opening in the past, and an opening in the future that would close a period which is open.
-- Refusals: period_backwards, period_over, period_opens_in_past, period_is_open (with its end), period_overlaps.
CREATE OR REPLACE FUNCTION operator_period_set(p_opens timestamptz, p_closes timestamptz, p_force boolean) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now    timestamptz;
    v_period application_periods;
BEGIN
    PERFORM operator_act();
    -- The clock is read after the gate, which may have to wait.
    PERFORM operator_gate();
    v_now := clock_timestamp();
    IF p_closes <= p_opens THEN
        RETURN operator_refusal('period_backwards');
    ELSIF p_closes <= v_now THEN
        RETURN operator_refusal('period_over');
    END IF;
    SELECT * INTO v_period FROM application_periods p
     WHERE p.cohort IS NULL AND p.closes_at > v_now ORDER BY p.opens_at LIMIT 1;
    IF p_opens <= v_now AND NOT p_force AND v_period.opens_at IS DISTINCT FROM p_opens THEN
        RETURN operator_refusal('period_opens_in_past');
    ELSIF p_opens > v_now AND v_period.opens_at <= v_now AND NOT p_force THEN
        RETURN operator_refusal('period_is_open', 'closes_at', to_jsonb(v_period.closes_at) #>> '{}');
    END IF;
    IF EXISTS (SELECT FROM application_periods p WHERE p.cohort IS NULL AND p.period_id IS DISTINCT FROM v_period.period_id
                  AND tstzrange(p.opens_at, p.closes_at) && tstzrange(p_opens, p_closes)) THEN
        RETURN operator_refusal('period_overlaps');
    END IF;
    IF v_period.period_id IS NULL THEN
        INSERT INTO application_periods (opens_at, closes_at) VALUES (p_opens, p_closes);
    ELSE
        UPDATE application_periods SET opens_at = p_opens, closes_at = p_closes WHERE period_id = v_period.period_id;
    END IF;
    RETURN jsonb_build_object('opens_at', p_opens, 'closes_at', p_closes);
END
$$;
GRANT EXECUTE ON FUNCTION operator_period_set(timestamptz, timestamptz, boolean) TO locker_operator;

-- Ends the open period this instant. Holds that are live can still be confirmed. Refusal: period_not_open.
CREATE OR REPLACE FUNCTION operator_period_close() RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_opens  timestamptz;
    v_closes timestamptz;
BEGIN
    PERFORM operator_act();
    PERFORM operator_gate();
    UPDATE application_periods SET closes_at = clock_timestamp()
     WHERE cohort IS NULL AND opens_at < clock_timestamp() AND closes_at > clock_timestamp()
    RETURNING opens_at, closes_at INTO v_opens, v_closes;
    IF NOT FOUND THEN
        RETURN operator_refusal('period_not_open');
    END IF;
    RETURN jsonb_build_object('opens_at', v_opens, 'closes_at', v_closes);
END
$$;
GRANT EXECUTE ON FUNCTION operator_period_close() TO locker_operator;

-- Opens this instant: the next period, until p_closes or (null) until its own end; where there is none, a new one until
-- p_closes. Refusals: period_already_open (with its end), period_end_missing (no next period and no p_closes),
-- period_over.
CREATE OR REPLACE FUNCTION operator_period_open(p_closes timestamptz) RETURNS jsonb
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    v_now  timestamptz;
    v_next application_periods;
BEGIN
    PERFORM operator_act();
    PERFORM operator_gate();
    v_now := clock_timestamp();
    SELECT * INTO v_next FROM application_periods p
     WHERE p.cohort IS NULL AND p.closes_at > v_now ORDER BY p.opens_at LIMIT 1;
    IF v_next.opens_at <= v_now THEN
        RETURN operator_refusal('period_already_open', 'closes_at', to_jsonb(v_next.closes_at) #>> '{}');
    ELSIF coalesce(p_closes, v_next.closes_at) IS NULL THEN
        RETURN operator_refusal('period_end_missing');
    ELSIF p_closes <= v_now THEN
        RETURN operator_refusal('period_over');
    END IF;
    IF v_next.period_id IS NULL THEN
        INSERT INTO application_periods (opens_at, closes_at) VALUES (v_now, p_closes);
    ELSE
        UPDATE application_periods SET opens_at = v_now, closes_at = coalesce(p_closes, closes_at)
         WHERE period_id = v_next.period_id;
    END IF;
    RETURN jsonb_build_object('opens_at', v_now, 'closes_at', coalesce(p_closes, v_next.closes_at));
END
$$;
GRANT EXECUTE ON FUNCTION operator_period_open(timestamptz) TO locker_operator;
