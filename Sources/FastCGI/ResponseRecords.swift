/// An answer as records (FastCGI specification §3.3, §5.5), all of it in one piece of bytes.
///
/// libfcgi writes its answers in pieces of 8 KB with a system call for each, and cannot say that a connection is about to
/// be closed. So what is read is the library's and what is written is ours.
struct ResponseRecords {
    private static let maximumContent = 0xFFF8

    /// The content, and what ends the request. To be sent in this order.
    let content: [UInt8]
    let end: [UInt8]

    /// - Parameters:
    ///   - requestID: of the request that is answered
    ///   - isLast: whether the connection will be closed although the web server asked to keep it. FastCGI has no word for
    ///     that, and a web server that does not know may send the next request into the closing connection, where it is
    ///     lost. So one byte more follows the end of the request: nginx keeps a connection only when nothing does
    ///     (`ngx_http_fastcgi_module.c`, the state `st_padding`), and closes this one. `end` must be sent by a single call:
    ///     then the byte is there whenever the end is.
    init(_ response: Response, requestID: Int, isLast: Bool) {
        let stream = response.head + response.body
        var content: [UInt8] = []
        content.reserveCapacity(stream.count + 16 * (stream.count / Self.maximumContent + 1))
        var rest = stream[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.maximumContent)
            let padding = (8 - part.count % 8) % 8
            content += Self.header(6, requestID, part.count, padding)
            content += part
            content += repeatElement(0, count: padding)
            rest = rest.dropFirst(part.count)
        }
        self.content = content
        // FCGI_REQUEST_COMPLETE, application status 0.
        end =
            Self.header(6, requestID, 0, 0) + Self.header(3, requestID, 8, 0) + [UInt8](repeating: 0, count: 8)
            + (isLast ? [0] : [])
    }

    private static func header(_ type: UInt8, _ requestID: Int, _ count: Int, _ padding: Int) -> [UInt8] {
        [
            1, type, UInt8(requestID >> 8 & 0xFF), UInt8(requestID & 0xFF), UInt8(count >> 8 & 0xFF),
            UInt8(count & 0xFF),
            UInt8(padding), 0,
        ]
    }
}
