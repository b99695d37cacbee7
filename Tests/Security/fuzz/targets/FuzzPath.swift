/// Compiled together with Sources/FCGIApp/HTTP/Path.swift. What the path parser takes has no segment that climbs or that
/// hides a slash or a control character, and means the same when everything in it is escaped once more.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzPath(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    // As in the worker: a parameter that is no UTF-8 is absent.
    guard let target = String(validating: bytes, as: UTF8.self), let path = Path(requestTarget: target) else {
        return 0
    }
    precondition(target.utf8.first == UInt8(ascii: "/"), "a path without its slash")
    for segment in path.segments {
        precondition(segment != "." && segment != "..", "climbs")
        precondition(segment.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/") }, "hides something")
    }
    let escaped = path.segments.map { segment in
        segment.utf8.map { byte in
            let digits = Array("0123456789ABCDEF")
            return "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
        }.joined()
    }
    precondition(Path(requestTarget: "/" + escaped.joined(separator: "/")) == path, "read differently when escaped")
    precondition(Path(requestTarget: target + "?a=/../b") == path || target.utf8.contains(UInt8(ascii: "#")), "query")
    return 0
}
