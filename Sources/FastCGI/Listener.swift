import Glibc
public import Linux

/// A listening socket. It stays open for as long as the process lives: it is shared with the other workers, and what
/// waits in its backlog belongs to whoever accepts next. It is never shut down.
public struct Listener: Sendable {
    let descriptor: Int32

    /// For how long accepting may wait where it should not wait at all. That a socket does not block is a flag that all who
    /// share it share, and systemd takes it away whenever it hands the socket to another worker: until that one has set it
    /// again, an accept that finds nothing would hold its thread until somebody comes. This bound belongs to the socket
    /// itself (socket(7), SO_RCVTIMEO), and nobody takes it away.
    private static let acceptTime = Duration.milliseconds(1)

    /// Why there is no listening socket.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case notASocket(descriptor: Int32)
        case notListening(descriptor: Int32)
        case pathTooLong
        /// Somebody answers on that path.
        case pathInUse
        case system(SystemError)

        public var description: String {
            switch self {
            case .notASocket(let descriptor):
                "file descriptor \(descriptor) is not a socket: start the worker from systemd or supervisord, which"
                    + " hand over the listening socket, or give it the path of one"
            case .notListening(let descriptor):
                "file descriptor \(descriptor) is a socket, but not a listening one"
            case .pathTooLong: "the path of a unix socket has at most 107 bytes"
            case .pathInUse: "another process listens on this path"
            case .system(let error): error.description
            }
        }
    }

    /// The socket that the starter of this process left listening, by the specification on descriptor 0 (FastCGI
    /// specification §2.2). It is made non-blocking, for all who share it.
    public static func inherited(descriptor: Int32 = 0) throws(Failure) -> Listener {
        let isListening: Bool
        do throws(SystemError) {
            isListening = try Socket.isListening(descriptor)
            if isListening {
                try Socket.setTimeouts(descriptor, receive: acceptTime, send: acceptTime)
                try Socket.setNonBlocking(descriptor)
            }
        } catch {
            throw [ENOTSOCK, EBADF].contains(error.code) ? .notASocket(descriptor: descriptor) : .system(error)
        }
        guard isListening else { throw .notListening(descriptor: descriptor) }
        return Listener(descriptor: descriptor)
    }

    /// A new listening socket on a path, for use by hand and in tests. A socket file that nobody listens on any more is
    /// replaced.
    /// - Parameters:
    ///   - backlog: how many connections may wait; a full backlog is an immediate 502 from the web server. The kernel
    ///     cuts it to `net.core.somaxconn`.
    ///   - mode: who may connect. The default keeps everybody out but the owner and the group.
    public static func unixSocket(
        path: String, backlog: Int32 = 4096, mode: UInt32 = 0o660
    ) throws(Failure) -> Listener {
        let descriptor: Descriptor?
        do throws(SystemError) {
            descriptor = try Socket.listen(path: path, backlog: backlog, mode: mode)
        } catch {
            throw error.code == ENAMETOOLONG ? .pathTooLong : .system(error)
        }
        guard let descriptor else { throw .pathInUse }
        do throws(SystemError) {
            try Socket.setTimeouts(descriptor.number, receive: acceptTime, send: acceptTime)
        } catch {
            throw .system(error)
        }
        return Listener(descriptor: descriptor.release())
    }
}
