/// A JSON text as a value (RFC 8259), as strictly as a server that decides by it must read it.
public enum JSONValue: Equatable, Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number. Its value is not kept: nothing here has a use for one.
    case number
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    /// The text of a string, else nil.
    public var string: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The value of an integer, else nil.
    public var integer: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The elements of an array, else nil.
    public var array: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members of an object, else nil.
    public var object: [String: JSONValue]? {
        if case .object(let members) = self { members } else { nil }
    }
}
