-- Verify locker-server:sessions on pg

BEGIN;

SELECT 'public.auth_sessions'::regclass, 'public.auth_spent_tokens'::regclass, 'public.auth_failures'::regclass;

ROLLBACK;
