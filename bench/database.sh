# shellcheck shell=bash
# What the benches of the database alone have in common: 3,000 students with sessions, 600 lockers, an open period. Sourced by them, in
# stand/with-postgres.

# shellcheck disable=SC2034 # used by whoever sources this
pgbench=$(find /usr/lib/postgresql -name pgbench | sort -V | tail -n 1)

owner() {
    PGOPTIONS='-c client_min_messages=error' psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 "$DB_ADMIN_URL" "$@"
}

# Makes them anew.
fill() {
    owner --file=- <<'SQL'
TRUNCATE users, locker_info, locker_locations, application_periods, locker_decisions, attempt_allowances RESTART IDENTITY CASCADE;
INSERT INTO users (student_id, name, phone_number)
SELECT '2023' || lpad(n::text, 6, '0'), '홍길동', '0101' || lpad(n::text, 7, '0') FROM generate_series(1, 3000) n;
INSERT INTO auth_sessions (session_id, student_id, token_hash, access_jti, started_at, ends_at, used_at, expires_at)
SELECT gen_random_uuid(), student_id, sha256(student_id::bytea), md5(student_id)::uuid, now(), now() + interval '1 day', now(),
       now() + interval '1 day' FROM users;
INSERT INTO locker_locations (name) VALUES ('정보관 2층');
INSERT INTO locker_info (locker_id, location_id) SELECT 1000 + n, 1 FROM generate_series(1, 600) n;
INSERT INTO application_periods (opens_at, closes_at) VALUES (now(), now() + interval '1 day');
SQL
}

# SQL: a hold as a worker sends it, one by itself, of :student after :locker for so many seconds. (It is a student's jti here.)
hold() {
    cat <<SQL
SELECT outcome FROM locker_decide('{hold}', ARRAY[md5(:student::text)::uuid], ARRAY[:student::text], ARRAY[:locker::int], '{bench}',
                                  ARRAY[extract(epoch FROM now())::float8], $1, 1000000, 2, true);
SQL
}

# Of the numbers in a file, one a line.
median() { sort -n "$1" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
