-- What a worker sends for a hold, sent by pgbench. The first twenty of each connection are its warm-up (a locker of its
-- own): a new session has to compile the functions, and a worker's have done so long ago.
\set i :i + 1
\set n :client_id * :each + :i - 21
\set student :first_student + :n
\set locker :first_locker + (:n * 2654435 % 1000003) % :lockers
\if :i <= 20
\set student :first_student + :students + :client_id
\set locker :first_locker + :lockers + :client_id
\endif
SELECT outcome, locker_id, location_id, location_name, state, expires_at, seconds_left, opens_at, closes_at
  FROM locker_hold(:student::text, :locker::int, 60, 'bench', to_timestamp(1772420400.123::float8), 1000000);
