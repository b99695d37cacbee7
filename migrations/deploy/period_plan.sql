-- Deploy locker-server:period_plan to pg
-- requires: periods

BEGIN;

-- As in periods, in another language: PostgreSQL reads and plans a function in SQL anew at each call, unless it can be taken
-- into the statement that calls it, which this one cannot (its argument is the clock). That was half of what a refused hold
-- cost. In PL/pgSQL it is planned once for a connection.
CREATE OR REPLACE FUNCTION application_period_at(p_at timestamptz, p_cohort text DEFAULT NULL)
RETURNS TABLE (state text, opens_at timestamptz, closes_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1 AS $$
BEGIN
    RETURN QUERY
    SELECT CASE WHEN p_at < p.opens_at THEN 'upcoming' WHEN p_at < p.closes_at THEN 'open' ELSE 'closed' END,
           p.opens_at, p.closes_at
      FROM public.application_periods p
     WHERE p.cohort IS NOT DISTINCT FROM p_cohort
     ORDER BY (p.closes_at <= p_at),
              CASE WHEN p.closes_at > p_at THEN p.opens_at END,
              p.closes_at DESC
     LIMIT 1;
END
$$;

COMMIT;
