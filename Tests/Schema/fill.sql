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

-- A last semester with its archive.
SELECT locker_hold((2099000000 + n)::text, 1100 + n, 60, 'tag-1', now()) FROM generate_series(1, 10) n;
SELECT locker_confirm((2099000000 + n)::text, 1100 + n, 'tag-2', now()) FROM generate_series(1, 8) n;
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
SELECT auth_register((2099000000 + n)::text, '학생' || n, '0105550' || lpad(n::text, 4, '0')) FROM generate_series(1, 25) n WHERE n % 7 > 0;
SELECT auth_sign_in(student_id, name, phone_number, true, sha256(student_id::bytea), md5(student_id)::uuid, md5('f' || student_id)::uuid,
    1800, 86400, 'Mozilla/5.0', '192.0.2.0', 5, 600) FROM users;
SELECT auth_sign_in('2099000001', '다른이름', '01055500001', true, sha256('x'), gen_random_uuid(), gen_random_uuid(),
    1800, 86400, NULL, NULL, 5, 600);
SELECT locker_hold(student_id, 1101 + (serial_id % 14)::int, 60, 'tag-3', now()) FROM users;
SELECT locker_confirm(student_id, locker_id, 'tag-4', now()) FROM v_active_assignments WHERE assignment_id % 3 > 0;
SELECT locker_release(student_id, locker_id, 'tag-5', now()) FROM v_active_assignments WHERE state = 'confirmed' ORDER BY 1 LIMIT 2;
BEGIN;
SELECT operator_begin('locker disable', '{"locker_id": 2112}', '문이 부서짐', 'council');
SELECT operator_locker_disable(2112, true);
COMMIT;
BEGIN;
SELECT operator_begin('assign', '{"student_id": "2099000024", "locker_id": 2101}', '창구에서', 'council');
SELECT operator_assign('2099000024', 2101);
COMMIT;
