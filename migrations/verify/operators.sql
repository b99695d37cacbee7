-- Verify locker-server:operators on pg

BEGIN;

SELECT audit_id, at, os_user, db_role, command, arguments, reason, undo_of, undone_by, not_undoable, images_until
  FROM operator_audit WHERE false;
SELECT change_id, audit_id, relation, before, after FROM operator_changes WHERE false;
SELECT 'operator_begin(text, jsonb, text, text)'::regprocedure;

ROLLBACK;
