-- Verify locker-server:sessions_follow on pg

BEGIN;

SELECT 1 / (count(*) = 0)::int FROM information_schema.triggered_update_columns c
 WHERE c.trigger_name = 'users_end_sessions' AND c.event_object_column = 'student_id';

ROLLBACK;
