-- Deploy locker-server:periods to pg

BEGIN;

-- When lockers can be held. No row means closed. [opens_at, closes_at): at the published second it is open.
CREATE TABLE application_periods (
    period_id  serial      PRIMARY KEY,
    opens_at   timestamptz NOT NULL,
    closes_at  timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- As in users: null for a real period, else the rehearsal whose students alone it concerns.
    cohort     text        CHECK (cohort <> ''),
    CHECK (opens_at < closes_at),
    -- Two periods at once would leave open which of them a student is told of. Each cohort by itself; its name as a
    -- range of one number, since equality in such a constraint would need the extension btree_gist.
    EXCLUDE USING gist (
        int8range(hashtext(coalesce(cohort, ''))::int8, hashtext(coalesce(cohort, ''))::int8, '[]') WITH &&,
        tstzrange(opens_at, closes_at) WITH &&)
);

-- The period that matters to a cohort (null: the real one) at an instant: the one that is open, else the next, else
-- the last. No row at all when none was ever set.
CREATE FUNCTION application_period_at(p_at timestamptz, p_cohort text DEFAULT NULL)
RETURNS TABLE (state text, opens_at timestamptz, closes_at timestamptz)
LANGUAGE sql STABLE AS $$
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
