-- What a worker sends for one hold by itself, sent by pgbench, which has to look the session up besides. The first twenty of
-- each connection are its warm-up (a locker of its own): a new session has to compile the functions, and a worker's have done
-- so long ago.
\set i :i + 1
\set n :client_id * :each + :i - 21
\set student :first_student + :n
\set locker :first_locker + (:n * 2654435 % 1000003) % :lockers
\if :i <= 20
\set student :first_student + :students + :client_id
\set locker :first_locker + :lockers + :client_id
\endif
SELECT number, outcome, location_id, location_name, expires_at, seconds_left, opens_at, closes_at
  FROM locker_decide('{hold}', ARRAY[(SELECT access_jti FROM v_live_sessions WHERE student_id = :student::text LIMIT 1)],
                     ARRAY[:student::text], ARRAY[:locker::int], '{bench}', ARRAY[1772420400.123::float8], 60, 1000000, 2, true);
