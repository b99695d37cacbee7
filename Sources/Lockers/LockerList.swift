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

    private static let all = Statement(
        name: "lockers_all",
        sql: """
            SELECT locker_id, location_id, location_name, state, student_id = $1::text AS mine
              FROM v_locker_states
             WHERE cohort IS NOT DISTINCT FROM (SELECT u.cohort FROM users u WHERE u.student_id = $1::text)
             ORDER BY locker_id
            """)

    /// Every locker of the student's cohort (the real ones, but for a rehearsal's student), ordered by its number, as this
    /// student may see it.
    public func all(for studentID: String) throws(PostgresError) -> [Locker] {
        let rows = try database.run(Self.all, [.text(studentID)])
        var lockers: [Locker] = []
        lockers.reserveCapacity(rows.count)
        for index in 0..<rows.count { lockers.append(try Self.locker(rows[index], mine: rows[index].bool(4))) }
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

    /// The student's own locker and hold.
    public func own(of studentID: String) throws(PostgresError) -> Own {
        let rows = try database.run(Self.own, [.text(studentID)])
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
