public import Postgres

/// What a student sees: the list and what is his own. One per thread.
public final class LockerList {
    /// What a student has. At most one of the two is there.
    public struct Own: Equatable, Sendable {
        /// The confirmed locker.
        public internal(set) var locker: Locker?
        /// The live hold.
        public internal(set) var hold: Hold?
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

    /// For how long what a student has decided counts as recent: longer than a copy is kept, and than any decision takes
    /// to commit.
    public static let recentTime = Duration.seconds(10)

    /// Written so that PostgreSQL plans it once for a connection and then no more. With a bare parameter in place of any
    /// `(SELECT $1)` a plan for its value (fewer students than the ten that are assumed) looks cheaper than the general one,
    /// and is made anew at each call; without `OFFSET 0`, which keeps the look-up a look-up, all students are read to find a
    /// dozen.
    private static let recent = Statement(
        name: "lockers_recent",
        sql: """
            SELECT q.number, u.cohort, array_to_string(ARRAY(
                   SELECT d.locker_id FROM locker_decisions d
                    WHERE d.student_id = q.student_id AND d.decision_id > (SELECT $2::bigint)
                      AND d.decided_at > clock_timestamp() - make_interval(secs => (SELECT $3::int))), ',')
              FROM unnest((SELECT $1::text[])) WITH ORDINALITY AS q (student_id, number)
             CROSS JOIN LATERAL (SELECT cohort FROM users WHERE users.student_id = q.student_id OFFSET 0) u
            """)

    /// Asks which lockers some students have just decided something about, or have tried to: what each may see otherwise
    /// than a copy of the list shows it.
    /// - Parameter decision: the number of one that is not recent, which spares the reading of older ones; 0: none is known
    public static func recentQuery(of studentIDs: [String], after decision: Int) -> Query {
        Query(recent, [.texts(studentIDs), .int(decision), .int(Int(recentTime.components.seconds))])
    }

    /// What one student may see otherwise than a copy of the list shows it.
    public struct Recent: Equatable, Sendable {
        /// The rehearsal the student belongs to.
        public let cohort: String?
        public let lockerIDs: [Int]
    }

    /// The answer to `recentQuery`, by position; none for whoever is no student any more.
    public static func recent(_ rows: ResultSet) -> [Int: Recent] {
        var found: [Int: Recent] = [:]
        for index in 0..<rows.count {
            let row = rows[index]
            guard let number = row.int(0) else { continue }
            let lockerIDs = Set((row.text(2) ?? "").split(separator: ",").compactMap { Int($0) })
            found[number - 1] = Recent(cohort: row.text(1), lockerIDs: Array(lockerIDs))
        }
        return found
    }

    /// A locker that is to be looked at with a student's eyes.
    public struct View: Hashable, Sendable {
        /// Whatever the asker wants to find it by again.
        public let position: Int
        public let studentID: String
        public let lockerID: Int

        public init(position: Int, studentID: String, lockerID: Int) {
            self.position = position
            self.studentID = studentID
            self.lockerID = lockerID
        }
    }

    private static let states = Statement(
        name: "lockers_states",
        sql: """
            SELECT s.locker_id, s.location_id, s.location_name, s.state, s.student_id = q.student_id, q.position
              FROM unnest($1::int[], $2::text[], $3::int[]) AS q (position, student_id, locker_id)
              JOIN v_locker_states s ON s.locker_id = q.locker_id
             WHERE s.cohort IS NOT DISTINCT FROM (SELECT u.cohort FROM users u WHERE u.student_id = q.student_id)
            """)

    /// Asks for some lockers as they are now.
    public static func statesQuery(of views: [View]) -> Query {
        Query(
            states,
            [.ints(views.map(\.position)), .texts(views.map(\.studentID)), .ints(views.map(\.lockerID))])
    }

    /// The answer to `statesQuery`, by position. Lockers that are no more are not in it.
    public static func states(_ rows: ResultSet) throws(PostgresError) -> [Int: [Locker]] {
        var lockers: [Int: [Locker]] = [:]
        for index in 0..<rows.count {
            guard let position = rows[index].int(5) else { throw .unexpectedResult("lockers_states") }
            lockers[position, default: []].append(try locker(rows[index], mine: rows[index].bool(4)))
        }
        return lockers
    }

    private static let own = Statement(
        name: "lockers_own",
        sql: """
            SELECT q.number, s.locker_id, s.location_id, s.location_name, s.state, s.hold_expires_at,
                   ceil(extract(epoch FROM s.hold_expires_at - clock_timestamp()))::int
              FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS q (access_jti, student_id, number)
              JOIN v_live_sessions l ON l.access_jti = q.access_jti AND l.student_id = q.student_id
              LEFT JOIN LATERAL (
                   SELECT v.* FROM v_locker_states v
                    WHERE v.locker_id IN (SELECT a.locker_id FROM v_active_assignments a WHERE a.student_id = q.student_id
                                          UNION ALL
                                          SELECT i.locker_id FROM locker_info i WHERE i.owner = q.student_id)
                      AND v.student_id = q.student_id
                    ORDER BY v.locker_id OFFSET 0) s ON true
            """)

    /// The own locker and hold of some students, each named by the `jti` of his access token and his 학번; nil for whoever's
    /// session has ended. In their order.
    public func own(of callers: [(tokenID: String, studentID: String)]) throws(PostgresError) -> [Own?] {
        let rows = try database.run(Self.own, [.literals(callers.map(\.tokenID)), .texts(callers.map(\.studentID))])
        var found: [Own?] = Array(repeating: nil, count: callers.count)
        for index in 0..<rows.count {
            let row = rows[index]
            guard let number = row.int(0), found.indices.contains(number - 1) else {
                throw .unexpectedResult("lockers_own")
            }
            var own = found[number - 1] ?? Own(locker: nil, hold: nil)
            if row.int(1) != nil {
                let locker = try Self.locker(row, from: 1, mine: true)
                switch locker.state {
                case .confirmed: own.locker = own.locker ?? locker
                case .held:
                    guard let expiresAt = row.timestamp(5), let secondsLeft = row.int(6) else {
                        throw .unexpectedResult("lockers_own")
                    }
                    own.hold = Hold(locker: locker, expiresAt: expiresAt, secondsLeft: secondsLeft)
                // It ran out between two rows of the answer.
                case .available, .disabled: break
                }
            }
            found[number - 1] = own
        }
        return found
    }

    /// - Parameter from: the column of its number, which is followed by the location's number and name and the state
    private static func locker(_ row: Row, from first: Int = 0, mine: Bool?) throws(PostgresError) -> Locker {
        guard let id = row.int(first), let locationID = row.int(first + 1), let name = row.text(first + 2),
            let state = row.text(first + 3).flatMap(Locker.State.init)
        else { throw .unexpectedResult("v_locker_states") }
        let holder: Locker.Holder =
            state == .available || state == .disabled ? .nobody : mine == true ? .caller : .another
        return Locker(id: id, location: Location(id: locationID, name: name), state: state, holder: holder)
    }
}
