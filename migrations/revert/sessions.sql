-- Revert locker-server:sessions from pg

BEGIN;

DROP TRIGGER users_end_sessions ON users;
DROP FUNCTION users_end_sessions();
DROP FUNCTION auth_end_family(text, uuid);
DROP FUNCTION auth_sessions(text, uuid);
DROP FUNCTION auth_end_all_sessions(text, text);
DROP FUNCTION auth_end_session(bytea, uuid);
DROP FUNCTION auth_rotate(bytea, bytea, uuid, int, text, text);
DROP FUNCTION auth_open_session(text, bytea, uuid, uuid, int, int, text, text);
DROP FUNCTION auth_lock(text);
DROP TABLE auth_refresh_tokens;

COMMIT;
