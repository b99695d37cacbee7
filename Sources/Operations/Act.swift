internal import Postgres

/// One thing that an operator does: a call of one function in the database, which decides and changes everything under
/// the students' own locks (sql/), answers with one JSON object, and keeps the audit.
public struct Act: Sendable {
    /// The command as the audit names it, `locker disable`.
    public let command: String
    /// What it was asked, for the audit.
    public let arguments: [(name: String, value: String?)]
    let statement: Statement
    let parameters: [Parameter]
    /// Whether what it takes away is asked for first.
    public let destroys: Bool
    /// Whether it may fill or empty whole tables, so that the planner's figures are to be refreshed after it.
    let refreshesPlans: Bool

    /// - Parameters:
    ///   - call: the function's call, `operator_assign($1::text, $2::int)`
    ///   - destroys: false for an act that gives back at once what it takes (moving a student), or says by its own name
    ///     what it takes and of what (disabling a locker)
    init(
        _ command: String, _ arguments: [(name: String, value: String?)], call: String, _ parameters: [Parameter] = [],
        destroys: Bool = true, refreshesPlans: Bool = false
    ) {
        self.command = command
        self.arguments = arguments
        self.parameters = parameters
        self.destroys = destroys
        self.refreshesPlans = refreshesPlans
        statement = Statement(name: "act \(command)", sql: "SELECT \(call)::text")
    }
}

/// What became of an act.
public struct ActReport: Sendable {
    /// The number in the audit; nil when it was only tried.
    public let auditID: Int?
    /// The function's answer, a JSON object.
    public let result: Document
    /// Every row that was changed, a JSON array of `{relation, before, after}`.
    public let changes: Document
    /// How many rows, places and sessions it takes away.
    public let destroyed: Int
}
