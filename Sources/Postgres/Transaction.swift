/// Several statements that take effect together, on one connection. Made by `Database.transaction` alone.
public struct Transaction {
    private let session: Session
    private let limit: Duration

    init(session: Session, limit: Duration) {
        self.session = session
        self.limit = limit
    }

    /// Runs a statement within the transaction. After a failure the transaction can only be given up.
    public func run(_ statement: Statement, _ parameters: [Parameter] = []) throws(PostgresError) -> ResultSet {
        try session.run(statement, parameters, deadline: Deadline(after: limit))
    }
}

extension Database {
    /// How a transaction ends.
    public enum TransactionEnd: Sendable {
        case commit, rollback
    }

    private static let begin = Statement(name: "transaction_begin", sql: "BEGIN")
    private static let commit = Statement(name: "transaction_commit", sql: "COMMIT")
    private static let rollback = Statement(name: "transaction_rollback", sql: "ROLLBACK")

    /// Runs `body` in one transaction (READ COMMITTED, as everywhere), which ends as it says. When it throws, or the
    /// connection is lost, nothing takes effect; a loss during the COMMIT itself is thrown, and what became of it is
    /// not known.
    public func transaction<Value>(
        _ body: (Transaction) throws -> (end: TransactionEnd, value: Value)
    ) throws -> Value {
        let session = try liveSession(within: nil)
        defer { forgetUnusableSession() }
        let transaction = Transaction(session: session, limit: limits.statement)
        _ = try transaction.run(Self.begin)
        let outcome: (end: TransactionEnd, value: Value)
        do {
            outcome = try body(transaction)
        } catch {
            // If even this fails the connection is not used again, and the server rolls back by itself.
            if session.isUsable, (try? transaction.run(Self.rollback)) == nil { session.abandon() }
            throw error
        }
        _ = try transaction.run(outcome.end == .commit ? Self.commit : Self.rollback)
        return outcome.value
    }
}
