public import Postgres

/// A student's own rows of the ledger: the receipt. One per thread.
public final class Attempts {
    /// One decision about something that the student asked for, or about a hold of the student's that ran out.
    public struct Entry: Equatable, Sendable {
        public let lockerID: Int
        /// As the ledger has it: `hold`, `confirm`, `release_hold`, `release`, `expire`.
        public let act: String
        /// As the ledger has it: `held`, `replayed`, `locker_taken`, …
        public let outcome: String
        /// When nginx had the request; nil when it is not known, and for a hold that ran out.
        public let receivedAt: Timestamp?
        /// The database's clock at the decision.
        public let decidedAt: Timestamp
        /// For a locker that somebody else had: by how many milliseconds that decision came earlier, rounded up.
        public let lostByMilliseconds: Int?
    }

    /// How many a student is shown at most.
    public static let limit = 100

    private let database: Database

    public init(database: Database) { self.database = database }

    // Of the winner only the instant is read: no identity can come along. An expiry carries the request of whoever
    // claimed the locker next, which is nobody else's business.
    private static let own = Statement(
        name: "attempts_own",
        sql: """
            SELECT d.locker_id, d.act, d.outcome, CASE WHEN d.act <> 'expire' THEN d.received_at END, d.decided_at,
                   CASE WHEN w.decided_at IS NOT NULL
                        THEN greatest(1, ceil(extract(epoch FROM d.decided_at - w.decided_at) * 1000))::int8 END
              FROM locker_decisions d
              LEFT JOIN locker_decisions w ON w.decision_id = d.lost_to AND d.outcome = 'locker_taken'
             WHERE d.student_id = $1::text AND d.act <> 'operator'
             ORDER BY d.decision_id DESC LIMIT \(limit)
            """)

    /// The newest entries of a student, newest first.
    public func own(of studentID: String) throws(PostgresError) -> [Entry] {
        let rows = try database.run(Self.own, [.text(studentID)])
        return try (0..<rows.count).map { index throws(PostgresError) in
            let row = rows[index]
            guard let lockerID = row.int(0), let act = row.text(1), let outcome = row.text(2),
                let decidedAt = row.timestamp(4)
            else { throw .unexpectedResult("attempts_own") }
            return Entry(
                lockerID: lockerID, act: act, outcome: outcome, receivedAt: row.timestamp(3), decidedAt: decidedAt,
                lostByMilliseconds: row.int(5))
        }
    }
}
