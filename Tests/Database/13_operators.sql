-- The statements of the old server's operators, as they have them in their notes, run by the owner role.
\ir support/start.psql
SELECT plan(34);

CREATE FUNCTION tap.operator(p_statement text) RETURNS text LANGUAGE sql AS $$
    SELECT is(tap.try_as('locker_owner', p_statement), 'ok', regexp_replace(p_statement, '\s+', ' ', 'g'));
$$;

-- Seeding
SELECT tap.operator($$INSERT INTO locker_locations (location_id, name) VALUES
    (1, '정보관 B1 엘리베이터 옆1'), (2, '정보관 B1 엘리베이터 옆2'), (3, '정보관 B1 기계실 옆'), (4, '정보관 2층'),
    (5, '정보관 3층'), (6, '과학도서관 6층 620호 옆'), (7, '과학도서관 6층 614호 옆')$$);
SELECT tap.operator($$SELECT setval('locker_locations_location_id_seq', 7, true)$$);
INSERT INTO locker_locations (name) VALUES ('새로운 곳');
SELECT is((SELECT location_id FROM locker_locations WHERE name = '새로운 곳'), 8, 'the next place has the next number');
SELECT tap.operator($$INSERT INTO locker_info (locker_id, location_id) VALUES (101, 1), (102, 1), (103, 1), (104, 2)$$);
SELECT tap.operator($$INSERT INTO users (student_id, name, phone_number, created_at, updated_at) VALUES
    ('2023321234', '홍길동', '01012345678', NOW(), NOW()), ('2023325678', '김철수', '01087654321', NOW(), NOW())$$);
SELECT is((SELECT count(DISTINCT serial_id) FROM users), 2::bigint, 'each has a serial_id');
SELECT is((SELECT remaining FROM v_overall_locker_info), 4::bigint, 'remaining');
SELECT tap.operator('SELECT remaining FROM v_overall_locker_info');

-- In the middle of a semester: one has confirmed, one holds.
SELECT tap.period('-1 hour', '1 hour') \gset
SELECT tap.hold('2023321234', 101), tap.confirm('2023321234', 101), tap.hold('2023325678', 102) \gset
SELECT is((SELECT remaining FROM v_overall_locker_info), 2::bigint, 'one confirmed, one held');

-- A corrected phone
SELECT tap.operator($$UPDATE users SET phone_number = '01011112222' WHERE student_id = '2023321234'$$);
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 101), '2023321234', 'the locker stays');

-- A corrected 학번: everything follows
SELECT tap.operator($$UPDATE users SET student_id = '2023321235' WHERE student_id = '2023321234'$$);
SELECT is((SELECT owner::text FROM locker_info WHERE locker_id = 101), '2023321235', 'the owner follows');
SELECT is(tap.states('2023321235'), ARRAY['101 confirmed'], 'the assignment follows');
SELECT is((tap.confirm('2023321235', 101)).outcome, 'replayed', 'and the student has the locker');

-- A student leaves
SELECT tap.operator($$DELETE FROM users WHERE student_id IN ('2023321235')$$);
SELECT is(tap.shown(101), 'available', 'the locker is free');
SELECT is((SELECT count(*) FROM locker_decisions WHERE student_id = '2023321234'), 2::bigint, 'the ledger outlives the student');
SELECT is((tap.hold('2023325678', 101)).outcome, 'already_holding', 'the other student is not affected');
SELECT tap.operator($$DELETE FROM users WHERE student_id IN ('2023325678', '2023329999')$$);
SELECT is(tap.shown(102), 'available', 'a deleted student''s hold is gone too');

-- A new semester
INSERT INTO users (student_id, name, phone_number) VALUES ('2023321234', '홍길동', '01012345678');
SELECT tap.hold('2023321234', 103), tap.confirm('2023321234', 103) \gset
SELECT tap.operator('TRUNCATE locker_assignments RESTART IDENTITY');
SELECT is(tap.shown(103), 'confirmed', 'half of the reset leaves the locker with its owner');
SELECT tap.operator('UPDATE locker_info SET owner = NULL');
SELECT is((SELECT remaining FROM v_overall_locker_info), 4::bigint, 'both halves leave every locker free');
SELECT is((tap.hold('2023321234', 103)).outcome, 'held', 'and they can be held anew');
SELECT is((SELECT assignment_id FROM locker_assignments), 1::bigint, 'numbered from one');
-- What the old server kept of sessions has another name and form: `lockerctl session revoke --all` ends them here.
SELECT tap.operator('TRUNCATE auth_sessions RESTART IDENTITY CASCADE');
SELECT is((SELECT count(*) FROM auth_spent_tokens), 0::bigint, 'with what they have spent');
SELECT tap.operator('TRUNCATE users RESTART IDENTITY CASCADE');
SELECT is((SELECT count(*) FROM users), 0::bigint, 'no student is left');
SELECT ok((SELECT count(*) > 5 FROM locker_decisions), 'the ledger is left');
SELECT tap.operator($$INSERT INTO users (student_id, name, phone_number, created_at, updated_at)
    VALUES ('2023321234', '홍길동', '01012345678', NOW(), NOW())$$);
SELECT is((SELECT serial_id FROM users), 1::bigint, 'numbered from one');

\ir support/finish.psql
