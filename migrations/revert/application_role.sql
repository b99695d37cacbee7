-- Revert locker-server:application_role from pg

BEGIN;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM locker_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM locker_app;
REVOKE ALL ON SCHEMA public FROM locker_app;
REVOKE ALL ON sqitch.changes FROM locker_app;
REVOKE ALL ON SCHEMA sqitch FROM locker_app;
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC;
DO $$ BEGIN
    EXECUTE format('GRANT TEMPORARY ON DATABASE %I TO PUBLIC', current_database());
END $$;

COMMIT;
