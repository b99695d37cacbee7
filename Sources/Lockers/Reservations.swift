public import Postgres

/// The decisions about lockers. One statement decides any number of students' attempts, in one transaction
/// (sql/decisions.sql); nothing is decided here. It finds out by itself whose session lives. One per thread.
public final class Reservations {
    /// What binds every attempt.
    public struct Policy: Sendable {
        /// Seconds that a hold lasts.
        public var holdSeconds: Int
        /// How often one student may try at once, and how often a second more.
        public var burst: Int
        public var perSecond: Int

        public init(holdSeconds: Int, burst: Int, perSecond: Int) {
            self.holdSeconds = holdSeconds
            self.burst = burst
            self.perSecond = perSecond
        }
    }

    private let database: Database
    private let policy: Policy
    /// How often an attempt whose guard was not free is made again together with others, before it is left to wait alone.
    private static let rounds = 3

    public init(database: Database, policy: Policy) {
        self.database = database
        self.policy = policy
    }

    private static let decide = Statement(
        name: "locker_decide",
        sql: """
            SELECT number, outcome, location_id, location_name, expires_at, seconds_left, opens_at, closes_at
              FROM locker_decide($1::decision_act[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::float8[],
                                 $7::int, $8::int, $9::real, $10::boolean)
            """)

    /// Decides one attempt. Safe to repeat: a second hold or confirmation is answered like the first.
    public func decide(_ attempt: Attempt) throws(PostgresError) -> Outcome {
        do throws(PostgresError) {
            let rows = try database.runRepeating(Self.decide, parameters([attempt], waits: true))
            guard let row = rows.first else { throw .unexpectedResult("locker_decide") }
            return try outcome(row, attempt)
        } catch .refused(.uniqueViolation, _) where attempt.act == .hold {
            // Only a row that was typed by hand can still stand in the way of the index: somebody has it.
            return .lockerTaken
        }
    }

    /// Decides several attempts together; each has its own answer, in their order. Nil: its guard is not free, and it would
    /// have kept the others waiting; it is to be decided alone. Whatever befalls the transaction for the sake of one of them,
    /// the others are decided all the same.
    public func decide(_ attempts: [Attempt]) -> [Result<Outcome, PostgresError>?] {
        var answers: [Result<Outcome, PostgresError>?] = Array(repeating: nil, count: attempts.count)
        var open = Array(attempts.indices)
        for _ in 0..<Self.rounds where !open.isEmpty {
            do throws(PostgresError) {
                let rows = try database.run(Self.decide, parameters(open.map { attempts[$0] }, waits: false))
                for index in 0..<rows.count {
                    let row = rows[index]
                    guard let number = row.int(0), open.indices.contains(number - 1) else {
                        throw .unexpectedResult("locker_decide")
                    }
                    if row.text(1) == "busy" { continue }
                    let position = open[number - 1]
                    answers[position] = Result { () throws(PostgresError) in try outcome(row, attempts[position]) }
                }
                open.removeAll { answers[$0] != nil }
            } catch .refused(let state, _) where open.count > 1 || state.isWorthRepeating {
                // One of them was refused, and with it the transaction of all: nothing was decided. Each by itself, then.
                return answers
            } catch {
                // Who can say what was decided? Each may ask again.
                for position in open { answers[position] = .failure(error) }
                open = []
            }
        }
        return answers
    }

    private func parameters(_ attempts: [Attempt], waits: Bool) -> [Parameter] {
        [
            .literals(attempts.map(\.act.rawValue)), .literals(attempts.map(\.tokenID)),
            .texts(attempts.map(\.studentID)), .ints(attempts.map(\.lockerID)), .texts(attempts.map(\.requestID)),
            .literals(attempts.map(\.receivedAt)), .int(policy.holdSeconds), .int(policy.burst),
            .int(policy.perSecond), .bool(waits),
        ]
    }

    private func outcome(_ row: Row, _ attempt: Attempt) throws(PostgresError) -> Outcome {
        switch row.text(1) {
        case "held": return .held(try hold(row, attempt))
        case "replayed" where attempt.act == .hold: return .heldBefore(try hold(row, attempt))
        case "confirmed", "replayed": return .confirmed(try locker(row, attempt, .confirmed))
        case "released": return .released
        case "application_closed": return .applicationClosed(opensAt: row.timestamp(6), closesAt: row.timestamp(7))
        case "locker_not_found": return .lockerNotFound
        case "locker_taken": return .lockerTaken
        case "locker_disabled": return .lockerDisabled
        case "already_holding": return .alreadyHolding
        case "already_assigned": return .alreadyAssigned
        case "hold_not_found": return .holdNotFound
        case "assignment_not_found": return .assignmentNotFound
        case "too_many_requests": return .tooManyRequests(retryAfter: row.int(5) ?? 1)
        case "unauthorized": return .sessionEnded
        default: throw .unexpectedResult("locker_decide")
        }
    }

    /// The caller's own locker.
    private func locker(_ row: Row, _ attempt: Attempt, _ state: Locker.State) throws(PostgresError) -> Locker {
        guard let locationID = row.int(2), let name = row.text(3) else { throw .unexpectedResult("locker") }
        return Locker(
            id: attempt.lockerID, location: Location(id: locationID, name: name), state: state, holder: .caller)
    }

    private func hold(_ row: Row, _ attempt: Attempt) throws(PostgresError) -> Hold {
        guard let expiresAt = row.timestamp(4), let secondsLeft = row.int(5) else { throw .unexpectedResult("hold") }
        return Hold(locker: try locker(row, attempt, .held), expiresAt: expiresAt, secondsLeft: secondsLeft)
    }

    private static let sweep = Statement(name: "locker_sweep", sql: "SELECT locker_sweep($1::int)")

    /// Marks stale holds as expired, for the record; of all workers on all hosts one does it at a time. Returns how
    /// many.
    public func sweep(atMost limit: Int) throws(PostgresError) -> Int {
        try database.run(Self.sweep, [.int(limit)]).first?.int(0) ?? 0
    }
}
