/// What is sent back: status, headers and body, as CGI writes them (RFC 3875 §6).
public struct Response: Sendable {
    /// The HTTP status code.
    public var status: Int
    /// The headers in the order they are sent. `Content-Length` is added when it is not among them, so that the web
    /// server notices an answer that was cut short.
    public var headers: [Header]
    /// The bytes of the body, sent as they are.
    public var body: [UInt8]

    public init(status: Int, headers: [Header] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The status line, the headers and the blank line.
    var head: [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(512)
        Self.append("Status", "\(status) \(ReasonPhrase.of(status))", to: &head)
        for header in headers { Self.append(header.name, header.value, to: &head) }
        // RFC 9110 §8.6: not with 1xx and 204; with 304 it would have to be the length of what was not sent.
        let hasNoContent = status < 200 || status == 204 || status == 304
        if !hasNoContent, !headers.contains(where: { $0.isNamed("content-length") }) {
            Self.append("Content-Length", String(body.count), to: &head)
        }
        head.append(contentsOf: [0x0D, 0x0A])
        return head
    }

    private static func append(_ name: String, _ value: String, to head: inout [UInt8]) {
        head.append(text: name)
        head.append(contentsOf: [UInt8(ascii: ":"), UInt8(ascii: " ")])
        head.append(text: value)
        head.append(contentsOf: [0x0D, 0x0A])
    }
}

/// One header of a response. It cannot contain what would end it early: a CR or LF in a value is header injection.
public struct Header: Sendable, Equatable {
    public let name: String
    public let value: String

    /// Nil when the name is not a token (RFC 9110 §5.6.2) or is `Status`, which CGI takes for the status line, or when
    /// the value contains a CR, LF or NUL (RFC 9110 §5.5).
    public init?(name: String, value: String) {
        guard !name.isEmpty, name.utf8.allSatisfy(Header.isTokenByte), !Header.isNamed(name, "status"),
            !value.utf8.contains(where: { $0 == 0x0D || $0 == 0x0A || $0 == 0 })
        else { return nil }
        self.name = name
        self.value = value
    }

    /// A header that stands in the source as it is. One that is not well-formed is a programmer's error and ends the
    /// process at its first use.
    public init(_ name: StaticString, _ value: StaticString) {
        // Safe: both are literals of the program; no request can reach this with another.
        self.init(name: name.description, value: value.description)!
    }

    func isNamed(_ lowercased: String) -> Bool { Header.isNamed(name, lowercased) }

    private static func isNamed(_ name: String, _ lowercased: String) -> Bool {
        // A token is ASCII, where this bit is the case of a letter; what else it changes is no token's.
        name.utf8.count == lowercased.utf8.count && zip(name.utf8, lowercased.utf8).allSatisfy { $0 | 0x20 == $1 }
    }

    private static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default:
            "!#$%&'*+.^_`|~".utf8.contains(byte)
        }
    }
}

extension [UInt8] {
    /// Appends a text as UTF-8, in one piece.
    mutating func append(text: String) {
        if text.utf8.withContiguousStorageIfAvailable({ append(contentsOf: $0) }) == nil {
            append(contentsOf: text.utf8)
        }
    }
}
