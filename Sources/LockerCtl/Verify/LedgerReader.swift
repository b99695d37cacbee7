internal import Judge
internal import Postgres

/// Reads what the judge looks at, all of it as it stood at one instant.
struct LedgerReader {
    let database: Database

    // The first statement of a transaction settles which instant all others see.
    private static let oneSnapshot = Statement(
        name: "verify_snapshot", sql: "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
    private static let decisions = Statement(
        name: "verify_decisions",
        sql: """
            SELECT d.decision_id, d.decided_at, d.received_at, d.request_id, d.student_id::text, d.locker_id, d.act,
                   d.outcome, d.guarded, d.assignment_id, d.lost_to, d.audit_id
              FROM locker_decisions d
             WHERE $1::text IS NULL OR d.student_id IN (SELECT u.student_id FROM users u WHERE u.cohort = $1::text)
             ORDER BY d.decision_id
            """)
    private static let assignments = Statement(
        name: "verify_assignments",
        sql: """
            SELECT a.assignment_id, a.locker_id, a.student_id::text, a.state::text, a.created_at, a.hold_expires_at,
                   a.confirmed_at, a.released_at, a.decision_id
              FROM locker_assignments a
             WHERE $1::text IS NULL OR a.student_id IN (SELECT u.student_id FROM users u WHERE u.cohort = $1::text)
             ORDER BY a.assignment_id
            """)
    private static let lockers = Statement(
        name: "verify_lockers",
        sql: """
            SELECT l.locker_id, l.owner::text, l.disabled_at IS NOT NULL
              FROM locker_info l JOIN locker_locations p USING (location_id)
             WHERE $1::text IS NULL OR p.cohort = $1::text
            """)
    private static let students = Statement(
        name: "verify_students",
        sql: "SELECT u.student_id::text, u.created_at FROM users u WHERE $1::text IS NULL OR u.cohort = $1::text")

    /// - Parameter cohort: only what a rehearsal left; nil for everything.
    func record(cohort: String? = nil) throws -> Record {
        try database.transaction { transaction in
            _ = try transaction.run(Self.oneSnapshot)
            let parameters = [Parameter.text(cohort)]
            let decisions = try Self.rows(transaction.run(Self.decisions, parameters), Self.decision)
            let assignments = try Self.rows(transaction.run(Self.assignments, parameters), Self.assignment)
            let lockers = try Self.rows(transaction.run(Self.lockers, parameters)) { row -> (Int, String?, Bool)? in
                row.int(0).flatMap { id in row.bool(2).map { (id, row.text(1), $0) } }
            }
            let students = try Self.rows(transaction.run(Self.students, parameters)) { row -> (String, Int64)? in
                row.text(0).flatMap { id in row.timestamp(1).map { (id, $0.microseconds) } }
            }
            let record = Record(
                decisions: decisions, assignments: assignments,
                owners: Dictionary(
                    lockers.compactMap { locker in locker.1.map { (locker.0, $0) } },
                    uniquingKeysWith: { first, _ in first }),
                students: Dictionary(students, uniquingKeysWith: { first, _ in first }),
                disabled: Dictionary(lockers.map { ($0.0, $0.2) }, uniquingKeysWith: { first, _ in first }),
                // A rehearsal has nothing to do with operators.
                acts: cohort == nil ? try ActReader.acts(transaction) : [:])
            return (.rollback, record)
        }
    }

    static func rows<Value>(_ rows: ResultSet, _ value: (Row) -> Value?) throws(PostgresError) -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(rows.count)
        for index in 0..<rows.count {
            guard let value = value(rows[index]) else { throw .unexpectedResult("ledger") }
            values.append(value)
        }
        return values
    }

    private static func decision(_ row: Row) -> Decision? {
        guard let id = row.int(0), let decidedAt = row.timestamp(1), let lockerID = row.int(5),
            let act = row.text(6).flatMap(Decision.Act.init), let outcome = row.text(7), let isGuarded = row.bool(8)
        else { return nil }
        return Decision(
            id: id, decidedAt: decidedAt.microseconds, receivedAt: row.timestamp(2)?.microseconds,
            requestID: row.text(3), studentID: row.text(4), lockerID: lockerID, act: act, outcome: outcome,
            isGuarded: isGuarded, assignmentID: row.int(9), lostTo: row.int(10), auditID: row.int(11))
    }

    private static func assignment(_ row: Row) -> Assignment? {
        guard let id = row.int(0), let lockerID = row.int(1), let studentID = row.text(2),
            let state = row.text(3).flatMap(Assignment.State.init), let createdAt = row.timestamp(4)
        else { return nil }
        return Assignment(
            id: id, lockerID: lockerID, studentID: studentID, state: state, createdAt: createdAt.microseconds,
            holdExpiresAt: row.timestamp(5)?.microseconds, confirmedAt: row.timestamp(6)?.microseconds,
            releasedAt: row.timestamp(7)?.microseconds, decisionID: row.int(8))
    }
}
