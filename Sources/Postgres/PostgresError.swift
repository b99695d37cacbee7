import CPostgres

/// A five-character SQLSTATE (PostgreSQL manual, appendix A).
public struct SQLState: Equatable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// The code as the server sent it, `23505`.
    public let code: String

    public init(_ code: String) { self.code = code }
    public init(stringLiteral code: String) { self.code = code }
    public var description: String { code }

    public static let uniqueViolation: SQLState = "23505"
    public static let foreignKeyViolation: SQLState = "23503"
    public static let serializationFailure: SQLState = "40001"
    public static let deadlockDetected: SQLState = "40P01"
    public static let lockNotAvailable: SQLState = "55P03"
    public static let queryCanceled: SQLState = "57014"
    public static let readOnlyTransaction: SQLState = "25006"
    public static let invalidStatementName: SQLState = "26000"

    /// The whole statement was rolled back for a reason that another attempt need not meet.
    public var isWorthRepeating: Bool {
        self == .serializationFailure || self == .deadlockDetected || self == .uniqueViolation
    }

    /// A value was none for its type (class 22).
    public var isDataException: Bool { code.hasPrefix("22") }

    /// The server cannot serve this session any longer, or not now: connection exceptions (08), insufficient
    /// resources (53), operator intervention such as a shutdown (57P), and a primary that became a standby (25006).
    var endsConnection: Bool {
        code.hasPrefix("08") || code.hasPrefix("53") || code.hasPrefix("57P") || self == .readOnlyTransaction
    }
}

/// What can go wrong between us and PostgreSQL. Every description is safe to log: no value of any row is in it.
public enum PostgresError: Error, Equatable, CustomStringConvertible {
    /// No connection could be made; libpq's reason.
    case cannotConnect(String)
    /// The connection was lost while a statement was under way: whether it took effect is not known.
    case connectionLost
    /// The server did not answer in time: whether the statement took effect is not known.
    case deadlineExceeded
    /// The server refused the statement, and nothing of it took effect.
    case refused(SQLState, constraint: String?)
    /// The server answered something that the caller did not expect.
    case unexpectedResult(String)

    public var description: String {
        switch self {
        case .cannotConnect(let reason): "cannot connect: \(reason)"
        case .connectionLost: "connection lost"
        case .deadlineExceeded: "no answer in time"
        case .refused(let state, let constraint): "refused with \(state)" + (constraint.map { " (\($0))" } ?? "")
        case .unexpectedResult(let what): "unexpected result: \(what)"
        }
    }

    /// The database is out of reach or too busy: what the caller asked for may succeed in a moment.
    public var isTransient: Bool {
        switch self {
        case .cannotConnect, .connectionLost, .deadlineExceeded: true
        case .refused(let state, _):
            state.endsConnection || state == .lockNotAvailable || state == .queryCanceled
                || state == .deadlockDetected || state == .serializationFailure
        case .unexpectedResult: false
        }
    }
}
