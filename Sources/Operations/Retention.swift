internal import Postgres

extension Operator {
    private static let retention = Statement(
        name: "operator_retention", sql: "SELECT operator_retention($1::text, $2::text)::text")

    /// Forgets everything whose time is over (sql/retention.sql). Unlike an act it leaves a row in the
    /// audit only where something was forgotten, so that it can run every day.
    /// - Returns: `{acts, semesters, assignments, audit_id, next}`
    public func forgetWhatIsDue(_ mode: Mode) throws(OperationError) -> Document {
        let (reason, user, end): (String, String, Database.TransactionEnd) =
            switch mode {
            case .rehearse: ("(dry run)", "(dry run)", .rollback)
            case .perform(let reason, let user, _): (reason, user, .commit)
            }
        return try Self.translated {
            try database.transaction { transaction in
                let rows = try transaction.run(Self.retention, [.text(reason), .text(user)])
                guard let text = rows.first?.text(0) else { throw OperationError.unexpected("operator_retention") }
                return (end, try Document(text))
            }
        }
    }
}
