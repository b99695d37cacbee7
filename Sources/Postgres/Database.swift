import CPostgres

/// One thread's way to the database: a connection that is made when it is first needed and made again by itself
/// after a loss. Not for sharing between threads.
public final class Database {
    /// Times that bound every call.
    public struct Limits: Sendable {
        /// How long making a connection may take.
        public var connect: Duration
        /// How long a statement may take, as the client sees it; above the role's `statement_timeout`.
        public var statement: Duration
        /// How long to leave the server alone after a connection could not be made: each call meanwhile fails at once.
        public var pauseAfterFailure: Duration

        public init(
            connect: Duration = .seconds(2), statement: Duration = .seconds(6),
            pauseAfterFailure: Duration = .milliseconds(100)
        ) {
            self.connect = connect
            self.statement = statement
            self.pauseAfterFailure = pauseAfterFailure
        }
    }

    /// One for each server that the url names, the one that was connected last before the others.
    private var urls: [String]
    private let name: String?
    let limits: Limits
    private let keepsStatements: Bool
    private var session: Session?
    private var lastFailure: (error: PostgresError, at: ContinuousClock.Instant)?
    /// How many times a connection was made.
    public private(set) var connections = 0

    /// - Parameters:
    ///   - url: a libpq connection string or URL; several hosts and `target_session_attrs` are fine. Each of them has an
    ///     equal share of the time for connecting, so that one which is silent does not take it from the others.
    ///   - name: what `pg_stat_activity.application_name` says of its connections (63 bytes of ASCII), whatever the url
    ///     says; nil leaves it to the url.
    ///   - keepsStatements: false sends every statement whole, for a pooler that gives each transaction another
    ///     connection to the server (PgBouncer's transaction mode): a name that one knows is unknown to the next.
    public init(url: String, name: String? = nil, limits: Limits = Limits(), keepsStatements: Bool = true) {
        urls =
            ConnectionString(url).map { string in
                let servers = string.servers
                return servers.count > 1 ? servers.map(\.text) : [url]
            } ?? [url]
        self.name = name
        self.limits = limits
        self.keepsStatements = keepsStatements
    }

    /// Whether libpq can read a connection string or URL.
    public static func isConnectionString(_ url: String) -> Bool {
        var message: UnsafeMutablePointer<CChar>?
        let options = PQconninfoParse(url, &message)
        PQconninfoFree(options)
        // The message quotes the string, where a password may stand: it is freed unread.
        PQfreemem(message)
        return options != nil
    }

    /// Runs a statement and returns its rows.
    ///
    /// A connection that the server closed while it was idle is replaced before anything is sent. A loss *during* the
    /// statement is the caller's to know: it is thrown, and nothing is sent twice.
    public func run(
        _ statement: Statement, _ parameters: [Parameter] = [], within limit: Duration? = nil
    ) throws(PostgresError) -> ResultSet {
        let deadline = Deadline(after: limit ?? limits.statement)
        let session = try liveSession(within: limit)
        defer { if !session.isUsable { self.session = nil } }
        return try session.run(statement, parameters, deadline: deadline)
    }

    /// Runs several statements in one round trip and as one transaction; their rows, in order.
    public func run(_ queries: [Query]) throws(PostgresError) -> [ResultSet] {
        let deadline = Deadline(after: limits.statement)
        let session = try liveSession(within: nil)
        defer { if !session.isUsable { self.session = nil } }
        return try session.run(queries, deadline: deadline)
    }

    /// Runs a statement, again when the server rolled it back because of others (deadlock, serialization failure, a
    /// unique index): at most `attempts` times in all. Only for a statement that decides anew each time.
    public func runRepeating(
        _ statement: Statement, _ parameters: [Parameter], attempts: Int = 3
    ) throws(PostgresError) -> ResultSet {
        for _ in 1..<attempts {
            do {
                return try run(statement, parameters)
            } catch .refused(let state, _) where state.isWorthRepeating {
                continue
            }
        }
        return try run(statement, parameters)
    }

    /// The connection, made anew when there is none that lives.
    func liveSession(within limit: Duration?) throws(PostgresError) -> Session {
        if let session, !session.wasClosedByServer() { return session }
        session = nil
        if let lastFailure, lastFailure.at.duration(to: .now) < limits.pauseAfterFailure { throw lastFailure.error }
        do {
            let session = try connect(Deadline(after: min(limit ?? limits.connect, limits.connect)))
            connections += 1
            lastFailure = nil
            self.session = session
            return session
        } catch {
            lastFailure = (error, .now)
            throw error
        }
    }

    /// Connects to the first server that will have us.
    private func connect(_ deadline: Deadline) throws(PostgresError) -> Session {
        var reasons: [String] = []
        for (index, url) in urls.enumerated() {
            do {
                let session = try Session.connect(
                    url: url, name: name, keepsStatements: keepsStatements,
                    deadline: deadline.share(among: urls.count - index))
                urls.insert(urls.remove(at: index), at: 0)
                return session
            } catch .cannotConnect(let reason) {
                reasons.append(reason)
            }
        }
        throw .cannotConnect(reasons.joined(separator: "; "))
    }

    /// Lets go of a connection that an answer is missing on.
    func forgetUnusableSession() {
        if let session, !session.isUsable { self.session = nil }
    }
}
