/// Compiled together with RequestScan.swift and Refusal.swift of Sources/FastCGI: what a peer at the socket may send.
/// Nothing traps; a request that is ready stays ready however the bytes arrived, and more bytes never undo a refusal.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzRecords(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var scan = RequestScan(maximumBodyBytes: 16 * 1024)
    let whole = scan.scan(bytes[...])
    var incremental = RequestScan(maximumBodyBytes: 16 * 1024)
    var last = incremental.scan([])
    // At most 64 cuts: each scan begins from the first byte.
    for end in stride(from: 0, through: bytes.count, by: max(1, bytes.count / 64)) {
        let verdict = incremental.scan(bytes[..<end])
        if case .refused = last { precondition(verdict == last, "a refusal undone") }
        if case .ready = last { precondition(verdict == last, "a request changed after it was ready") }
        last = verdict
    }
    precondition(incremental.scan(bytes[...]) == whole, "the verdict depends on the past")
    return 0
}
