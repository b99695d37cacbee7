import JSON

/// Whatever the bytes are, the parser does not trap. What it takes it takes again, and with white space around; what it
/// takes is UTF-8; and a string it read survives being written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    guard let value = try? JSONParser.parse(bytes) else { return 0 }
    // A trap is how libFuzzer learns of a finding.
    precondition(String(validating: bytes, as: UTF8.self) != nil, "took what is no UTF-8")
    precondition((try? JSONParser.parse([0x20, 0x0A] + bytes + [0x09])) == value, "white space matters")
    precondition((try? JSONParser.parse(bytes + [UInt8(ascii: "x")])) == nil, "took what follows the end")
    check(value, depth: 0)
    return 0
}

private func check(_ value: JSONValue, depth: Int) {
    precondition(depth <= JSONParser.maximumDepth, "deeper than allowed")
    switch value {
    case .null, .bool, .number: return
    case .integer(let number):
        var writer = JSONWriter()
        writer.integer(Int(number))
        precondition((try? JSONParser.parse(writer.bytes)) == value, "a number changed")
    case .string(let text):
        var writer = JSONWriter()
        writer.string(text)
        let again = try? JSONParser.parse(writer.bytes)
        // Byte by byte: Swift takes two spellings of one character for equal.
        precondition(again?.string.map { Array($0.utf8) } == Array(text.utf8), "a text changed")
    case .array(let values): for value in values { check(value, depth: depth + 1) }
    case .object(let members): for value in members.values { check(value, depth: depth + 1) }
    }
}
