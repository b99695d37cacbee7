/// An answer as records (FastCGI specification §3.3, §5.5), all of it in one piece of bytes.
///
/// libfcgi writes its answers in pieces of 8 KB with a system call for each, and cannot say that a connection is about to
/// be closed. So what is read is the library's and what is written is ours.
struct ResponseRecords {
    private static let maximumContent = 0xFFF8

    /// All records.
    let bytes: [UInt8]
    /// Where those begin that end the request.
    let end: Int

    /// - Parameters:
    ///   - requestID: of the request that is answered
    ///   - isLast: whether the connection will be closed although the web server asked to keep it. FastCGI has no word for
    ///     that, and a web server that does not know may send the next request into the closing connection, where it is
    ///     lost. So one byte more follows the end of the request: nginx keeps a connection only when nothing does
    ///     (`ngx_http_fastcgi_module.c`, the state `st_padding`), and closes this one. What stands from `end` on must be
    ///     sent by a single call: then the byte is there whenever the end is.
    init(_ response: Response, requestID: Int, isLast: Bool) {
        let head = response.head
        let total = head.count + response.body.count
        var bytes: [UInt8] = []
        bytes.reserveCapacity(total + 16 * (total / Self.maximumContent + 1) + 25)
        var start = 0
        while start < total {
            let stop = min(start + Self.maximumContent, total)
            let padding = (8 - (stop - start) % 8) % 8
            Self.append(6, requestID, stop - start, padding, to: &bytes)
            if start < head.count { bytes.append(contentsOf: head[start..<min(stop, head.count)]) }
            if stop > head.count {
                bytes.append(contentsOf: response.body[max(0, start - head.count)..<stop - head.count])
            }
            bytes.append(contentsOf: repeatElement(0, count: padding))
            start = stop
        }
        end = bytes.count
        Self.append(6, requestID, 0, 0, to: &bytes)
        // FCGI_REQUEST_COMPLETE, application status 0.
        Self.append(3, requestID, 8, 0, to: &bytes)
        bytes.append(contentsOf: repeatElement(0, count: isLast ? 9 : 8))
        self.bytes = bytes
    }

    private static func append(_ type: UInt8, _ requestID: Int, _ count: Int, _ padding: Int, to bytes: inout [UInt8]) {
        bytes.append(1)
        bytes.append(type)
        bytes.append(UInt8(requestID >> 8 & 0xFF))
        bytes.append(UInt8(requestID & 0xFF))
        bytes.append(UInt8(count >> 8 & 0xFF))
        bytes.append(UInt8(count & 0xFF))
        bytes.append(UInt8(padding))
        bytes.append(0)
    }
}
