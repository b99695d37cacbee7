import CPostgres
import Glibc

/// The owner of one `PGconn`: made connected, closed in `deinit`. Every wait is bounded by a deadline, since
/// libpq's own blocking calls have none against a server that hangs.
final class Session {
    private let connection: OpaquePointer
    private var prepared: Set<Statement> = []
    /// False once an answer was missed: what comes next on the wire belongs to nobody.
    private(set) var isUsable = true

    /// Whether a statement is prepared once under its name, or sent whole each time.
    private let keepsStatements: Bool

    private init(owning connection: OpaquePointer, keepsStatements: Bool) {
        self.connection = connection
        self.keepsStatements = keepsStatements
    }

    deinit { PQfinish(connection) }

    /// Says that this connection must not be used again.
    func abandon() { isUsable = false }

    /// Connects, or throws `cannotConnect`. Where names have to be resolved, libpq does that first and waits for it.
    static func connect(
        url: String, name: String? = nil, keepsStatements: Bool = true, deadline: Deadline
    ) throws(PostgresError) -> Session {
        guard let connection = start(url, name: name) else { throw .cannotConnect("out of memory") }
        let session = Session(owning: connection, keepsStatements: keepsStatements)
        guard PQstatus(connection) != CONNECTION_BAD else { throw .cannotConnect(session.lastMessage) }
        // As if PQconnectPoll had just asked to write (libpq, "Asynchronous connections"): asked before the socket is
        // ready it takes a connection that is still being made for one that is there.
        var wanted = Int16(POLLOUT)
        while true {
            guard deadline.wait(for: wanted, on: PQsocket(connection)) else {
                throw .cannotConnect("no answer in time")
            }
            switch PQconnectPoll(connection) {
            case PGRES_POLLING_OK: return session
            case PGRES_POLLING_READING: wanted = Int16(POLLIN)
            case PGRES_POLLING_WRITING: wanted = Int16(POLLOUT)
            default: throw .cannotConnect(session.lastMessage)
            }
        }
    }

    /// Begins to connect; nil when there is no memory for it. What comes after `dbname`, which is expanded as a URL,
    /// counts more than what the URL says (libpq, PQconnectStartParams).
    private static func start(_ url: String, name: String?) -> OpaquePointer? {
        guard let name else { return PQconnectStart(url) }
        return url.withCString { url in
            name.withCString { name in
                "dbname".withCString { database in
                    "application_name".withCString { application in
                        let (keywords, values) = ([database, application, nil], [url, name, nil])
                        return PQconnectStartParams(keywords, values, 1)
                    }
                }
            }
        }
    }

    /// Whether the server has closed this idle session (a restart, a failover). Costs one poll. A server has nothing
    /// to say to an idle session but its end; the rare notice costs no more than a new connection.
    func wasClosedByServer() -> Bool {
        var poll = pollfd(fd: PQsocket(connection), events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&poll, 1, 0) != 0
    }

    /// Runs one statement and returns its rows.
    func run(_ statement: Statement, _ parameters: [Parameter], deadline: Deadline) throws(PostgresError) -> ResultSet {
        try prepare(statement, deadline)
        try send(statement, parameters)
        return try finish(deadline)
    }

    /// Runs several statements in one round trip (libpq's pipeline mode) and as one transaction: when one of them is
    /// refused, none takes effect and its error is thrown.
    func run(_ queries: [Query], deadline: Deadline) throws(PostgresError) -> [ResultSet] {
        for query in queries { try prepare(query.statement, deadline) }
        guard PQenterPipelineMode(connection) == 1 else { throw lost() }
        for query in queries { try send(query.statement, query.parameters) }
        guard PQpipelineSync(connection) == 1 else { throw lost() }

        var results: [ResultSet] = []
        var failure: PostgresError?
        for _ in queries {
            do {
                results.append(try finish(deadline))
            } catch {
                // What comes behind a refused statement is skipped by the server, and has to be read all the same.
                failure = failure ?? error
            }
            if !isUsable { break }
        }
        if isUsable {
            let end = try result(deadline)
            defer { PQclear(end) }
            guard let end, PQresultStatus(end) == PGRES_PIPELINE_SYNC, PQexitPipelineMode(connection) == 1 else {
                throw failure ?? lost()
            }
        }
        if let failure { throw failure }
        return results
    }

    private func prepare(_ statement: Statement, _ deadline: Deadline) throws(PostgresError) {
        if !keepsStatements || prepared.contains(statement) { return }
        guard PQsendPrepare(connection, statement.name, statement.sql, 0, nil) == 1 else { throw lost() }
        _ = try finish(deadline)
        prepared.insert(statement)
    }

