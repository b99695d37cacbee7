/// The parameters of a request, copied out of the library into one block of bytes. A string is made only of what is
/// asked for: a request carries thirty parameters and a handler reads ten.
struct Parameters: Sendable {
    private var bytes: [UInt8] = []
    private var entries: [Entry] = []

    /// `bytes[start..<equals]` is the name, `bytes[equals + 1..<end]` the value.
    private struct Entry {
        let start: Int
        let equals: Int
        let end: Int
    }

    init() {
        bytes.reserveCapacity(2048)
        entries.reserveCapacity(40)
    }

    init(_ dictionary: [String: String]) {
        for (name, value) in dictionary { append("\(name)=\(value)".utf8) }
    }

    /// Adds one `NAME=value`; without an equals sign it is not a parameter.
    mutating func append(_ nameAndValue: some Collection<UInt8>) {
        let start = bytes.count
        bytes.append(contentsOf: nameAndValue)
        guard let equals = bytes[start...].firstIndex(of: UInt8(ascii: "=")) else {
            bytes.removeSubrange(start...)
            return
        }
        entries.append(Entry(start: start, equals: equals, end: bytes.count))
    }

    subscript(name: String) -> String? {
        let count = name.utf8.count
        return bytes.withUnsafeBufferPointer { bytes in
            // The length tells nearly all of them apart.
            for entry in entries where entry.equals - entry.start == count {
                if UnsafeBufferPointer(rebasing: bytes[entry.start..<entry.equals]).elementsEqual(name.utf8) {
                    let value = UnsafeBufferPointer(rebasing: bytes[(entry.equals + 1)..<entry.end])
                    return String(validating: value, as: UTF8.self)
                }
            }
            return nil
        }
    }
}
