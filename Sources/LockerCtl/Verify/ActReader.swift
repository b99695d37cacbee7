internal import Judge
internal import Postgres

/// Reads what operators' acts did to lockers and assignments, out of the images that the audit keeps.
enum ActReader {
    private static let acts = Statement(
        name: "verify_acts",
        sql: """
            SELECT a.audit_id, a.at, a.undo_of IS NOT NULL, a.in_ledger AND a.not_undoable IS NULL FROM operator_audit a
            """)
    private static let changes = Statement(
        name: "verify_changes",
        sql: """
            SELECT c.audit_id, (i.image ->> 'locker_id')::int, c.relation = 'locker_info',
                   c.before ->> 'owner', c.before ->> 'disabled_at' IS NOT NULL,
                   c.after ->> 'owner', c.after ->> 'disabled_at' IS NOT NULL,
                   (i.image ->> 'assignment_id')::bigint, i.image ->> 'student_id', (i.image ->> 'decision_id')::bigint,
                   c.before ->> 'state', c.after ->> 'state'
              FROM operator_changes c, LATERAL (SELECT coalesce(c.after, c.before)) AS i(image)
             WHERE c.relation IN ('locker_info', 'locker_assignments')
             ORDER BY c.change_id
            """)

    static func acts(_ transaction: borrowing Transaction) throws -> [Int: OperatorAct] {
        let told = try LedgerReader.rows(transaction.run(acts)) { row -> OperatorAct? in
            guard let id = row.int(0), let at = row.timestamp(1), let isUndo = row.bool(2), let isTold = row.bool(3)
            else { return nil }
            return OperatorAct(id: id, at: at.microseconds, isUndo: isUndo, isTold: isTold)
        }
        var acts = Dictionary(told.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        _ = try LedgerReader.rows(transaction.run(changes)) { row -> Void? in
            guard let id = row.int(0), let lockerID = row.int(1), let isLocker = row.bool(2) else { return nil }
            if isLocker {
                acts[id]?.add(
                    LockerChange(
                        lockerID: lockerID,
                        before: LockerChange.State(owner: row.text(3), isDisabled: row.bool(4) ?? false),
                        after: LockerChange.State(owner: row.text(5), isDisabled: row.bool(6) ?? false)))
            } else if let assignmentID = row.int(7), let studentID = row.text(8) {
                acts[id]?.add(
                    AssignmentChange(
                        assignmentID: assignmentID, lockerID: lockerID, studentID: studentID, decisionID: row.int(9),
                        before: row.text(10).flatMap(Assignment.State.init),
                        after: row.text(11).flatMap(Assignment.State.init)))
            }
            return ()
        }
        return acts
    }
}