    private func send(_ statement: Statement, _ parameters: [Parameter]) throws(PostgresError) {
        let encoded = parameters.map(\.encoded)
        let lengths = encoded.map { Int32($0.bytes?.count ?? 0) }
        let formats = encoded.map(\.format)
        // One buffer for all values; libpq copies what it is given before PQsendQueryPrepared returns.
        var buffer: [UInt8] = []
        buffer.reserveCapacity(encoded.reduce(0) { $0 + ($1.bytes?.count ?? 0) + 1 })
        for value in encoded {
            if let bytes = value.bytes { buffer.append(contentsOf: bytes) }
            buffer.append(0)
        }
        let sent = buffer.withUnsafeBufferPointer { start in
            var offset = 0
            let values = encoded.map { value -> UnsafePointer<CChar>? in
                defer { offset += (value.bytes?.count ?? 0) + 1 }
                guard value.bytes != nil, let base = start.baseAddress else { return nil }
                return UnsafeRawPointer(base + offset).assumingMemoryBound(to: CChar.self)
            }
            let count = Int32(values.count)
            return keepsStatements
                ? PQsendQueryPrepared(connection, statement.name, count, values, lengths, formats, 1)
                : PQsendQueryParams(connection, statement.sql, count, nil, values, lengths, formats, 1)
        }
        guard sent == 1 else { throw lost() }
    }

    /// Sends what is buffered and gives the next result as soon as it has come; nil at the end of a statement's results.
    private func result(_ deadline: Deadline) throws(PostgresError) -> OpaquePointer? {
        while true {
            let unsent = PQflush(connection)
            if unsent < 0 { throw lost() }
            if unsent == 0 && PQisBusy(connection) == 0 { return PQgetResult(connection) }
            let wanted = Int16(POLLIN) | (unsent == 1 ? Int16(POLLOUT) : 0)
            guard deadline.wait(for: wanted, on: PQsocket(connection)) else {
                isUsable = false
                throw .deadlineExceeded
            }
            if PQconsumeInput(connection) == 0 { throw lost() }
        }
    }

    /// Reads to the end of one statement's answer, and turns it into rows or the one typed error.
    private func finish(_ deadline: Deadline) throws(PostgresError) -> ResultSet {
        var answer: OpaquePointer?
        while true {
            let next: OpaquePointer?
            do {
                next = try result(deadline)
            } catch {
                PQclear(answer)
                throw error
            }
            guard let next else { break }
            // The server's own reason comes first; behind it libpq may add that the connection is gone.
            if let answer, PQresultStatus(answer) == PGRES_FATAL_ERROR {
                PQclear(next)
                continue
            }
            PQclear(answer)
            answer = next
        }
        guard let answer else { throw lost() }
        switch PQresultStatus(answer) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK: return ResultSet(owning: answer)
        case PGRES_PIPELINE_ABORTED:
            PQclear(answer)
            throw .unexpectedResult("a statement before it was refused")
        default:
            defer { PQclear(answer) }
            throw refusal(answer)
        }
    }

    private func refusal(_ answer: OpaquePointer) -> PostgresError {
        // PG_DIAG_SQLSTATE and PG_DIAG_CONSTRAINT_NAME are character constants, which Swift does not import.
        guard let state = PQresultErrorField(answer, Int32(UInt8(ascii: "C"))) else { return lost() }
        let constraint = PQresultErrorField(answer, Int32(UInt8(ascii: "n"))).map { String(cString: $0) }
        let sqlState = SQLState(String(cString: state))
        if sqlState.endsConnection || sqlState == .invalidStatementName || PQstatus(connection) != CONNECTION_OK {
            isUsable = false
        }
        return .refused(sqlState, constraint: constraint)
    }

    private func lost() -> PostgresError {
        isUsable = false
        return .connectionLost
    }

    /// libpq's message on one line. A connection's message names host, user and database, never the password.
    private var lastMessage: String {
        String(cString: PQerrorMessage(connection)).split(whereSeparator: \.isNewline).joined(separator: " ")
    }
}

/// A point on the monotonic clock until which a wait may last.
struct Deadline {
    private let instant: ContinuousClock.Instant

    init(after duration: Duration) { instant = .now + duration }

    /// An equal share of what is left, for the first of so many who try one after the other.
    func share(among count: Int) -> Deadline { Deadline(after: max(instant - .now, .zero) / count) }

    /// Waits until one of `events` is there on the descriptor; false when the deadline passes first.
    func wait(for events: Int16, on descriptor: Int32) -> Bool {
        while true {
            let left = instant - .now
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000
            if left <= .zero { return false }
            var poll = pollfd(fd: descriptor, events: events, revents: 0)
            let ready = Glibc.poll(&poll, 1, Int32(clamping: milliseconds + 1))
            if ready > 0 { return true }
            if ready < 0 && errno != EINTR { return false }
        }
    }
}
