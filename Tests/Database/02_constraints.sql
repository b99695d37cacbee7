-- Keys, checks, indexes. Exact lists: what is added or lost later shows here.
\ir support/start.psql
SELECT plan(24);

CREATE FUNCTION tap.constraints(p_table text) RETURNS text[] LANGUAGE sql AS $$
    SELECT array_agg(pg_get_constraintdef(oid) ORDER BY contype, pg_get_constraintdef(oid) COLLATE "C")
      FROM pg_constraint WHERE conrelid = ('public.' || p_table)::regclass;
$$;

SELECT is(tap.constraints('users'), ARRAY['CHECK ((cohort <> ''''::text))', 'PRIMARY KEY (student_id)', 'UNIQUE (phone_number)', 'UNIQUE (serial_id)'],
    'users');
SELECT is(tap.constraints('locker_locations'), ARRAY['CHECK ((cohort <> ''''::text))', 'PRIMARY KEY (location_id)',
    'UNIQUE (name)'], 'locker_locations');
SELECT is(tap.constraints('locker_info'), ARRAY[
    'CHECK (((unlisted_at IS NULL) OR (disabled_at IS NOT NULL)))', 'CHECK ((locker_id > 0))',
    'FOREIGN KEY (location_id) REFERENCES locker_locations(location_id)',
    'FOREIGN KEY (owner) REFERENCES users(student_id) ON UPDATE CASCADE ON DELETE SET NULL',
    'PRIMARY KEY (locker_id)', 'UNIQUE (owner)'], 'locker_info');
SELECT is(tap.constraints('locker_assignments'), ARRAY[
    'CHECK (((state <> ''hold''::assignment_state) OR (hold_expires_at IS NOT NULL)))',
    'FOREIGN KEY (locker_id) REFERENCES locker_info(locker_id)',
    'FOREIGN KEY (student_id) REFERENCES users(student_id) ON UPDATE CASCADE ON DELETE CASCADE',
    'PRIMARY KEY (assignment_id)'], 'locker_assignments');
SELECT is(tap.constraints('application_periods'), ARRAY['CHECK ((cohort <> ''''::text))',
    'CHECK ((isfinite(opens_at) AND isfinite(closes_at)))', 'CHECK ((opens_at < closes_at))', 'PRIMARY KEY (period_id)',
    'EXCLUDE USING gist (int8range((hashtext(COALESCE(cohort, ''''::text)))::bigint, (hashtext(COALESCE(cohort, ''''::text)))::bigint, ''[]''::text) WITH &&, tstzrange(opens_at, closes_at) WITH &&)'], 'application_periods');
SELECT ok(NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'locker_decisions'::regclass AND contype = 'f'),
    'the ledger refers to nothing, so it outlives what it tells of');
SELECT fk_ok('auth_refresh_tokens', 'student_id', 'users', 'student_id');
SELECT col_is_unique('auth_refresh_tokens', 'token_hash');
SELECT col_is_unique('auth_refresh_tokens', 'access_jti');

-- The second line of defence and the look-ups.
SELECT is((SELECT array_agg(indexdef ORDER BY indexname) FROM pg_indexes
            WHERE schemaname = 'public' AND tablename = 'locker_assignments' AND indexname !~ 'pkey'), ARRAY[
    'CREATE INDEX idx_assignments_lookup ON public.locker_assignments USING btree (locker_id, state)',
    'CREATE INDEX idx_assignments_stale ON public.locker_assignments USING btree (hold_expires_at) WHERE (state = ''hold''::assignment_state)',
    'CREATE INDEX idx_assignments_student ON public.locker_assignments USING btree (student_id)',
    'CREATE UNIQUE INDEX ux_active_assignment_per_locker ON public.locker_assignments USING btree (locker_id) WHERE (state = ANY (ARRAY[''hold''::assignment_state, ''confirmed''::assignment_state]))',
    'CREATE UNIQUE INDEX ux_active_assignment_per_user ON public.locker_assignments USING btree (student_id) WHERE (state = ANY (ARRAY[''hold''::assignment_state, ''confirmed''::assignment_state]))'],
    'indexes of locker_assignments');
SELECT has_index('locker_decisions', 'idx_decisions_student', ARRAY['student_id', 'decision_id']);
SELECT has_index('locker_decisions', 'idx_decisions_locker', ARRAY['locker_id', 'decision_id']);
SELECT index_is_type('locker_decisions', 'idx_decisions_time', 'brin');

-- And that they bite, against statements typed by hand.
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
