-- Run once per cluster by a superuser, before the first `sqitch deploy`. Safe to run again.
-- Roles belong to the cluster and not to a database, so they cannot be a migration of one database.

-- Owns the schema and migrates it. Nothing that answers students ever connects as this role.
DO $$ BEGIN
  CREATE ROLE locker_owner LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

-- What the workers connect as: no DDL, no direct write to any table (each table's rights are in migrations/deploy, each function's in sql/).
DO $$ BEGIN
  CREATE ROLE locker_app LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

-- A worker's statement must end before nginx stops waiting for it (fastcgi_read_timeout 10s), so that
-- nothing goes on deciding behind the back of a student who was already told 503.
ALTER ROLE locker_app SET statement_timeout = '5s';
-- A worker never keeps a transaction open between two calls; one that does was stopped in the middle.
ALTER ROLE locker_app SET idle_in_transaction_session_timeout = '5s';
-- A plan that was made while a table was small is kept by the connection, and in the opening minute the table grows from
-- a few rows to thousands: an index from the beginning. Where there is none (the periods) the table is read all the same.
ALTER ROLE locker_app SET enable_seqscan = off;
-- What cannot be avoided counts as very dear then, and nothing here is worth being compiled.
ALTER ROLE locker_app SET jit = off;

-- What the guarantee rests on, whatever the server's own defaults: each statement of a decision sees what was committed when
-- it began, and a yes is on the disk before it is told. (Functions say so again where it matters: sql/guard.sql.)
DO $$
DECLARE
  v_role text;
BEGIN
  FOREACH v_role IN ARRAY ARRAY['locker_owner', 'locker_app'] LOOP
    EXECUTE format('ALTER ROLE %I SET default_transaction_isolation = %L', v_role, 'read committed');
    EXECUTE format('ALTER ROLE %I SET synchronous_commit = on', v_role);
  END LOOP;
END $$;
-- One plan for a connection, whatever the values: a plan for each value costs more than what it could save.
ALTER ROLE locker_app SET plan_cache_mode = force_generic_plan;

-- What lockerctl connects as: reads everything, changes only through functions that keep an audit.
DO $$ BEGIN
  CREATE ROLE locker_operator LOGIN;
EXCEPTION WHEN duplicate_object THEN NULL;
END $$;

-- Connections, settings and the place of the data, for `lockerctl status` and `doctor`.
GRANT pg_monitor TO locker_operator;
-- What an operator reads is in Korean time.
ALTER ROLE locker_operator SET timezone = 'Asia/Seoul';
ALTER ROLE locker_operator SET statement_timeout = '120s';
-- The same as above.
ALTER ROLE locker_operator SET default_transaction_isolation = 'read committed';
ALTER ROLE locker_operator SET synchronous_commit = on;
-- Students do not wait for an operator who waits. (Functions that wait for the gate have a limit of their own.)
ALTER ROLE locker_operator SET lock_timeout = '2s';
-- A command that is stopped in the middle of its act must not hold up the students.
ALTER ROLE locker_operator SET idle_in_transaction_session_timeout = '10s';

-- An error's DETAIL quotes rows ("Key (phone_number)=(…) already exists"), and a statement typed by hand has people's
-- data in it: neither belongs into the server's log, whoever's session it is. A managed PostgreSQL may keep these
-- settings to itself; then they are to be set there.
DO $$
DECLARE
  v_role    text;
  v_setting text;
BEGIN
  FOREACH v_role IN ARRAY ARRAY['locker_owner', 'locker_app', 'locker_operator'] LOOP
    FOREACH v_setting IN ARRAY ARRAY['log_error_verbosity = terse', 'log_min_error_statement = panic',
                                     'log_parameter_max_length = 0', 'log_parameter_max_length_on_error = 0'] LOOP
      EXECUTE format('ALTER ROLE %I SET %s', v_role, v_setting);
    END LOOP;
  END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
  RAISE WARNING 'may not set what is logged: set log_error_verbosity and log_min_error_statement for the whole server';
END $$;
