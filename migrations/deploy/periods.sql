-- Deploy locker-server:periods to pg

BEGIN;

-- When lockers can be held. No row means closed. [opens_at, closes_at): at the published second it is open.
CREATE TABLE application_periods (
    period_id  serial      PRIMARY KEY,
    opens_at   timestamptz NOT NULL,
    closes_at  timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (opens_at < closes_at),
    -- Two periods at once would leave open which of them a student is told of.
    EXCLUDE USING gist (tstzrange(opens_at, closes_at) WITH &&)
);

-- The period that matters at an instant: the one that is open, else the next, else the last. No row at all
-- when none was ever set.
CREATE FUNCTION application_period_at(p_at timestamptz)
RETURNS TABLE (state text, opens_at timestamptz, closes_at timestamptz)
LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN p_at < p.opens_at THEN 'upcoming' WHEN p_at < p.closes_at THEN 'open' ELSE 'closed' END,
           p.opens_at, p.closes_at
      FROM public.application_periods p
     ORDER BY (p.closes_at <= p_at),
              CASE WHEN p.closes_at > p_at THEN p.opens_at END,
              p.closes_at DESC
     LIMIT 1;
$$;

COMMIT;
