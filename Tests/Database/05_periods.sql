-- application_period_at: the period that matters at an instant, and [opens_at, closes_at) to the microsecond.
\ir support/start.psql
SELECT plan(22);

CREATE FUNCTION tap.at(p_at timestamptz) RETURNS text LANGUAGE sql AS $$
    SELECT coalesce((SELECT format('%s %s', p.state, to_char(p.opens_at AT TIME ZONE 'Asia/Seoul', 'MM-DD'))
                       FROM application_period_at(p_at) p), 'no row');
$$;

SELECT is(tap.at(now()), 'no row', 'none was ever set');

INSERT INTO application_periods (opens_at, closes_at) VALUES ('2026-03-02 12:00+09', '2026-03-06 18:00+09');
SELECT is(tap.at('2026-03-01 00:00+09'), 'upcoming 03-02', 'before');
SELECT is(tap.at('2026-03-02 11:59:59.999999+09'), 'upcoming 03-02', 'the microsecond before the opening');
SELECT is(tap.at('2026-03-02 12:00+09'), 'open 03-02', 'at the published second it is open');
SELECT is(tap.at('2026-03-02 03:00+00'), 'open 03-02', 'the same instant, told in another zone');
SELECT is(tap.at('2026-03-06 17:59:59.999999+09'), 'open 03-02', 'the last microsecond');
SELECT is(tap.at('2026-03-06 18:00+09'), 'closed 03-02', 'at the closing instant it is closed');
SELECT is(tap.at('2027-01-01 00:00+09'), 'closed 03-02', 'long after');

-- Several: a past, an adjacent one, a later one; inserted out of order.
INSERT INTO application_periods (opens_at, closes_at) VALUES
    ('2026-09-01 12:00+09', '2026-09-04 18:00+09'), ('2026-03-06 18:00+09', '2026-03-07 18:00+09'),
    ('2025-09-01 12:00+09', '2025-09-04 18:00+09');
SELECT is(tap.at('2025-01-01 00:00+09'), 'upcoming 09-01', 'before all: the first');
SELECT is(tap.at('2025-12-01 00:00+09'), 'upcoming 03-02', 'between: the next and not the last');
SELECT is(tap.at('2026-03-06 18:00+09'), 'open 03-06', 'adjacent: the one that opens and not the one that closes');
SELECT is(tap.at('2026-03-07 18:00+09'), 'upcoming 09-01', 'after an adjacent one: the next');
SELECT is(tap.at('2026-09-02 00:00+09'), 'open 09-01', 'open wins over every other');
SELECT is(tap.at('2026-12-01 00:00+09'), 'closed 09-01', 'after all: the last');

-- The claim compares by the database's clock. One locker, one student, periods around now.
SELECT tap.lockers(9101, 9101), tap.student(1) AS s1 \gset
CREATE FUNCTION tap.only(p_from interval, p_to interval) RETURNS int LANGUAGE sql AS $$
    DELETE FROM application_periods;
    SELECT tap.period(p_from, p_to);
$$;
DELETE FROM application_periods;
SELECT is((tap.hold(:'s1', 9101)).outcome, 'application_closed', 'no period: closed');
SELECT is((SELECT (h.opens_at, h.closes_at)::text FROM tap.hold(:'s1', 9101) h), '(,)', 'and no instants to tell');
SELECT tap.only('1 hour', '2 hours') \gset
SELECT is((tap.hold(:'s1', 9101)).outcome, 'application_closed', 'upcoming');
SELECT is((SELECT (h.opens_at, h.closes_at) FROM tap.hold(:'s1', 9101) h),
          (SELECT (p.opens_at, p.closes_at) FROM application_periods p), 'upcoming: its instants are told');
SELECT tap.only('-2 hours', '-1 hour') \gset
SELECT is((tap.hold(:'s1', 9101)).outcome, 'application_closed', 'over');
SELECT is((SELECT (h.opens_at, h.closes_at) FROM tap.hold(:'s1', 9101) h),
          (SELECT (p.opens_at, p.closes_at) FROM application_periods p), 'over: its instants are told');
SELECT tap.only('0 seconds', '1 hour') \gset
SELECT is((tap.hold(:'s1', 9101)).outcome, 'held', 'open since a moment ago, though now() of this transaction is earlier');
SELECT cmp_ok((SELECT opens_at FROM application_periods), '>', now(), 'which is why the claim asks clock_timestamp()');

\ir support/finish.psql
