internal import OpenSSL

/// UUIDs (RFC 9562) in their text form, as PostgreSQL writes them.
enum UUIDText {
    /// A random one, version 4.
    static func random() throws -> String {
        var bytes = try Random.bytes(16)
        bytes[6] = bytes[6] & 0x0F | 0x40
        bytes[8] = bytes[8] & 0x3F | 0x80
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for (position, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(position) { text.append(UInt8(ascii: "-")) }
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a text is 8-4-4-4-12 lower-case hexadecimal digits.
    static func isValid(_ text: String) -> Bool {
        guard text.utf8.count == 36 else { return false }
        for (position, byte) in text.utf8.enumerated() {
            switch (position, byte) {
            case (8, _), (13, _), (18, _), (23, _): if byte != UInt8(ascii: "-") { return false }
            case (_, UInt8(ascii: "0")...UInt8(ascii: "9")), (_, UInt8(ascii: "a")...UInt8(ascii: "f")): continue
            default: return false
            }
        }
        return true
    }
}
