public import JSON
public import Postgres

/// Why an operation did not happen. Nothing was changed.
public enum OperationError: Error, Sendable {
    /// A rule stands against it.
    case refused(Refusal)
    /// What it would take away is not what was agreed to: the world moved between the question and the answer.
    case differs(agreed: Int, found: Int)
    case database(PostgresError)
    /// The database answered something that this program does not understand.
    case unexpected(String)
}

/// A rule's refusal: its stable code (sql/) and what it is about.
public struct Refusal: Sendable, Equatable {
    public let code: String
    public let details: [String: JSONValue]

    public init(code: String, details: [String: JSONValue]) {
        self.code = code
        self.details = details
    }

    /// A detail as text, empty when it is not there.
    public subscript(_ name: String) -> String {
        switch details[name] {
        case .string(let text): text
        case .integer(let number): String(number)
        default: ""
        }
    }
}
