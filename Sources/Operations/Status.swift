internal import Postgres

extension Report {
    /// How the server stands now: the period, the lockers by place, the decisions of the last minute, the workers, the
    /// schema and the database's room.
    ///
    /// A worker is a process that calls itself so (FCGIApp/Process/WorkerName.swift). It has several connections; one of
    /// them does something every 5 s, whether anybody asks the worker or not: one that has done nothing for four times as
    /// long has stopped, although it is still there.
    public static let status = Report(
        object: "status",
        sql: """
            SELECT (SELECT to_json(p) FROM (\(period.body)) p) AS period,
                   (SELECT to_json(o) FROM (
                        SELECT count(*) AS total, count(*) FILTER (WHERE s.state = 'available') AS available,
                               count(*) FILTER (WHERE s.state = 'held') AS held,
                               count(*) FILTER (WHERE s.state = 'confirmed') AS confirmed,
                               count(*) FILTER (WHERE s.state = 'disabled') AS disabled
                          FROM v_locker_states s WHERE s.cohort IS NULL) o) AS lockers,
                   (SELECT coalesce(json_agg(to_json(l)), '[]') FROM (\(locations.body)) l) AS locations,
                   (SELECT to_json(d) FROM (
                        SELECT count(*) FILTER (WHERE d.act <> 'expire') AS all,
                               count(*) FILTER (WHERE d.act = 'hold' AND d.outcome = 'held') AS held,
                               count(*) FILTER (WHERE d.act = 'confirm' AND d.outcome = 'confirmed') AS confirmed,
                               count(*) FILTER (WHERE d.act = 'hold' AND d.outcome IN ('locker_taken', 'locker_disabled')) AS taken
                          FROM locker_decisions d
                         WHERE d.decided_at > clock_timestamp() - interval '1 minute') d) AS decisions_last_minute,
                   (SELECT count(*) FROM pg_stat_activity a
                     WHERE a.usename = 'locker_app' AND a.datname = current_database()) AS worker_connections,
                   (SELECT coalesce(json_agg(to_json(w) ORDER BY w.host, w.pid), '[]') FROM (
                        SELECT n.part[2] AS host, n.part[1]::int AS pid, count(*) AS connections,
                               max(a.state_change) > clock_timestamp() - interval '20 seconds' AS alive
                          FROM pg_stat_activity a,
                               regexp_match(a.application_name, '^locker-worker ([0-9]{1,9})@(.*)$') AS n(part)
                         WHERE a.usename = 'locker_app' AND a.datname = current_database() AND n.part IS NOT NULL
                         GROUP BY 1, 2) w) AS workers,
                   (SELECT c.change FROM sqitch.changes c WHERE c.project = 'locker-server'
                     ORDER BY c.committed_at DESC LIMIT 1) AS schema,
                   (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'client backend') AS connections,
                   current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                       AS connections_limit,
                   current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
                       - (SELECT count(*) FROM pg_stat_activity a WHERE a.backend_type = 'client backend')
                       AS connections_left,
                   pg_database_size(current_database()) AS database_bytes,
                   current_setting('data_directory', true) AS data_directory,
                   inet_server_addr() IS NULL AS local_server
            """)
}
