/// Why a text is no JSON for us, and at which byte.
public struct JSONSyntaxError: Error, Equatable, Sendable {
    public enum Reason: Sendable {
        case invalidUTF8, byteOrderMark, unexpectedByte, unexpectedEnd, trailingBytes, tooDeep, duplicateKey,
            controlCharacter, loneSurrogate
    }
    public let reason: Reason
    public let offset: Int
}

/// A recursive-descent parser of RFC 8259 that takes no liberties: no byte order mark, no duplicate keys (two readers
/// would disagree on which one counts), no lone surrogates, no invalid UTF-8, and a bounded depth.
public struct JSONParser {
    /// How deep arrays and objects may nest. The deepest text that the API reads has depth 1.
    public static let maximumDepth = 32

    private let bytes: [UInt8]
    private var position = 0

    private init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Parses one whole text.
    public static func parse(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSONValue {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw JSONSyntaxError(reason: .byteOrderMark, offset: 0) }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONSyntaxError(reason: .invalidUTF8, offset: 0)
        }
        var parser = JSONParser(bytes)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        if parser.position < bytes.count { throw parser.failure(.trailingBytes) }
        return value
    }

    private func failure(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
        JSONSyntaxError(reason: reason, offset: position)
    }

    private var current: UInt8? { position < bytes.count ? bytes[position] : nil }

    private mutating func skipSpace() {
        while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
    }

    private mutating func expect(_ literal: StaticString) throws(JSONSyntaxError) {
        for index in 0..<literal.utf8CodeUnitCount {
            guard let byte = current else { throw failure(.unexpectedEnd) }
            // Safe: the index is below the literal's own count.
            guard byte == literal.utf8Start[index] else { throw failure(.unexpectedByte) }
            position += 1
        }
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        skipSpace()
        guard let byte = current else { throw failure(.unexpectedEnd) }
        switch byte {
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try array(depth: depth + 1)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"):
            try expect("true")
            return .bool(true)
        case UInt8(ascii: "f"):
            try expect("false")
            return .bool(false)
        case UInt8(ascii: "n"):
            try expect("null")
            return .null
        default: return try number()
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        if depth > Self.maximumDepth { throw failure(.tooDeep) }
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if current == UInt8(ascii: "}") {
            position += 1
            return .object(members)
        }
        while true {
            skipSpace()
            guard let byte = current else { throw failure(.unexpectedEnd) }
            guard byte == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            let key = try string()
            skipSpace()
            try expect(":")
            let member = try value(depth: depth)
            if members.updateValue(member, forKey: key) != nil { throw failure(.duplicateKey) }
            if try !more(until: UInt8(ascii: "}")) { return .object(members) }
        }
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) -> JSONValue {
        if depth > Self.maximumDepth { throw failure(.tooDeep) }
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if current == UInt8(ascii: "]") {
            position += 1
            return .array(elements)
        }
        while true {
            elements.append(try value(depth: depth))
            if try !more(until: UInt8(ascii: "]")) { return .array(elements) }
        }
    }

    /// Reads a comma (true) or the closing byte (false).
    private mutating func more(until closing: UInt8) throws(JSONSyntaxError) -> Bool {
        skipSpace()
        guard let byte = current else { throw failure(.unexpectedEnd) }
        guard byte == UInt8(ascii: ",") || byte == closing else { throw failure(.unexpectedByte) }
        position += 1
        return byte == UInt8(ascii: ",")
    }

    /// `-? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?`
    private mutating func number() throws(JSONSyntaxError) -> JSONValue {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
        var isInteger = true
        if current == UInt8(ascii: ".") {
            isInteger = false
            position += 1
            try digits()
        }
        if let byte = current, byte == UInt8(ascii: "e") || byte == UInt8(ascii: "E") {
            isInteger = false
            position += 1
            if let sign = current, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        guard isInteger else { return .number }
        return Int64(String(decoding: bytes[start..<position], as: UTF8.self)).map(JSONValue.integer) ?? .number
    }

    private mutating func digits() throws(JSONSyntaxError) {
        let start = position
        while let byte = current, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") { position += 1 }
        if position == start { throw failure(current == nil ? .unexpectedEnd : .unexpectedByte) }
    }

    private mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        // Nearly every string has nothing that must be rewritten: it is taken as it stands.
        let start = position
        while position < bytes.count, bytes[position] >= 0x20, bytes[position] != UInt8(ascii: "\\") {
            position += 1
            guard bytes[position - 1] == UInt8(ascii: "\"") else { continue }
            return bytes.withUnsafeBufferPointer {
                String(decoding: UnsafeBufferPointer(rebasing: $0[start..<position - 1]), as: UTF8.self)
            }
        }
        var content = Array(bytes[start..<position])
        while let byte = current {
            position += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: content, as: UTF8.self)
            case UInt8(ascii: "\\"): content.append(contentsOf: try escape().utf8)
            case 0..<0x20: throw failure(.controlCharacter)
            default: content.append(byte)
            }
        }
        throw failure(.unexpectedEnd)
    }

    private mutating func escape() throws(JSONSyntaxError) -> String {
        guard let byte = current else { throw failure(.unexpectedEnd) }
        position += 1
        switch byte {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return String(Character(try unicodeEscape()))
        default: throw failure(.unexpectedByte)
        }
    }

    /// The four digits behind `\u`, and the second half of a surrogate pair where the first stands.
    private mutating func unicodeEscape() throws(JSONSyntaxError) -> Unicode.Scalar {
        let first = try fourHexDigits()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, current == UInt8(ascii: "\\") else { throw failure(.loneSurrogate) }
        try expect("\\u")
        let second = try fourHexDigits()
        guard (0xDC00...0xDFFF).contains(second) else { throw failure(.loneSurrogate) }
        guard let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) else {
            throw failure(.loneSurrogate)
        }
        return scalar
    }

    private mutating func fourHexDigits() throws(JSONSyntaxError) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = current else { throw failure(.unexpectedEnd) }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
                throw failure(.unexpectedByte)
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }
}
