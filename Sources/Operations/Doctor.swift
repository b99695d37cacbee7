internal import Postgres

extension Act {
    /// Mends what statements typed by hand have left behind.
    public static var mend: Act { Act("doctor --fix", [], call: "operator_mend()") }
}

extension Report {
    /// What statements typed by hand have left behind, a fault a row.
    public static let drift = Report(
        list: "drift", sql: "SELECT kind, locker_id, student_id, detail FROM operator_drift() ORDER BY 1, 2, 3")

    /// The facts that `doctor` judges: schema, rights, what the workers' role is set to (migrations/roles.sql), clock.
    public static let facts = Report(
        object: "facts",
        sql: """
            SELECT (SELECT c.change FROM sqitch.changes c WHERE c.project = 'locker-server'
                     ORDER BY c.committed_at DESC LIMIT 1) AS schema,
                   (SELECT json_agg(c.change) FROM sqitch.changes c WHERE c.project = 'locker-server') AS changes,
                   (SELECT json_build_object('digest', d.digest, 'compatible_with', d.compatible_with,
                                             'by_hand', d.fingerprint <> code_fingerprint())
                      FROM deployed_code d) AS code,
                   (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS clock_ms,
                   (SELECT coalesce(json_agg(format('%s %s', c.relname, p.privilege) ORDER BY 1), '[]')
                      FROM pg_class c, unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE']) p(privilege),
                           unnest(ARRAY['locker_app', 'locker_operator']) r(role)
                     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'
                       AND has_table_privilege(r.role, c.oid, p.privilege)) AS writable,
                   (SELECT coalesce(json_agg(f.name), '[]')
                      FROM unnest(ARRAY['auth_sign_in', 'auth_rotate', 'locker_decide']) f(name)
                     WHERE NOT EXISTS (SELECT FROM pg_proc p
                                        WHERE p.pronamespace = 'public'::regnamespace AND p.proname = f.name
                                          AND has_function_privilege('locker_app', p.oid, 'EXECUTE'))) AS missing,
                   (SELECT coalesce(json_agg(p.proname ORDER BY p.proname), '[]') FROM pg_proc p
                     WHERE p.pronamespace = 'public'::regnamespace AND p.prosecdef
                       AND EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                                    WHERE a.grantee = 0)) AS everybody,
                   (SELECT coalesce(json_agg(d.datname ORDER BY d.datname), '[]') FROM pg_database d
                     WHERE d.datname ~ '^locker_(scratch|replaced)_[0-9]+_[0-9]+$'
                       AND NOT EXISTS (SELECT FROM pg_stat_activity s WHERE s.datid = d.oid)) AS left_over,
                   (SELECT coalesce(json_agg(r.rolname), '[]') FROM pg_roles r
                     WHERE r.rolname IN ('locker_app', 'locker_operator', 'locker_owner')
                       AND (r.rolsuper OR r.rolcreaterole OR r.rolbypassrls)) AS too_mighty,
                   (SELECT coalesce(json_agg(format('%s %s', w.role, w.setting) ORDER BY w.role, w.setting), '[]')
                      FROM (VALUES ('locker_app', 'enable_seqscan=off'), ('locker_app', 'jit=off'),
                                   ('locker_app', 'plan_cache_mode=force_generic_plan'), ('locker_app', 'statement_timeout=5s'),
                                   ('locker_app', 'idle_in_transaction_session_timeout=5s'),
                                   ('locker_app', 'default_transaction_isolation=read committed'),
                                   ('locker_app', 'synchronous_commit=on'),
                                   ('locker_operator', 'default_transaction_isolation=read committed'),
                                   ('locker_operator', 'synchronous_commit=on'),
                                   ('locker_operator', 'lock_timeout=2s')) w(role, setting)
                     WHERE NOT EXISTS (SELECT FROM pg_db_role_setting d
                                        WHERE d.setrole = w.role::regrole AND d.setdatabase = 0
                                          AND w.setting = ANY (d.setconfig))
                        OR EXISTS (SELECT FROM pg_db_role_setting d, unnest(d.setconfig) c(setting)
                                    WHERE d.setrole = w.role::regrole
                                      AND d.setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
                                      AND split_part(c.setting, '=', 1) = split_part(w.setting, '=', 1)
                                      AND c.setting <> w.setting)) AS unset,
                   (SELECT coalesce(json_agg(s.name ORDER BY s.name), '[]') FROM pg_settings s
                     WHERE s.name IN ('fsync', 'full_page_writes') AND s.setting <> 'on') AS unsafe
            """)
}
