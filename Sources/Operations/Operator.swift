internal import JSON
internal import Postgres

/// Does what an operator asks, and reports. Not for sharing between threads.
public final class Operator {
    let database: Database

    /// - Parameter url: the operator role's connection string, `DB_OPERATOR_URL`
    public init(url: String) {
        // Closing a semester or importing a list may take longer than a student's call ever does.
        database = Database(url: url, limits: Database.Limits(connect: .seconds(5), statement: .seconds(130)))
    }

    /// What to do with an act.
    public enum Mode: Sendable {
        /// Do it, see what it changes, and take it all back.
        case rehearse
        /// Do it, for a reason, in the name of an account of this machine.
        case perform(reason: String, user: String, agreed: Int?)
    }

    private static let begin = Statement(
        name: "operator_begin", sql: "SELECT operator_begin($1::text, $2::text::jsonb, $3::text, $4::text)")
    private static let changes = Statement(
        name: "operator_changes",
        sql: """
            SELECT coalesce(json_agg(json_build_object('relation', relation, 'before', before, 'after', after)
                                     ORDER BY change_id), '[]')::text, operator_destroyed($1::bigint)
              FROM operator_changes WHERE audit_id = $1::bigint
            """)

    /// Does an act in one transaction, or only tries it: both are the same steps, so that what was shown before is what
    /// happens. Again after a deadlock, as all acts decide anew.
    public func perform(_ act: Act, _ mode: Mode) throws(OperationError) -> ActReport {
        var attempts = 3
        while true {
            attempts -= 1
            do {
                let report = try database.transaction { transaction in try Self.perform(act, mode, transaction) }
                if act.refreshesPlans, report.auditID != nil { analyze() }
                return report
            } catch let error as OperationError {
                throw error
            } catch PostgresError.refused(let state, _) where state == .deadlockDetected && attempts > 0 {
                continue
            } catch let error as PostgresError {
                throw .database(error)
            } catch {
                throw .unexpected("\(error)")
            }
        }
    }

    /// Writes an act down that happens outside the database's own sight (`Act.note`), and nothing more: what this asks of the
    /// schema is what the first migration with an audit has. Gives its number.
    public func record(_ act: Act, reason: String, user: String) throws(OperationError) -> Int {
        try Self.translated {
            try database.transaction { transaction in
                let parameters = [act.command, JSONText.object(act.arguments), reason, user].map { Parameter.text($0) }
                guard let audit = try transaction.run(Self.begin, parameters).first?.int(0) else {
                    throw OperationError.unexpected("operator_begin")
                }
                _ = try transaction.run(act.statement, act.parameters)
                return (.commit, audit)
            }
        }
    }

    private static let analyzeStatement = Statement(name: "operator_analyze", sql: "SELECT operator_analyze()")

    /// Refreshes the planner's figures, in a transaction of its own. The act before it stands whatever comes of this:
    /// should it fail, autovacuum does the same a minute or so later.
    private func analyze() { _ = try? database.run(Self.analyzeStatement) }

    private static func perform(
        _ act: Act, _ mode: Mode, _ transaction: Transaction
    ) throws -> (end: Database.TransactionEnd, value: ActReport) {
        let arguments = JSONText.object(act.arguments)
        let (reason, user, agreed): (String, String, Int?) =
            switch mode {
            case .rehearse: ("(dry run)", "(dry run)", nil)
            case .perform(let reason, let user, let agreed): (reason, user, agreed)
            }
        let opened = try transaction.run(
            begin, [.text(act.command), .text(arguments), .text(reason), .text(user)])
        guard let audit = opened.first?.int(0) else { throw OperationError.unexpected("operator_begin") }
        guard let text = try transaction.run(act.statement, act.parameters).first?.text(0) else {
            throw OperationError.unexpected(act.command)
        }
        let result = try Document(text)
        if let code = result["error"].string {
            throw OperationError.refused(Refusal(code: code, details: result.value.object ?? [:]))
        }
        guard let row = try transaction.run(changes, [.int(audit)]).first, let list = row.text(0),
            let taken = row.int(1)
        else { throw OperationError.unexpected("operator_changes") }
        // Sessions are no rows of the audit, but to end one is to take something away.
        let unseen = [result["sessions"], result["erased"], result["mended"].object?["orphaned_session"] ?? .null]
        let destroyed = act.destroys ? unseen.reduce(taken) { $0 + Int($1.integer ?? 0) } : 0
        if let agreed, agreed != destroyed { throw OperationError.differs(agreed: agreed, found: destroyed) }
        let committed = if case .perform = mode { true } else { false }
        let report = ActReport(
            auditID: committed ? audit : nil, result: result, changes: try Document(list), destroyed: destroyed)
        return (committed ? .commit : .rollback, report)
    }

    /// Reads a report: one statement that gives one JSON text.
    public func read(_ report: Report) throws(OperationError) -> Document {
        try Self.translated {
            guard let text = try database.run(report.statement, report.parameters).first?.text(0) else {
                throw OperationError.unexpected(report.statement.name)
            }
            return try Document(text)
        }
    }

    /// Runs what may fail in many ways; it fails in one.
    static func translated<Value>(_ work: () throws -> Value) throws(OperationError) -> Value {
        do {
            return try work()
        } catch let error as OperationError {
            throw error
        } catch let error as PostgresError {
            throw .database(error)
        } catch {
            throw .unexpected("\(error)")
        }
    }
}
