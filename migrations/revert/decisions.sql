-- Revert locker-server:decisions from pg

BEGIN;

DROP FUNCTION locker_sweep(int);
DROP FUNCTION locker_release(text, int, text, timestamptz);
DROP FUNCTION locker_release_hold(text, int, text, timestamptz);
DROP FUNCTION locker_confirm(text, int, text, timestamptz);
DROP FUNCTION locker_hold(text, int, int, text, timestamptz, int);
DROP FUNCTION locker_expire(text, int, text, timestamptz);
DROP FUNCTION locker_hold_obstacle(text, int);
DROP FUNCTION locker_answer_for(text, int, timestamptz);
DROP TYPE locker_answer;
DROP FUNCTION locker_record(text, int, text, text, boolean, boolean, text, timestamptz, bigint, bigint);
DROP FUNCTION locker_guard(text, int);

COMMIT;
