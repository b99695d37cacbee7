-- Deploy locker-server:finite_periods to pg
-- requires: periods

BEGIN;

-- 'infinity' typed by hand was let in so far. It means "for ever", and this is as long.
UPDATE application_periods SET closes_at = '9999-12-31 23:59:59+09' WHERE closes_at = 'infinity';
UPDATE application_periods SET opens_at = '2000-01-01 00:00:00+09' WHERE opens_at = '-infinity';

-- Both instants are told to pages, as dates: there is none for 'infinity'.
ALTER TABLE application_periods
    ADD CONSTRAINT application_periods_finite CHECK (isfinite(opens_at) AND isfinite(closes_at));

COMMIT;
