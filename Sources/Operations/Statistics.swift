internal import Postgres

/// The span that figures are about.
public struct Span: Sendable {
    let since: String?
    let until: String?

    /// Instants in the database's notation. Nil for both: the period that is open or was the last one.
    public init(since: String?, until: String?) {
        self.since = since
        self.until = until
    }

    fileprivate var parameters: [Parameter] { [.literal(since), .literal(until)] }

    /// The first instant and the one after the last, as `span` in a FROM.
    fileprivate static let sql = """
        (SELECT coalesce($1::timestamptz, p.opens_at) AS since,
                least(coalesce($2::timestamptz, p.closes_at), clock_timestamp()) AS until
           FROM (SELECT 1) one LEFT JOIN application_period_at(now()) p ON true) span
        """
    /// The real decisions of students about holding and confirming.
    fileprivate static let decisions = """
        locker_decisions d JOIN locker_info l USING (locker_id)
          JOIN locker_locations p ON p.location_id = l.location_id AND p.cohort IS NULL
        """
}

extension Report {
    /// The span itself and the figures of all: attempts, students, winners, how long until the last locker was won.
    public static func totals(_ span: Span) -> Report {
        Report(
            object: "totals", span.parameters,
            sql: """
                SELECT span.since, span.until, t.*,
                       (SELECT count(*) FROM v_locker_states v WHERE v.cohort IS NULL) AS lockers,
                       (SELECT count(*) FROM v_locker_states v WHERE v.cohort IS NULL AND v.state = 'available') AS left
                  FROM \(Span.sql), LATERAL (
                       SELECT count(*) FILTER (WHERE d.act = 'hold') AS attempts,
                              count(DISTINCT d.student_id) FILTER (WHERE d.act = 'hold') AS students,
                              count(*) FILTER (WHERE d.act = 'hold' AND d.outcome = 'held') AS held,
                              count(*) FILTER (WHERE d.act = 'confirm' AND d.outcome = 'confirmed') AS confirmed,
                              (extract(epoch FROM max(d.decided_at) FILTER (
                                  WHERE d.act = 'confirm' AND d.outcome = 'confirmed') - span.since) * 1000)::bigint AS last_won_ms
                         FROM \(Span.decisions)
                        WHERE d.decided_at >= span.since AND d.decided_at < span.until) t
                """)
    }

    /// The same by place.
    public static func byLocation(_ span: Span) -> Report {
        Report(
            list: "by_location", span.parameters,
            sql: """
                SELECT p.location_id, p.name AS location, count(DISTINCT l.locker_id) AS lockers,
                       count(d.*) FILTER (WHERE d.act = 'hold') AS attempts,
                       count(DISTINCT d.student_id) FILTER (WHERE d.act = 'hold') AS students,
                       count(*) FILTER (WHERE d.act = 'confirm' AND d.outcome = 'confirmed') AS confirmed,
                       (SELECT count(*) FROM v_locker_states v
                         WHERE v.location_id = p.location_id AND v.state = 'available') AS left,
                       (extract(epoch FROM max(d.decided_at) FILTER (
                           WHERE d.act = 'confirm' AND d.outcome = 'confirmed') - min(span.since)) * 1000)::bigint AS last_won_ms
                  FROM \(Span.sql) CROSS JOIN locker_locations p
                  JOIN locker_info l USING (location_id)
                  LEFT JOIN locker_decisions d ON d.locker_id = l.locker_id
                                              AND d.decided_at >= span.since AND d.decided_at < span.until
                 WHERE p.cohort IS NULL GROUP BY p.location_id, p.name ORDER BY p.location_id
                """)
    }

    /// The rush after the opening, in steps of so many seconds, empty ones too.
    public static func byStep(_ span: Span, seconds: Int, steps: Int) -> Report {
        Report(
            list: "by_step", span.parameters + [.int(seconds), .int(steps)],
            sql: """
                SELECT s.n * $3::int AS second, count(d.*) AS attempts,
                       count(d.*) FILTER (WHERE d.outcome = 'held') AS held
                  FROM \(Span.sql) CROSS JOIN generate_series(0, $4::int - 1) s(n)
                  LEFT JOIN LATERAL (
                       SELECT d.outcome FROM \(Span.decisions)
                        WHERE d.act = 'hold' AND d.decided_at < span.until
                          AND d.decided_at >= span.since + make_interval(secs => s.n * $3::int)
                          AND d.decided_at < span.since + make_interval(secs => (s.n + 1) * $3::int)) d ON true
                 GROUP BY s.n ORDER BY s.n
                """)
    }
}
