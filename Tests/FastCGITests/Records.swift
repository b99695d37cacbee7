/// Builds FastCGI records byte by byte, well-formed or not (FastCGI specification §3.3).
enum Records {
    static func record(
        _ type: UInt8, id: UInt16 = 1, _ content: [UInt8] = [], padding: UInt8 = 0, version: UInt8 = 1
    ) -> [UInt8] {
        let length = UInt16(content.count)
        return [
            version, type, UInt8(id >> 8), UInt8(id & 0xFF), UInt8(length >> 8), UInt8(length & 0xFF), padding, 0,
        ] + content + [UInt8](repeating: 0, count: Int(padding))
    }

    static func begin(id: UInt16 = 1, role: UInt8 = 1, keep: Bool = false, padding: UInt8 = 0) -> [UInt8] {
        record(1, id: id, [0, role, keep ? 1 : 0, 0, 0, 0, 0, 0], padding: padding)
    }

    /// Lengths of one byte below 128, of four from there on (§3.4).
    static func pair(_ name: String, _ value: String) -> [UInt8] {
        length(name.utf8.count) + length(value.utf8.count) + Array(name.utf8) + Array(value.utf8)
    }

    static func length(_ count: Int) -> [UInt8] {
        count < 128
            ? [UInt8(count)]
            : [UInt8(count >> 24) | 0x80, UInt8(count >> 16 & 0xFF), UInt8(count >> 8 & 0xFF), UInt8(count & 0xFF)]
    }

    /// A stream in records of at most `piece` bytes, with the empty one that ends it.
    static func stream(_ type: UInt8, id: UInt16 = 1, _ bytes: [UInt8], piece: Int = 32768) -> [UInt8] {
        var result: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: piece) {
            let part = Array(bytes[start..<min(start + piece, bytes.count)])
            result += record(type, id: id, part, padding: UInt8((8 - part.count % 8) % 8))
        }
        return result + record(type, id: id)
    }

    static func parameters(id: UInt16 = 1, _ pairs: [(String, String)]) -> [UInt8] {
        stream(4, id: id, pairs.flatMap { pair($0.0, $0.1) })
    }

    static func body(id: UInt16 = 1, _ bytes: [UInt8]) -> [UInt8] { stream(5, id: id, bytes) }

    /// A whole request; CONTENT_LENGTH is added when there is a body and none was given.
    /// - Parameter keep: whether it asks to keep the connection
    static func request(
        _ pairs: [(String, String)] = [("REQUEST_URI", "/")], body: [UInt8] = [], keep: Bool = false
    ) -> [UInt8] {
        var pairs = pairs
        if !body.isEmpty, !pairs.contains(where: { $0.0 == "CONTENT_LENGTH" }) {
            pairs.append(("CONTENT_LENGTH", "\(body.count)"))
        }
        return begin(keep: keep) + parameters(pairs) + self.body(body)
    }

    /// Many repeated names in one FCGI_GET_VALUES: more answer than the 64 bytes libfcgi has for it.
    static var overrunningGetValues: [UInt8] {
        record(9, id: 0, (0..<40).flatMap { _ in pair("FCGI_MPXS_CONNS", "") })
    }

    /// A name and a value whose lengths overflow a 32-bit sum.
    static var overflowingLengths: [UInt8] {
        record(4, [0xFF, 0xFF, 0xFF, 0xFE, 0xFF, 0xFF, 0xFF, 0xFE, 0x41, 0x41])
    }
}
