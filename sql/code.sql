-- What is deployed of this folder.

-- The text of every function, view and trigger as the database has it, with who may use it, as one figure: when it is no
-- longer the one that sql/apply wrote down, somebody has changed one of them by hand. Called by sql/apply and `doctor`.
CREATE OR REPLACE FUNCTION code_fingerprint() RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT md5(string_agg(o.text, E'\n' ORDER BY o.text))
      FROM (SELECT pg_get_functiondef(p.oid) || (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(p.proacl) a)
              FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.prokind IN ('f', 'p')
             UNION ALL
            SELECT c.relname || pg_get_viewdef(c.oid) || (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(c.relacl) a)
              FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v'
             UNION ALL
            SELECT pg_get_triggerdef(t.oid) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal) o(text);
$$;
GRANT EXECUTE ON FUNCTION code_fingerprint() TO locker_operator;
