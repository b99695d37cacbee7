public import Postgres

/// The decisions about lockers. Each is one call of a function in the database, which decides under the guard
/// (sql/decisions.sql); nothing is decided here. The same statement finds out whether the caller's session
/// lives, and calls the function only then: one round trip. One per thread.
public final class Reservations {
    private let database: Database
    private let holdSeconds: Int
    private let holdsPerMinute: Int

    /// - Parameters:
    ///   - holdSeconds: how long a hold lasts.
    ///   - holdsPerMinute: how often one student may try to hold within a minute. Of the other acts those are counted and
    ///     bounded that change nothing.
    public init(database: Database, holdSeconds: Int, holdsPerMinute: Int) {
        self.database = database
        self.holdSeconds = holdSeconds
        self.holdsPerMinute = holdsPerMinute
    }

    /// A statement that calls a deciding function for the caller, if his session lives: else it has no row. That the
    /// function is given the session's own 학번 is what makes PostgreSQL look at the session first.
    /// - Parameters:
    ///   - name: the function's
    ///   - columns: of its answer
    ///   - arguments: those behind the 학번; `$1` to `$5` are what `parameters` gives
    private static func deciding(_ name: String, columns: String, arguments: String) -> Statement {
        Statement(
            name: name,
            sql: """
                SELECT \(columns)
                  FROM v_live_sessions s
                 CROSS JOIN LATERAL \(name)(s.student_id, \(arguments)) AS answer
                 WHERE s.access_jti = $1::uuid AND s.student_id = $2::text
                """)
    }

    /// The arguments of what needs to know only the locker and where the attempt came from.
    private static let onLocker = "$3::int, $4::text, to_timestamp($5::float8), $6::int"

    private static let hold = deciding(
        "locker_hold",
        columns: "outcome, locker_id, location_id, location_name, state, expires_at, seconds_left, opens_at, closes_at",
        arguments: "$3::int, $6::int, $4::text, to_timestamp($5::float8), $7::int")

    /// Holds a locker for the caller. Safe to repeat: the second answer is `replayed`. Nil when the session has ended.
    public func hold(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> HoldOutcome? {
        let rows: ResultSet
        do {
            rows = try database.runRepeating(
                Self.hold, Self.parameters(lockerID, attempt) + [.int(holdSeconds), .int(holdsPerMinute)])
        } catch .refused(.uniqueViolation, _) {
            // Only a row that was typed by hand can still stand in the way of the index: somebody has it.
            return .lockerTaken
        }
        guard let row = rows.first else { return nil }
        switch row.text(0) {
        case "held": return .held(try Self.heldLocker(row))
        case "replayed": return .replayed(try Self.heldLocker(row))
        case "application_closed": return .applicationClosed(opensAt: row.timestamp(7), closesAt: row.timestamp(8))
        case "locker_not_found": return .lockerNotFound
        case "locker_taken": return .lockerTaken
        case "locker_disabled": return .lockerDisabled
        case "already_holding": return .alreadyHolding
        case "already_assigned": return .alreadyAssigned
        case "too_many_requests": return .tooManyRequests(retryAfter: row.int(6) ?? 60)
        default: throw .unexpectedResult("locker_hold")
        }
    }

    private static let confirm = deciding(
        "locker_confirm", columns: "outcome, locker_id, location_id, location_name, state, seconds_left",
        arguments: onLocker)

    /// Confirms the caller's live hold. Safe to repeat. Nil when the session has ended.
    public func confirm(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> ConfirmOutcome? {
        let rows = try database.runRepeating(
            Self.confirm, Self.parameters(lockerID, attempt) + [.int(holdsPerMinute)])
        guard let row = rows.first else { return nil }
        switch row.text(0) {
        case "confirmed", "replayed": return .confirmed(try Self.locker(row))
        case "locker_not_found": return .lockerNotFound
        case "hold_not_found": return .holdNotFound
        case "too_many_requests": return .tooManyRequests(retryAfter: row.int(5) ?? 60)
        default: throw .unexpectedResult("locker_confirm")
        }
    }

    private static let releaseHold = deciding(
        "locker_release_hold", columns: "outcome, seconds_left", arguments: onLocker)

    /// Gives the caller's live hold back. Nil when the session has ended.
    public func releaseHold(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> ReleaseOutcome? {
        try release(Self.releaseHold, lockerID, attempt)
    }

    private static let release = deciding(
        "locker_release", columns: "outcome, seconds_left", arguments: onLocker)

    /// Gives the caller's confirmed locker back. Nil when the session has ended.
    public func release(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> ReleaseOutcome? {
        try release(Self.release, lockerID, attempt)
    }

    private func release(
        _ statement: Statement, _ lockerID: Int, _ attempt: Attempt
    ) throws(PostgresError) -> ReleaseOutcome? {
        let rows = try database.runRepeating(
            statement, Self.parameters(lockerID, attempt) + [.int(holdsPerMinute)])
        guard let row = rows.first else { return nil }
        switch row.text(0) {
        case "released": return .released
        case "too_many_requests": return .tooManyRequests(retryAfter: row.int(1) ?? 60)
        default: return .notFound
        }
    }

    private static let sweep = Statement(name: "locker_sweep", sql: "SELECT locker_sweep($1::int)")

    /// Marks stale holds as expired, for the record; of all workers on all hosts one does it at a time. Returns how
    /// many.
    public func sweep(atMost limit: Int) throws(PostgresError) -> Int {
        try database.run(Self.sweep, [.int(limit)]).first?.int(0) ?? 0
    }

    private static func parameters(_ lockerID: Int, _ attempt: Attempt) -> [Parameter] {
        [
            .literal(attempt.sessionID), .text(attempt.studentID), .int(lockerID), .text(attempt.requestID),
            .literal(attempt.receivedAt),
        ]
    }

    /// The locker in columns 1 to 4 of an answer; it is the caller's.
    private static func locker(_ row: Row) throws(PostgresError) -> Locker {
        guard let id = row.int(1), let locationID = row.int(2), let name = row.text(3),
            let state = row.text(4).flatMap(Locker.State.init)
        else { throw .unexpectedResult("locker") }
        return Locker(id: id, location: Location(id: locationID, name: name), state: state, holder: .caller)
    }

    private static func heldLocker(_ row: Row) throws(PostgresError) -> Hold {
        guard let expiresAt = row.timestamp(5), let secondsLeft = row.int(6) else { throw .unexpectedResult("hold") }
        return Hold(locker: try locker(row), expiresAt: expiresAt, secondsLeft: secondsLeft)
    }
}
