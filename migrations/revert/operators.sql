-- Revert locker-server:operators from pg

BEGIN;

DROP FUNCTION operator_note(text, jsonb);
DROP FUNCTION operator_act();
DROP FUNCTION operator_begin(text, jsonb, text, text);
DROP FUNCTION operator_forget();
DROP FUNCTION operator_refusal(text, text[]);
DROP FUNCTION operator_gate();
DROP TRIGGER operator_keep ON application_periods;
DROP TRIGGER operator_keep ON locker_assignments;
DROP TRIGGER operator_keep ON locker_info;
DROP TRIGGER operator_keep ON locker_locations;
DROP TRIGGER operator_keep ON users;
DROP FUNCTION operator_keep();
DROP TABLE operator_changes;
DROP TABLE operator_audit;

COMMIT;
