-- A little of everything, by the functions that make it: what the data of a tag are made of (stand/tag). All people are
-- invented.
\set ON_ERROR_STOP 1
\pset format unaligned
INSERT INTO locker_locations (name) VALUES ('정보관 B1 엘리베이터 옆1'), ('정보관 2층');
INSERT INTO locker_info (locker_id, location_id) SELECT 1100 + n, 1 FROM generate_series(1, 12) n;
INSERT INTO locker_info (locker_id, location_id) SELECT 2100 + n, 2 FROM generate_series(1, 12) n;
INSERT INTO users (student_id, name, phone_number) VALUES
    ('2023321234', '홍길동', '01012345678'), ('2023325678', '김철수', '01087654321');
INSERT INTO users (student_id, name, phone_number)
SELECT (2099000000 + n)::text, '학생' || n, '0105550' || lpad(n::text, 4, '0') FROM generate_series(1, 20) n;
-- As an old server had it.
INSERT INTO users (student_id, name, phone_number, adopted) VALUES ('20231-7', '옛학번', '01055509999', true);
INSERT INTO application_periods (opens_at, closes_at) VALUES (now() - interval '1 hour', now() + interval '1 day');

-- As a worker asks, whose sign-ins tell apart by a word; and everybody's acts in one call, in the order of their 학번.
CREATE FUNCTION pg_temp.sign_in(p_student text, p_name text, p_phone text, p_registration text, p_word text) RETURNS text LANGUAGE sql AS $$
    SELECT outcome FROM auth_sign_in(p_student, p_name, p_phone, p_registration, true, sha256(convert_to(p_word || p_student, 'UTF8')),
        md5('jti ' || p_word || p_student)::uuid, md5('id ' || p_word || p_student)::uuid, 1800, 86400, 'Mozilla/5.0', '192.0.2.0', 20, 5, 600);
$$;
CREATE FUNCTION pg_temp.decide(p_act decision_act, p_students text[], p_lockers int[], p_request text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT d.number || ' ' || d.outcome
      FROM locker_decide(
          array_fill(p_act, ARRAY[cardinality(p_students)]),
          ARRAY(SELECT (SELECT s.access_jti FROM v_live_sessions s WHERE s.student_id = w.student LIMIT 1)
                  FROM unnest(p_students) WITH ORDINALITY w (student, n) ORDER BY w.n),
          p_students, p_lockers, array_fill(p_request, ARRAY[cardinality(p_students)]),
          array_fill(extract(epoch FROM now())::float8, ARRAY[cardinality(p_students)]), 60, 60, 2, true) d;
$$;

-- A last semester with its archive.
SELECT pg_temp.sign_in(student_id, name, phone_number, 'open', 'tag-1') FROM users WHERE student_id LIKE '2099%';
SELECT pg_temp.decide('hold', array_agg((2099000000 + n)::text), array_agg(1100 + n), 'tag-1') FROM generate_series(1, 10) n;
SELECT pg_temp.decide('confirm', array_agg((2099000000 + n)::text), array_agg(1100 + n), 'tag-2') FROM generate_series(1, 8) n;
BEGIN;
SELECT operator_begin('semester close', '{"name": "2026-1"}', '학기 끝', 'council');
SELECT operator_semester_close('2026-1', interval '180 days');
COMMIT;

-- This one: a roster, students, sessions, a rush.
BEGIN;
SELECT operator_begin('roster import', '{"file": "명단.csv"}', '이번 학기 명단', 'council');
SELECT operator_roster_import((SELECT jsonb_agg(jsonb_build_object('student_id', (2099000000 + n)::text, 'name', '학생' || n,
    'phone_number', '0105550' || lpad(n::text, 4, '0'), 'eligible', n % 7 > 0, 'reason',
    CASE WHEN n % 7 = 0 THEN '학생회비 미납' END)) FROM generate_series(1, 30) n), '명단.csv', false);
COMMIT;
UPDATE application_periods SET closes_at = now() + interval '1 day';
-- Most sign in and have their account by that, two register before.
SELECT auth_register((2099000000 + n)::text, '학생' || n, '0105550' || lpad(n::text, 4, '0'), 'roster', 5, 600) FROM generate_series(1, 2) n;
SELECT pg_temp.sign_in((2099000000 + n)::text, '학생' || n, '0105550' || lpad(n::text, 4, '0'), 'roster', 'tag-2')
  FROM generate_series(1, 25) n WHERE n % 7 > 0;
-- A refresh, which spends a token; and a guess.
SELECT auth_rotate(sha256(convert_to('tag-2' || student_id, 'UTF8')), sha256(convert_to('tag-3' || student_id, 'UTF8')),
    md5('jti tag-3' || student_id)::uuid, 1800, 'Mozilla/5.0', '192.0.2.0') FROM users WHERE student_id > '2099000020';
SELECT pg_temp.sign_in('2099000001', '다른이름', '01055500001', 'roster', 'tag-4');
SELECT pg_temp.decide('hold', array_agg(student_id::text ORDER BY student_id), array_agg(1101 + (serial_id % 14)::int ORDER BY student_id), 'tag-3')
  FROM users;
SELECT pg_temp.decide('confirm', array_agg(student_id::text), array_agg(locker_id), 'tag-4') FROM v_active_assignments WHERE assignment_id % 3 > 0;
SELECT pg_temp.decide('release', array_agg(student_id::text), array_agg(locker_id), 'tag-5')
  FROM (SELECT * FROM v_active_assignments WHERE state = 'confirmed' ORDER BY assignment_id LIMIT 2) a;
BEGIN;
SELECT operator_begin('locker disable', '{"locker_id": 2112}', '문이 부서짐', 'council');
SELECT operator_locker_disable(2112, true);
COMMIT;
BEGIN;
SELECT operator_begin('assign', '{"student_id": "2099000024", "locker_id": 2101}', '창구에서', 'council');
SELECT operator_assign('2099000024', 2101);
COMMIT;
