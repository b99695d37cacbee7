/// The path of a request target, split and decoded exactly once (RFC 3986 §2.1, §3.3). It is read from the raw
/// `REQUEST_URI`: nginx has decoded and normalised its own copy, and two readers must not disagree on what was asked.
struct Path: Equatable {
    /// The segments behind the first slash, decoded: `/api/v1/lockers` has three.
    let segments: [String]

    /// Nil for what no route can mean: a target that does not begin with a slash, an invalid escape, bytes that are no
    /// UTF-8, a decoded slash, a control character, or a segment of dots (nothing here climbs directories).
    init?(requestTarget target: String) {
        let bytes = Array(target.utf8.prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        guard bytes.first == UInt8(ascii: "/") else { return nil }
        var segments: [String] = []
        for raw in bytes.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let segment = Self.decode(raw), segment != ".", segment != ".." else { return nil }
            segments.append(segment)
        }
        self.segments = segments
    }

    private static func decode(_ raw: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var rest = raw
        while let byte = rest.popFirst() {
            if byte != UInt8(ascii: "%") {
                decoded.append(byte)
                continue
            }
            guard let high = hexDigit(rest.popFirst()), let low = hexDigit(rest.popFirst()) else { return nil }
            decoded.append(high << 4 | low)
        }
        guard decoded.allSatisfy({ $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }) else { return nil }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func hexDigit(_ byte: UInt8?) -> UInt8? {
        switch byte {
        case .some(let digit) where (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit): digit - UInt8(ascii: "0")
        case .some(let digit) where (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(digit):
            digit - UInt8(ascii: "a") + 10
        case .some(let digit) where (UInt8(ascii: "A")...UInt8(ascii: "F")).contains(digit):
            digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
