internal import Postgres

extension Act {
    /// Instants in any notation of PostgreSQL's `timestamptz`, with their offset.
    public static func setPeriod(opens: String, closes: String, force: Bool) -> Act {
        Act(
            "period set", [("opens", opens), ("closes", closes)],
            call: "operator_period_set($1::timestamptz, $2::timestamptz, $3::boolean)",
            [.literal(opens), .literal(closes), .bool(force)])
    }
    public static var closePeriod: Act { Act("period close-now", [], call: "operator_period_close()") }
    public static func openPeriod(closes: String?) -> Act {
        Act(
            "period open-now", [("closes", closes)], call: "operator_period_open($1::timestamptz)", [.literal(closes)])
    }
}

extension Report {
    /// The period that matters now, with the seconds until it opens and closes.
    public static let period = Report(
        object: "period",
        sql: """
            SELECT coalesce(p.state, 'closed') AS state, p.opens_at, p.closes_at, c.now AS server_time,
                   ceil(extract(epoch FROM p.opens_at - c.now))::bigint AS seconds_until_open,
                   ceil(extract(epoch FROM p.closes_at - c.now))::bigint AS seconds_until_close
              FROM application_period_at(now()) p RIGHT JOIN (SELECT clock_timestamp() AS now) c ON true
            """)
}
