public import JSON
internal import Postgres

/// A JSON text from the database: the bytes, for `--json`, and the value, for a table.
public struct Document: Sendable {
    public let text: String
    public let value: JSONValue

    init(_ text: String) throws(OperationError) {
        self.text = text
        do { value = try JSONParser.parse(Array(text.utf8)) } catch {
            throw .unexpected("JSON at byte \(error.offset)")
        }
    }

    /// The members of an array of objects.
    public var rows: [[String: JSONValue]] {
        if case .array(let rows) = value { rows.compactMap(\.object) } else { [] }
    }

    public subscript(_ name: String) -> JSONValue { value.object?[name] ?? .null }
}
