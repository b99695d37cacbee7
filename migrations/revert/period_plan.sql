-- Revert locker-server:period_plan from pg

BEGIN;

-- As in periods.
CREATE OR REPLACE FUNCTION application_period_at(p_at timestamptz, p_cohort text DEFAULT NULL)
RETURNS TABLE (state text, opens_at timestamptz, closes_at timestamptz)
LANGUAGE sql STABLE ROWS 1000 AS $$
    SELECT CASE WHEN p_at < p.opens_at THEN 'upcoming' WHEN p_at < p.closes_at THEN 'open' ELSE 'closed' END,
           p.opens_at, p.closes_at
      FROM public.application_periods p
     WHERE p.cohort IS NOT DISTINCT FROM p_cohort
     ORDER BY (p.closes_at <= p_at),
              CASE WHEN p.closes_at > p_at THEN p.opens_at END,
              p.closes_at DESC
     LIMIT 1;
$$;

COMMIT;
