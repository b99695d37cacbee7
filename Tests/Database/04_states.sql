-- One predicate decides what "available" is: the list (v_locker_states), the figures (v_overall_locker_info) and the
-- claim (locker_decide) agree in every state a locker can be in, also in those that only a slip of the hand makes.
\ir support/start.psql
SELECT plan(32);

SELECT tap.lockers(9101, 9110) \gset
SELECT tap.period('-1 hour', '1 hour') \gset
SELECT tap.student(1) AS s1, tap.student(2) AS s2, tap.student(3) AS s3, tap.student(4) AS s4, tap.student(5) AS s5,
       tap.student(6) AS s6, tap.student(7) AS s7, tap.student(8) AS s8 \gset

INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at, confirmed_at) VALUES
    (9102, :'s1', 'hold', clock_timestamp() + interval '1 minute', NULL),
    (9103, :'s2', 'hold', clock_timestamp() - interval '1 second', NULL),
    (9104, :'s3', 'confirmed', NULL, now()),
    (9105, :'s4', 'cancelled', NULL, NULL),
    (9106, :'s5', 'expired', NULL, NULL),
    (9108, :'s7', 'confirmed', NULL, now());
UPDATE locker_info SET owner = :'s3' WHERE locker_id = 9104;
UPDATE locker_info SET owner = :'s6' WHERE locker_id = 9107;  -- owner without an assignment
UPDATE locker_info SET disabled_at = now() WHERE locker_id IN (9104, 9110);  -- 9104 broke while somebody had it

CREATE TEMPORARY TABLE expected (locker_id int, state text, why text);
INSERT INTO expected VALUES
    (9101, 'available', 'never used'), (9102, 'held', 'live hold'), (9103, 'available', 'hold that ran out'),
    (9104, 'confirmed', 'confirmed'), (9105, 'available', 'given back'), (9106, 'available', 'marked expired'),
    (9107, 'confirmed', 'owner without an assignment'), (9108, 'confirmed', 'assignment without an owner'),
    (9109, 'available', 'never used'), (9110, 'disabled', 'out of service');

SELECT is(tap.shown(e.locker_id), e.state, 'the list shows ' || e.state || ': ' || e.why) FROM expected e ORDER BY e.locker_id;

SELECT is((SELECT array_agg(x::text) FROM v_overall_locker_info x), ARRAY['(5,1,3,10)'],
    'remaining, held, confirmed, total');
SELECT columns_are('v_overall_locker_info', ARRAY['remaining', 'held', 'confirmed', 'total']);

-- The same student asks for each: held exactly where the list says available. Each claim is undone before the next.
CREATE FUNCTION tap.would_hold(p_student text, p_locker int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_outcome text;
BEGIN
    BEGIN
        v_outcome := (tap.hold(p_student, p_locker)).outcome;
        RAISE EXCEPTION USING ERRCODE = 'TAP01';
    EXCEPTION WHEN SQLSTATE 'TAP01' THEN
        RETURN v_outcome;
    END;
END
$$;
SELECT is(tap.would_hold(:'s8', e.locker_id), CASE e.state WHEN 'available' THEN 'held' WHEN 'disabled' THEN 'locker_disabled' ELSE 'locker_taken' END,
          'the claim agrees: ' || e.why) FROM expected e ORDER BY e.locker_id;

-- What each student of the cases above may do elsewhere.
SELECT is(tap.would_hold(:'s1', 9101), 'already_holding', 'a live hold elsewhere');
SELECT is(tap.would_hold(:'s2', 9101), 'held', 'a hold that ran out elsewhere');
SELECT is(tap.would_hold(:'s3', 9101), 'already_assigned', 'a confirmed locker elsewhere');
SELECT is(tap.would_hold(:'s6', 9101), 'already_assigned', 'owner by hand elsewhere');
SELECT is(tap.would_hold(:'s7', 9101), 'already_assigned', 'assignment without an owner elsewhere');
SELECT is(tap.would_hold(:'s4', 9101), 'held', 'gave one back before');

-- The place's name travels with the locker, and v_active_assignments holds the live ones alone.
SELECT is((SELECT location_name FROM v_locker_states WHERE locker_id = 9101), '정보관 2층', 'the name of the place');
SELECT is((SELECT array_agg(locker_id ORDER BY locker_id) FROM v_active_assignments), ARRAY[9102, 9104, 9108],
    'active: a live hold and the confirmed');
SELECT is((SELECT student_id::text FROM v_locker_states WHERE locker_id = 9107), :'s6', 'an owner by hand is shown as owner');
SELECT is((SELECT student_id FROM v_locker_states WHERE locker_id = 9103), NULL, 'a hold that ran out names nobody');

\ir support/finish.psql
