public import Postgres

/// How many lockers are free where: for the public board, with nobody's data in it. One per thread.
public final class Board {
    public struct Count: Equatable, Sendable {
        public let location: Location
        public let available: Int
        public let total: Int
    }

    private let database: Database

    public init(database: Database) { self.database = database }

    private static let counts = Statement(
        name: "board_counts",
        sql: """
            SELECT s.location_id, s.location_name, count(*) FILTER (WHERE s.state = 'available'), count(*)
              FROM v_locker_states s WHERE s.cohort IS NULL GROUP BY s.location_id, s.location_name ORDER BY s.location_id
            """)

    /// The counts of every location that has lockers.
    public func counts() throws(PostgresError) -> [Count] {
        let rows = try database.run(Self.counts)
        return try (0..<rows.count).map { index throws(PostgresError) in
            let row = rows[index]
            guard let id = row.int(0), let name = row.text(1), let available = row.int(2), let total = row.int(3) else {
                throw .unexpectedResult("board_counts")
            }
            return Count(location: Location(id: id, name: name), available: available, total: total)
        }
    }
}
