public import Postgres

/// Whether lockers can be held now, and when. One per thread.
public final class ApplicationPeriods {
    public enum State: String, Sendable {
        case upcoming, open, closed
    }

    /// The period that matters now, by the database's clock: the open one, else the next, else the last.
    public struct Current: Equatable, Sendable {
        public let state: State
        /// Nil when no period was ever set.
        public let opensAt: Timestamp?
        public let closesAt: Timestamp?
        public let serverTime: Timestamp
    }

    private let database: Database

    public init(database: Database) { self.database = database }

    private static let current = Statement(
        name: "application_period",
        sql: """
            SELECT p.state, p.opens_at, p.closes_at, c.now
              FROM application_period_at(now()) p RIGHT JOIN (SELECT clock_timestamp() AS now) c ON true
            """)

    public func current() throws(PostgresError) -> Current {
        guard let row = try database.run(Self.current).first, let serverTime = row.timestamp(3) else {
            throw .unexpectedResult("application_period")
        }
        let state = row.text(0).flatMap(State.init) ?? .closed
        return Current(state: state, opensAt: row.timestamp(1), closesAt: row.timestamp(2), serverTime: serverTime)
    }
}
