-- Deploy locker-server:schema to pg

BEGIN;

-- PostgreSQL lets everybody make temporary tables in a new database; nobody here has a use for one.
-- And only the three roles enter: whoever is inside can take an advisory lock.
DO $$ BEGIN
    EXECUTE format('REVOKE CONNECT, TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO locker_app, locker_operator', current_database());
END $$;

GRANT USAGE ON SCHEMA public, sqitch TO locker_app, locker_operator;
-- A worker asks at its start which changes are deployed.
GRANT SELECT ON sqitch.changes TO locker_app;
GRANT SELECT ON ALL TABLES IN SCHEMA sqitch TO locker_operator;

-- lockerctl reads every table (a backup is nothing else), of later changes too, and writes none: it changes through the
-- functions of sql/, which keep the audit.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON TABLES TO locker_operator;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO locker_operator;
-- PostgreSQL lets everybody execute a new function. Here nobody may but who is named beside it.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- Which text of sql/ is deployed: one row, written by sql/apply.
CREATE TABLE deployed_code (
    singleton       boolean     PRIMARY KEY DEFAULT true CHECK (singleton),
    -- What sql/digest printed of the files.
    digest          text        NOT NULL,
    -- The digest of each file by its name: an unchanged one is not run again.
    files           jsonb       NOT NULL,
    -- The digests of earlier files whose workers this code serves as well (sql/compatible).
    compatible_with text[]      NOT NULL,
    -- code_fingerprint() right after: another value now says that somebody changed a function by hand.
    fingerprint     text        NOT NULL,
    applied_at      timestamptz NOT NULL
);
GRANT SELECT ON deployed_code TO locker_app;

COMMIT;
