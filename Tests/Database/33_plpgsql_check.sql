-- Every function in PL/pgSQL as plpgsql_check sees it: statements that could not run, variables that nobody reads, text that
-- becomes a statement. Not what it says of speed: whether a function is VOLATILE decides here what it sees, not how fast it is.
\ir support/start.psql
SELECT plan(3);
CREATE EXTENSION plpgsql_check WITH SCHEMA tap;
-- As operator_begin leaves it.
SET LOCAL locker.audit_id = '0';

CREATE FUNCTION tap.faults(p_name text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format('%s line %s: %s %s', p.oid::regprocedure, c.lineno, c.level, c.message)
      FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang LEFT JOIN pg_trigger t ON t.tgfoid = p.oid,
           tap.plpgsql_check_function_tb(p.oid, coalesce(t.tgrelid, 0), extra_warnings := true, security_warnings := true,
                                         performance_warnings := false) c
     WHERE l.lanname = 'plpgsql' AND p.pronamespace = 'public'::regnamespace AND p.proname LIKE p_name;
$$;

SELECT is_empty($$SELECT tap.faults('%')$$, 'no function has a fault');
SELECT cmp_ok((SELECT count(*) FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
                WHERE l.lanname = 'plpgsql' AND p.pronamespace = 'public'::regnamespace), '>', 50::bigint, 'and all were looked at');
-- The control.
CREATE FUNCTION public.faulty() RETURNS int LANGUAGE plpgsql AS $$
DECLARE v_unread int; BEGIN v_unread := (SELECT no_such_column FROM users); RETURN 1; END $$;
SELECT isnt_empty($$SELECT tap.faults('faulty')$$, 'a fault shows');

\ir support/finish.psql
