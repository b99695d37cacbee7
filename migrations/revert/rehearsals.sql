-- Revert locker-server:rehearsals from pg

BEGIN;

DROP FUNCTION rehearsal_wipe(text);
DROP FUNCTION rehearsal_leftovers();
DROP FUNCTION rehearsal_open(text, interval, interval);
DROP FUNCTION rehearsal_make(text, int, int);
DROP FUNCTION rehearsal_check(text);

COMMIT;
