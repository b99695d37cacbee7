public import Postgres

/// The decisions about lockers. Each is one call of a function in the database, which decides under the guard
/// (migrations/deploy/decisions.sql); nothing is decided here. One per thread.
public final class Reservations {
    private let database: Database
    private let holdSeconds: Int
    private let holdsPerMinute: Int

    /// - Parameters:
    ///   - holdSeconds: how long a hold lasts.
    ///   - holdsPerMinute: how often one student may try to hold within a minute.
    public init(database: Database, holdSeconds: Int, holdsPerMinute: Int) {
        self.database = database
        self.holdSeconds = holdSeconds
        self.holdsPerMinute = holdsPerMinute
    }

    private static let hold = Statement(
        name: "locker_hold",
        sql: """
            SELECT outcome, locker_id, location_id, location_name, state, expires_at, seconds_left, opens_at, closes_at
              FROM locker_hold($1::text, $2::int, $3::int, $4::text, to_timestamp($5::float8), $6::int)
            """)

    /// Holds a locker for the caller. Safe to repeat: the second answer is `replayed`.
    public func hold(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> HoldOutcome {
        let rows: ResultSet
        do {
            rows = try database.runRepeating(
                Self.hold,
                [
                    .text(attempt.studentID), .int(lockerID), .int(holdSeconds), .text(attempt.requestID),
                    .literal(attempt.receivedAt), .int(holdsPerMinute),
                ])
        } catch .refused(.uniqueViolation, _) {
            // Only a row that was typed by hand can still stand in the way of the index: somebody has it.
            return .lockerTaken
        }
        guard let row = rows.first else { throw .unexpectedResult("locker_hold") }
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

    private static let confirm = Statement(
        name: "locker_confirm",
        sql: """
            SELECT outcome, locker_id, location_id, location_name, state
              FROM locker_confirm($1::text, $2::int, $3::text, to_timestamp($4::float8))
            """)

    /// Confirms the caller's live hold. Safe to repeat.
    public func confirm(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> ConfirmOutcome {
        let rows = try database.runRepeating(Self.confirm, Self.parameters(lockerID, attempt))
        switch rows.first?.text(0) {
        case "confirmed", "replayed":
            guard let row = rows.first else { throw .unexpectedResult("locker_confirm") }
            return .confirmed(try Self.locker(row))
        case "locker_not_found": return .lockerNotFound
        case "hold_not_found": return .holdNotFound
        default: throw .unexpectedResult("locker_confirm")
        }
    }

    private static let releaseHold = Statement(
        name: "locker_release_hold",
        sql: "SELECT locker_release_hold($1::text, $2::int, $3::text, to_timestamp($4::float8))")

    /// Gives the caller's live hold back.
    public func releaseHold(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> ReleaseOutcome {
        try release(Self.releaseHold, lockerID, attempt)
    }

    private static let release = Statement(
        name: "locker_release",
        sql: "SELECT locker_release($1::text, $2::int, $3::text, to_timestamp($4::float8))")

    /// Gives the caller's confirmed locker back.
    public func release(_ lockerID: Int, _ attempt: Attempt) throws(PostgresError) -> ReleaseOutcome {
        try release(Self.release, lockerID, attempt)
    }

    private func release(
        _ statement: Statement, _ lockerID: Int, _ attempt: Attempt
    ) throws(PostgresError) -> ReleaseOutcome {
        let rows = try database.runRepeating(statement, Self.parameters(lockerID, attempt))
        return rows.first?.text(0) == "released" ? .released : .notFound
    }

    private static let sweep = Statement(name: "locker_sweep", sql: "SELECT locker_sweep($1::int)")

    /// Marks stale holds as expired, for the record; of all workers on all hosts one does it at a time. Returns how
    /// many.
    public func sweep(atMost limit: Int) throws(PostgresError) -> Int {
        try database.run(Self.sweep, [.int(limit)]).first?.int(0) ?? 0
    }

    private static func parameters(_ lockerID: Int, _ attempt: Attempt) -> [Parameter] {
        [.text(attempt.studentID), .int(lockerID), .text(attempt.requestID), .literal(attempt.receivedAt)]
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
