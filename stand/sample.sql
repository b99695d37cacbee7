-- The sample data of a stand, in the old server's own statements. Applied once, to an empty database.
BEGIN;

INSERT INTO locker_locations (location_id, name) VALUES
    (1, '정보관 B1 엘리베이터 옆1'),
    (2, '정보관 B1 엘리베이터 옆2'),
    (3, '정보관 B1 기계실 옆'),
    (4, '정보관 2층'),
    (5, '정보관 3층'),
    (6, '과학도서관 6층 620호 옆'),
    (7, '과학도서관 6층 614호 옆');
SELECT setval('locker_locations_location_id_seq', 7, true);

INSERT INTO locker_info (locker_id, location_id) VALUES
    (101, 1), (102, 1), (103, 1),
    (104, 2), (105, 2), (106, 2),
    (201, 3), (202, 3),
    (301, 4), (302, 4), (303, 4), (304, 4),
    (401, 5), (402, 5), (403, 5), (404, 5),
    (501, 6), (502, 6), (503, 6),
    (601, 7), (602, 7), (603, 7);

-- Invented people.
INSERT INTO users (student_id, name, phone_number, created_at, updated_at) VALUES
    ('2023321234', '홍길동', '01012345678', now(), now()),
    ('2023325678', '김철수', '01087654321', now(), now());

-- Open from now on, for as long as a stand is likely to live.
INSERT INTO application_periods (opens_at, closes_at)
VALUES (date_trunc('minute', now()), date_trunc('minute', now()) + interval '1 year');

COMMIT;

-- A fresh table has no statistics, and the planner would read the whole of it for every look-up.
ANALYZE users, locker_locations, locker_info, locker_assignments, application_periods;
