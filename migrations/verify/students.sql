-- Verify locker-server:students on pg

BEGIN;

SELECT student_id, serial_id, name, phone_number, created_at, updated_at, cohort FROM users WHERE false;

ROLLBACK;
