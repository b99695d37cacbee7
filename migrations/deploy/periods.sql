-- Deploy locker-server:periods to pg
-- requires: schema

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
    -- Both instants are told to pages, as dates: there is none for 'infinity'.
    CONSTRAINT application_periods_finite CHECK (isfinite(opens_at) AND isfinite(closes_at)),
    -- Two periods at once would leave open which of them a student is told of. Each cohort by itself; its name as a
    -- range of one number, since equality in such a constraint would need the extension btree_gist.
    EXCLUDE USING gist (
        int8range(hashtext(coalesce(cohort, ''))::int8, hashtext(coalesce(cohort, ''))::int8, '[]') WITH &&,
        tstzrange(opens_at, closes_at) WITH &&)
);

GRANT SELECT ON application_periods TO locker_app;

COMMIT;
