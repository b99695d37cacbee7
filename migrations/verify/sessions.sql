-- Verify locker-server:sessions on pg

BEGIN;

SELECT 'public.auth_refresh_tokens'::regclass, 'public.auth_failures'::regclass;

ROLLBACK;
