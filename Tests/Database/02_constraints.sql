-- Keys and checks, tried in earnest.
\ir support/start.psql
SELECT plan(28);

-- What no constraint can say. (The tables themselves are docs/schema.sql, which a test compares.)
SELECT is_empty($$
    SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v') AND a.attnum > 0
       AND format_type(a.atttypid, a.atttypmod) LIKE 'timestamp%without time zone'
$$, 'every instant has a time zone');
SELECT is((SELECT seqcache FROM pg_sequence WHERE seqrelid = 'locker_decision_seq'::regclass), 1::bigint,
    'decision numbers are not cached: their order is the order of decisions');
SELECT is(pg_get_serial_sequence('locker_locations', 'location_id'), 'public.locker_locations_location_id_seq',
    'the sequence of locations has the name that operators setval');
SELECT ok(NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'locker_decisions'::regclass AND contype = 'f'),
    'the ledger refers to nothing, so it outlives what it tells of');
SELECT is((SELECT array_agg(c.relname::text) FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'S') AND c.relpersistence <> 'p'
              AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')),
    ARRAY['attempt_allowances'], 'a crash forgets how often somebody may still try, and nothing else');

-- The constraints bite, against statements typed by hand.
SELECT tap.student(1) AS one, tap.student(2) AS two, tap.lockers(9101, 9103) \gset
INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9101, :'one', 'confirmed');
SELECT throws_ok(format($$INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9101, %L, 'confirmed')$$,
    :'two'), '23505', NULL, 'a second active assignment of a locker is impossible');
SELECT throws_ok(format($$INSERT INTO locker_assignments (locker_id, student_id, state, hold_expires_at)
    VALUES (9102, %L, 'hold', now())$$, :'one'), '23505', NULL, 'a second active assignment of a student is impossible');
SELECT lives_ok(format($$INSERT INTO locker_assignments (locker_id, student_id, state)
    VALUES (9101, %L, 'expired'), (9101, %1$L, 'cancelled')$$, :'two'), 'history may repeat');
SELECT throws_ok(format($$INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9102, %L, 'hold')$$,
    :'two'), '23514', NULL, 'a hold without an expiry is impossible');
-- The old server's snippets give no instants of their own.
SELECT ok(bool_and((state = 'confirmed') = (confirmed_at IS NOT NULL) AND (state = 'cancelled') = (released_at IS NOT NULL)),
    'confirmed and cancelled say since when, also by hand') FROM locker_assignments;
UPDATE locker_assignments SET state = 'cancelled' WHERE student_id = :'one';
SELECT ok(released_at > confirmed_at, 'and when a statement changes the state') FROM locker_assignments WHERE student_id = :'one';
-- What fills them in is a trigger; where it is switched off, as for a restore, the table itself insists.
SET LOCAL session_replication_role = replica;
SELECT throws_ok(format($$INSERT INTO locker_assignments (locker_id, student_id, state) VALUES (9102, %L, 'confirmed')$$, :'two'),
    '23514', NULL, 'confirmed without its instant is impossible');
SELECT throws_ok(format($$UPDATE locker_assignments SET released_at = NULL WHERE student_id = %L AND state = 'cancelled'$$, :'one'),
    '23514', NULL, 'and so is cancelled');
SELECT lives_ok(format($$UPDATE locker_assignments SET released_at = NULL WHERE student_id = %L AND state = 'expired'$$, :'two'),
    'what ran out has its end in its expiry');
SET LOCAL session_replication_role = origin;
SELECT throws_ok(format($$UPDATE locker_assignments SET decided_at = NULL WHERE student_id = %L$$, :'one'), '23502', NULL,
    'an assignment says when it was decided about');
SELECT throws_ok(format($$INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
    VALUES (gen_random_uuid(), %L, 'x', gen_random_uuid(), now(), now(), now(), now())$$, :'one'), '23514', NULL,
    'a token is kept as its digest');
SELECT throws_ok(format($$UPDATE locker_assignments SET decision_id = 1 WHERE student_id = %L$$, :'two'), '23505', NULL,
    'a decision makes one assignment');
SELECT throws_ok($$INSERT INTO locker_decisions (decision_id, decided_at, locker_id, act, outcome, guarded)
    VALUES (1, now(), 9101, 'hold', 'won', true)$$, '22P02', NULL, 'an outcome is one of the list');
SELECT throws_ok($$INSERT INTO locker_decisions (decision_id, decided_at, locker_id, act, outcome, guarded)
    VALUES (1, now(), 9101, 'take', 'held', true)$$, '22P02', NULL, 'and so is an act');
SELECT throws_ok($$INSERT INTO users (student_id, name, phone_number) VALUES ('2023-32123', '홍길동', '01090000099')$$,
    '23514', NULL, 'a 학번 has ten digits');
SELECT lives_ok($$INSERT INTO users (student_id, name, phone_number, adopted) VALUES ('2023-32123', '홍길동', '01090000099', true)$$,
    'but for one that came from an old server');
SELECT throws_ok($$INSERT INTO application_periods (opens_at, closes_at) VALUES (now(), now())$$, '23514', NULL,
    'a period closes after it opens');
SELECT throws_ok($$INSERT INTO application_periods (opens_at, closes_at) VALUES (now(), 'infinity')$$, '23514', NULL,
    'a period''s end is a date');
SELECT throws_ok($$INSERT INTO application_periods (opens_at, closes_at) VALUES ('-infinity', now())$$, '23514', NULL,
    'and so is its beginning');
INSERT INTO application_periods (opens_at, closes_at) VALUES ('2026-03-02 12:00+09', '2026-03-06 18:00+09');
SELECT throws_ok($$INSERT INTO application_periods (opens_at, closes_at) VALUES ('2026-03-06 17:59+09', '2026-03-07 18:00+09')$$,
    '23P01', NULL, 'two periods never overlap');
SELECT lives_ok($$INSERT INTO application_periods (opens_at, closes_at) VALUES ('2026-03-06 18:00+09', '2026-03-07 18:00+09')$$,
    'a period may begin the instant another closes');
SELECT throws_ok($$INSERT INTO locker_info (locker_id, location_id) VALUES (0, 1)$$, '23514', NULL,
    'a locker has a positive number');
SELECT throws_ok($$INSERT INTO users (student_id, name, phone_number) VALUES ('2099000009', '김철수', '01090000001')$$,
    '23505', NULL, 'a phone belongs to one student');

\ir support/finish.psql
