-- A hold that runs out between the question what stands in the way and the answer is not told as one that lives.
\ir support/start.psql
SELECT plan(9);

SELECT tap.lockers(9101, 9102), tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1 \gset

-- The product's own question, but time passes behind it, as when the machine stood still: the first p_times answers that
-- find the hold come when it has run out.
ALTER FUNCTION locker_hold_obstacle(text, int) RENAME TO quick_obstacle;
-- What the product's functions do they do as its owner.
CREATE SEQUENCE tap.asked;
GRANT USAGE ON SCHEMA tap TO PUBLIC;
GRANT ALL ON SEQUENCE tap.asked TO PUBLIC;
CREATE FUNCTION tap.slow_until(p_times int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM setval('tap.asked', 1, false);
    EXECUTE format($f$
        CREATE OR REPLACE FUNCTION locker_hold_obstacle(
            p_student_id text, p_locker_id int,
            OUT outcome text, OUT expires_at timestamptz, OUT lost_to bigint, OUT opens_at timestamptz, OUT closes_at timestamptz
        ) LANGUAGE plpgsql VOLATILE AS $b$
        BEGIN
            SELECT o.outcome, o.expires_at, o.lost_to, o.opens_at, o.closes_at
              INTO outcome, expires_at, lost_to, opens_at, closes_at FROM public.quick_obstacle(p_student_id, p_locker_id) o;
            IF nextval('tap.asked') <= %s AND outcome = 'replayed' THEN
                PERFORM pg_sleep(extract(epoch FROM expires_at - clock_timestamp()) + 0.001);
            END IF;
        END $b$ $f$, p_times);
END
$$;
-- A live hold that has a moment left.
CREATE FUNCTION tap.nearly_over(p_student text) RETURNS void LANGUAGE sql AS $$
    UPDATE locker_assignments SET hold_expires_at = clock_timestamp() + interval '50 milliseconds'
     WHERE student_id = p_student AND state = 'hold';
$$;

SELECT tap.slow_until(0) \gset
SELECT tap.hold(:'s1', 9101) \gset
SELECT is((tap.hold(:'s1', 9101)).outcome, 'replayed', 'in time: the same hold');
SELECT is((tap.ledger(1))[1], format('hold replayed %s 9101 unguarded', :'s1'), 'told without the guard');

SELECT tap.slow_until(1), tap.nearly_over(:'s1') \gset
CREATE TEMPORARY TABLE late AS SELECT h.* FROM tap.hold(:'s1', 9101) h;
SELECT is((SELECT outcome FROM late), 'held', 'too late: a new one');
SELECT is((SELECT seconds_left FROM late), 60, 'with its whole time');
SELECT is(tap.states(:'s1'), ARRAY['9101 expired', '9101 hold'], 'the old one is history');
SELECT is(tap.ledger(2), ARRAY[format('expire expired %s 9101 guarded', :'s1'), format('hold held %s 9101 guarded', :'s1')],
    'the ledger tells both, and no replay');

-- The same under the guard.
ALTER FUNCTION locker_guard(text, int) RENAME TO quick_guard;
CREATE FUNCTION locker_guard(p_student_id text, p_locker_id int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM quick_guard(p_student_id, p_locker_id);
    -- What somebody at the student's other device did while this one waited for the guard.
    INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, decision_id)
    SELECT p_locker_id, p_student_id, 'hold', clock_timestamp() + interval '50 milliseconds', tap.newest_decision()
     WHERE NOT EXISTS (SELECT FROM v_active_assignments a WHERE a.student_id = p_student_id);
END
$$;
SELECT tap.release_hold(:'s1', 9101), tap.slow_until(2) \gset
CREATE TEMPORARY TABLE later AS SELECT h.* FROM tap.hold(:'s1', 9102) h;
SELECT is((SELECT (outcome, seconds_left)::text FROM later), '(held,60)', 'found under the guard and run out: a new one too');
SELECT is(tap.states(:'s1'), ARRAY['9101 expired', '9101 cancelled', '9102 expired', '9102 hold'], 'and nothing else lives');
SELECT is(tap.ledger(1), ARRAY[format('hold held %s 9102 guarded', :'s1')], 'told once');

\ir support/finish.psql
