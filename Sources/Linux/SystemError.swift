import Glibc

/// A system call that failed: which one, and with which errno. Safe to log: it names no file and no peer.
public struct SystemError: Error, Equatable, CustomStringConvertible {
    /// The system call, `accept4` for instance.
    public let call: String
    /// The errno it failed with.
    public let code: Int32

    public init(call: String, code: Int32) {
        self.call = call
        self.code = code
    }

    public var description: String { "\(call): \(String(cString: strerror(code))) (errno \(code))" }

    /// True when a descriptor, buffer or memory ran out: it passes by itself, and asking again at once only burns time.
    public var isShortage: Bool { [EMFILE, ENFILE, ENOBUFS, ENOMEM].contains(code) }

    /// True when there was nothing to do yet, or a timeout set on the socket ran out (socket(7), SO_RCVTIMEO).
    public var isWouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }
}

/// The one way from a return code to an error: errno is read at once, before anything can change it, and an
/// interrupted call is made again.
@discardableResult
func check<Result: FixedWidthInteger & SignedInteger>(
    _ call: String, _ body: () -> Result
) throws(SystemError) -> Result {
    while true {
        let result = body()
        if result >= 0 { return result }
        let code = errno
        if code != EINTR { throw SystemError(call: call, code: code) }
    }
}

/// The same for the pthread functions, which return their error instead of setting errno.
func checkPthread(_ call: String, _ code: Int32) throws(SystemError) {
    if code != 0 { throw SystemError(call: call, code: code) }
}
