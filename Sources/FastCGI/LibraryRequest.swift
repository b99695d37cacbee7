import CFastCGI
import Glibc
import Linux

/// Owns one `FCGX_Request`, and the connection it is given while it has one. Used by one thread.
///
/// The library keeps pointers to the structure, so it has an address of its own for all its life; one that moved lost
/// its answers in silence. Public fields of its are written here: `ipcFd` and `keepConnection`, which is how a connection
/// that the library did not accept itself is handed to it, and `wasFCloseCalled` of the two streams it would write to. A
/// test pins them.
final class LibraryRequest {
    private let request: UnsafeMutablePointer<FCGX_Request>

    init() {
        request = .allocate(capacity: 1)
        request.initialize(to: FCGX_Request())
        // No listening socket: when the library wants to accept by itself, that fails at once with EBADF.
        _ = FCGX_InitRequest(request, -1, 0)
    }

    deinit {
        finish()
        request.deallocate()
    }

    /// Hands the library a connection and lets it read the parameters, all of which must have arrived.
    /// - Returns: false when it did not take them; the connection is closed then.
    func begin(_ connection: consuming Descriptor) -> Bool {
        request.pointee.ipcFd = connection.release()
        // Else the library would close the connection as that of a request before it.
        request.pointee.keepConnection = 1
        // Else closing would wait up to two seconds for the peer, again and again as long as one trickles.
        _ = FCGX_Detach(request)
        if FCGX_Accept_r(request) == 0 {
            asksToKeep = request.pointee.keepConnection != 0
            // What is written is ours: the library is to believe that it has written it already.
            request.pointee.out.pointee.wasFCloseCalled = 1
            request.pointee.err.pointee.wasFCloseCalled = 1
            return true
        }
        // It has closed the connection itself, or has not come to look at it.
        finish()
        return false
    }

    /// The id of the request on its connection.
    var requestID: Int { Int(request.pointee.requestId) }

    /// The parameters, copied: the library frees its own at the end of the request.
    var parameters: Parameters {
        var parameters = Parameters()
        guard var entry = request.pointee.envp else { return parameters }
        while let text = entry.pointee {
            parameters.append(UnsafeRawBufferPointer(start: text, count: strlen(text)))
            entry += 1
        }
        return parameters
    }

    /// Reads a body of exactly `count` bytes, all of which must have arrived; nil when it is anything else.
    func readBody(_ count: Int) -> [UInt8]? {
        guard let input = request.pointee.in else { return nil }
        // One more than expected: it is the end that shows that this was all.
        let body = [UInt8](unsafeUninitializedCapacity: count + 1) { buffer, initialised in
            let received = buffer.withMemoryRebound(to: CChar.self) {
                FCGX_GetStr($0.baseAddress, Int32($0.count), input)
            }
            initialised = max(0, Int(received))
        }
        return body.count == count && FCGX_GetError(input) == 0 ? body : nil
    }

    /// Whether the web server asked to keep the connection after this request (FCGI_KEEP_CONN).
    private(set) var asksToKeep = false

    /// Ends the library's part in the request and gives the connection back; nil when it had to be closed.
    func release() -> Descriptor? {
        request.pointee.keepConnection = 1
        FCGX_Finish_r(request)
        let number = request.pointee.ipcFd
        request.pointee.ipcFd = -1
        return number >= 0 ? Descriptor(owning: number) : nil
    }

    /// Ends the request and closes its connection, if there is one.
    func finish() {
        request.pointee.keepConnection = 0
        _ = FCGX_Detach(request)
        FCGX_Finish_r(request)
    }
}
