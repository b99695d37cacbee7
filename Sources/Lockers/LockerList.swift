public import Postgres

/// What a student sees: the list and what is his own. One per thread.
public final class LockerList {
    /// What a student has. At most one of the two is there.
    public struct Own: Equatable, Sendable {
        /// The confirmed locker.
        public let locker: Locker?
        /// The live hold.
        public let hold: Hold?
    }

    private let database: Database

    public init(database: Database) { self.database = database }

    /// Every locker of a cohort at one instant.
    public struct Copy: Sendable {
        /// Ordered by number, as a stranger may see them; beside each the student who has it, which is for nobody's eyes.
        public var entries: [(locker: Locker, studentID: String?)] = []
        /// The newest decision of the ledger that it shows.
        public var decision = 0

        public init() {}
    }

    private static let all = Statement(
        name: "lockers_all",
        sql: """
            SELECT locker_id, location_id, location_name, state, student_id,
                   (SELECT max(decision_id) FROM locker_decisions)
              FROM v_locker_states
             WHERE cohort IS NOT DISTINCT FROM $1::text
             ORDER BY locker_id
            """)

    /// The lockers of a cohort; nil: the real ones.
    public func all(cohort: String?) throws(PostgresError) -> Copy {
        let rows = try database.run(Self.all, [.text(cohort)])
        var copy = Copy()
        copy.entries.reserveCapacity(rows.count)
        for index in 0..<rows.count {
            copy.entries.append((try Self.locker(rows[index], mine: false), rows[index].text(4)))
        }
        copy.decision = rows.first?.int(5) ?? 0
        return copy
    }

    // Ten seconds: longer than a copy is kept, and than any decision takes to commit. The number is there to leave the
    // older rows of the index alone; a decision draws its own shortly before it commits, so that one which the copy does
    // not show is never so far behind the newest that it does show.
    private static let recent = Statement(
        name: "lockers_recent",
        sql: """
            SELECT u.cohort, array_to_string(ARRAY(
                   SELECT DISTINCT d.locker_id FROM locker_decisions d
                    WHERE d.student_id = u.student_id AND d.decision_id > $2::bigint
                      AND d.decided_at > clock_timestamp() - interval '10 seconds'), ',')
              FROM users u WHERE u.student_id = $1::text
            """)

    /// Asks which lockers a student has just decided something about, or has tried to: what he may see otherwise than a
    /// copy of the list shows it.
    /// - Parameter decision: the copy's
    public static func recentQuery(of studentID: String, since decision: Int) -> Query {
        Query(recent, [.text(studentID), .int(decision - 10_000)])
    }

    /// The answer to `recentQuery`: the student's cohort and those lockers; nil when there is no such student any more.
    public static func recent(_ rows: ResultSet) -> (cohort: String?, lockerIDs: [Int])? {
        guard let row = rows.first else { return nil }
        return (row.text(0), (row.text(1) ?? "").split(separator: ",").compactMap { Int($0) })
    }

    private static let states = Statement(
        name: "lockers_states",
        sql: """
            SELECT locker_id, location_id, location_name, state, student_id = $1::text
              FROM v_locker_states
             WHERE locker_id = ANY ($2::int[])
               AND cohort IS NOT DISTINCT FROM (SELECT u.cohort FROM users u WHERE u.student_id = $1::text)
            """)

    /// Asks for some lockers as they are now in a student's eyes.
    public static func statesQuery(of lockerIDs: some Collection<Int>, for studentID: String) -> Query {
        Query(states, [.text(studentID), .literal("{" + lockerIDs.map(String.init).joined(separator: ",") + "}")])
    }

    /// The answer to `statesQuery`.
    public static func states(_ rows: ResultSet) throws(PostgresError) -> [Locker] {
        var lockers: [Locker] = []
        for index in 0..<rows.count { lockers.append(try locker(rows[index], mine: rows[index].bool(4))) }
        return lockers
    }

    private static let own = Statement(
        name: "lockers_own",
        sql: """
            SELECT s.locker_id, s.location_id, s.location_name, s.state, s.hold_expires_at,
                   ceil(extract(epoch FROM s.hold_expires_at - clock_timestamp()))::int
              FROM v_locker_states s
             WHERE s.locker_id IN (SELECT a.locker_id FROM v_active_assignments a WHERE a.student_id = $1::text
                                   UNION ALL
                                   SELECT l.locker_id FROM locker_info l WHERE l.owner = $1::text)
               AND s.student_id = $1::text
             ORDER BY s.locker_id
            """)

    /// Asks for the student's own locker and hold.
    public static func ownQuery(of studentID: String) -> Query { Query(own, [.text(studentID)]) }

    /// The answer to `ownQuery`.
    public static func own(_ rows: ResultSet) throws(PostgresError) -> Own {
        var locker: Locker?
        var hold: Hold?
        for index in 0..<rows.count {
            let row = rows[index]
            let found = try Self.locker(row, mine: true)
            switch found.state {
            case .confirmed: locker = locker ?? found
            case .held:
                guard let expiresAt = row.timestamp(4), let secondsLeft = row.int(5) else {
                    throw .unexpectedResult("lockers_own")
                }
                hold = Hold(locker: found, expiresAt: expiresAt, secondsLeft: secondsLeft)
            // It ran out between two rows of the answer.
            case .available, .disabled: continue
            }
        }
        return Own(locker: locker, hold: hold)
    }

    private static func locker(_ row: Row, mine: Bool?) throws(PostgresError) -> Locker {
        guard let id = row.int(0), let locationID = row.int(1), let name = row.text(2),
            let state = row.text(3).flatMap(Locker.State.init)
        else { throw .unexpectedResult("v_locker_states") }
        let holder: Locker.Holder =
            state == .available || state == .disabled ? .nobody : mine == true ? .caller : .another
        return Locker(id: id, location: Location(id: locationID, name: name), state: state, holder: holder)
    }
}
