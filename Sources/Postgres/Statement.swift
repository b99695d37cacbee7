/// One SQL text with `$1` parameters. It is prepared on a connection at its first use there, and again after a
/// reconnection (a new session knows nothing of the old one's statements).
public struct Statement: Hashable, Sendable {
    /// The name it is prepared under; unique among the statements of a program.
    public let name: String
    /// The text. The type of each parameter is said in it, `$1::int`.
    public let sql: String

    public init(name: String, sql: String) {
        self.name = name
        self.sql = sql
    }

    public static func == (left: Statement, right: Statement) -> Bool { left.name == right.name }
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// A statement with its values: what somebody who knows its tables hands to somebody who runs it beside others.
public struct Query: Sendable {
    public let statement: Statement
    public let parameters: [Parameter]

    public init(_ statement: Statement, _ parameters: [Parameter]) {
        self.statement = statement
        self.parameters = parameters
    }
}

/// A value for a `$n`.
public enum Parameter: Sendable {
    /// For `text`, `varchar`: sent with its length, so that a NUL is refused by the server (22021) and not cut off.
    case text(String?)
    /// For any type, in the notation of its input function: `uuid`, `float8`, `timestamptz`.
    case literal(String?)
    /// For `int`, `bigint`.
    case int(Int)
    /// For `boolean`.
    case bool(Bool)
    /// For `bytea`.
    case bytes([UInt8]?)
    /// For `int[]`, `bigint[]`.
    case ints([Int])
    /// For `text[]`.
    case texts([String])
    /// For arrays of any other type, each element in the notation of its input function, without what would have to be
    /// quoted there; nil for null: `uuid[]`, `float8[]`, an enum's array.
    case literals([String?])

    /// The bytes to send, nil for null, and libpq's format: 0 text, 1 binary.
    var encoded: (bytes: [UInt8]?, format: Int32) {
        switch self {
        case .text(let value): (value.map { Array($0.utf8) }, 1)
        // libpq reads a parameter in text format up to its NUL.
        case .literal(let value): (value.map { Array($0.utf8.prefix { $0 != 0 }) + [0] }, 0)
        case .int(let value): (Array(String(value).utf8) + [0], 0)
        case .bool(let value): ([value ? UInt8(ascii: "t") : UInt8(ascii: "f"), 0], 0)
        case .bytes(let value): (value, 1)
        case .ints(let values): (Self.array(values.map(String.init)), 0)
        case .texts(let values): (Self.array(values, isQuoted: true), 0)
        case .literals(let values): (Self.array(values.map { $0 ?? "NULL" }), 0)
        }
    }

    /// The notation of an array's input function (PostgreSQL documentation, §8.15.2), up to the NUL that libpq wants.
    private static func array(_ elements: [String], isQuoted: Bool = false) -> [UInt8] {
        let quote = UInt8(ascii: "\"")
        let escape = UInt8(ascii: "\\")
        var bytes: [UInt8] = []
        bytes.reserveCapacity(elements.reduce(3) { $0 + $1.utf8.count + 3 })
        bytes.append(UInt8(ascii: "{"))
        for element in elements {
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            if isQuoted { bytes.append(quote) }
            for byte in element.utf8 {
                // The rest would be read as the end of the whole: what is left is refused by the server.
                if byte == 0 { return bytes + [0] }
                if isQuoted, byte == quote || byte == escape { bytes.append(escape) }
                bytes.append(byte)
            }
            if isQuoted { bytes.append(quote) }
        }
        return bytes + [UInt8(ascii: "}"), 0]
    }
}
