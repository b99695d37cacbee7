public import Postgres

/// A student's own sessions, as a person looks through them. One per thread.
public final class SessionList {
    public struct Entry: Equatable, Sendable {
        /// The session's id, a UUID. It identifies and proves nothing: no token can be made of it.
        public let id: String
        /// Whether it is the one that asks.
        public let isCurrent: Bool
        public let startedAt: Timestamp
        /// The last sign-in or refresh; a mere request leaves no trace.
        public let lastUsedAt: Timestamp
        /// What `Client` kept of the device.
        public let userAgent: String?
        public let network: String?
    }

    private let database: Database

    public init(database: Database) { self.database = database }

    private static let list = Statement(
        name: "auth_session_list",
        sql: """
            SELECT session_id, is_current, started_at, last_used_at, user_agent, network
              FROM auth_session_list($1::text, $2::uuid)
            """)

    /// The live sessions of the caller, the one used last first.
    public func all(of caller: Caller) throws -> [Entry] {
        let rows = try database.run(Self.list, [.text(caller.studentID), .literal(caller.tokenID)])
        return try (0..<rows.count).map { index in
            let row = rows[index]
            guard let id = row.uuid(0), let isCurrent = row.bool(1), let startedAt = row.timestamp(2),
                let lastUsedAt = row.timestamp(3)
            else { throw PostgresError.unexpectedResult("auth_session_list") }
            return Entry(
                id: id, isCurrent: isCurrent, startedAt: startedAt, lastUsedAt: lastUsedAt, userAgent: row.text(4),
                network: row.text(5))
        }
    }

    private static let end = Statement(name: "auth_end_session", sql: "SELECT auth_end_session($1::text, $2::uuid)")

    /// Ends one session of the caller. False when there is none with that id: somebody else's is as unknown as none.
    public func end(_ id: String, of caller: Caller) throws -> Bool {
        guard UUIDText.isValid(id) else { return false }
        return try database.run(Self.end, [.text(caller.studentID), .literal(id)]).first?.bool(0) ?? false
    }
}
