import CLinux
import Glibc

/// The socket calls the adapters need, with errors instead of return codes.
public enum Socket {
    /// Takes the next connection from a listening socket; nil when none is waiting or the one waiting is gone already
    /// (accept(2), "Error handling": what befell the connection is not the listener's fault).
    public static func accept(_ listener: Int32) throws(SystemError) -> Descriptor? {
        do {
            return Descriptor(
                owning: try check("accept4") { accept4(listener, nil, nil, Int32(SOCK_CLOEXEC.rawValue)) })
        } catch {
            if error.isWouldBlock || [ECONNABORTED, EPROTO, ECONNRESET, ETIMEDOUT].contains(error.code) { return nil }
            throw error
        }
    }

    /// True when the descriptor is a socket that `listen` was called on. Throws ENOTSOCK when it is no socket at all.
    public static func isListening(_ number: Int32) throws(SystemError) -> Bool {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        try check("getsockopt") { getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, &value, &length) }
        return value != 0
    }

    /// From now on a call that would have to wait fails with EAGAIN. The flag belongs to the open file description:
    /// all processes that share the socket share it.
    public static func setNonBlocking(_ number: Int32) throws(SystemError) {
        let flags = try check("fcntl") { fcntl(number, F_GETFL) }
        try check("fcntl") { fcntl(number, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Bounds every single read and write on the socket (socket(7)).
    public static func setTimeouts(_ number: Int32, receive: Duration, send: Duration) throws(SystemError) {
        let length = socklen_t(MemoryLayout<timeval>.size)
        var time = receive.timeval
        try check("setsockopt") { setsockopt(number, SOL_SOCKET, SO_RCVTIMEO, &time, length) }
        time = send.timeval
        try check("setsockopt") { setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &time, length) }
    }

    /// Copies what has arrived into `buffer` without taking it out of the socket, and waits for nothing.
    /// - Returns: the number of bytes; 0 when the peer has closed.
    /// - Throws: EAGAIN when nothing has arrived.
    public static func peek(_ number: Int32, into buffer: inout [UInt8]) throws(SystemError) -> Int {
        let flags = Int32(Int(MSG_PEEK) | Int(MSG_DONTWAIT))
        return try check("recv") { buffer.withUnsafeMutableBytes { recv(number, $0.baseAddress, $0.count, flags) } }
    }

    /// Sends all of it, or the part from `start` to `end`; each single wait is bounded by the send timeout.
    public static func send(
        _ number: Int32, _ bytes: [UInt8], from start: Int = 0, to end: Int? = nil
    ) throws(SystemError) {
        let end = min(end ?? bytes.count, bytes.count)
        var sent = start
        while sent < end {
            // A peer that went away is an error of this call and no signal.
            sent += try check("send") {
                bytes.withUnsafeBytes {
                    Glibc.send(number, $0.baseAddress?.advanced(by: sent), end - sent, Int32(MSG_NOSIGNAL))
                }
            }
        }
    }

    /// Takes up to `buffer.count` bytes out of the socket, waiting no longer than the receive timeout.
    /// - Returns: the number of bytes; 0 when the peer has closed.
    public static func receive(_ number: Int32, into buffer: inout [UInt8]) throws(SystemError) -> Int {
        try check("recv") { buffer.withUnsafeMutableBytes { recv(number, $0.baseAddress, $0.count, 0) } }
    }

    /// Which way a connection is shut.
    public enum Direction: Sendable { case sending, both }

    /// Shuts a connection. One that is gone already is shut already: nothing is reported.
    public static func shutDown(_ number: Int32, _ direction: Direction) {
        _ = shutdown(number, Int32(direction == .sending ? SHUT_WR : SHUT_RDWR))
    }
}

extension Socket {
    /// A new non-blocking unix socket that listens on `path`. A socket file there that nobody listens on is replaced.
    /// - Returns: nil when somebody does listen on it.
    /// - Throws: ENAMETOOLONG when the path does not fit into an address (unix(7): 108 bytes with the final NUL).
    public static func listen(path: String, backlog: Int32, mode: UInt32) throws(SystemError) -> Descriptor? {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = Descriptor(owning: try check("socket") { socket(AF_UNIX, type, 0) })
        // Before bind: the file is then born with these rights, and there is no moment in which others may connect.
        try check("fchmod") { fchmod(descriptor.number, mode) }
        do {
            try bind(descriptor.number, path: path)
        } catch {
            // A file that is no socket is somebody's file: it is not replaced, though connecting to it is refused too.
            guard error.code == EADDRINUSE, try isSocketFile(path) else { throw error }
            if try isListenedOn(path) { return nil }
            try check("unlink") { unlink(path) }
            try bind(descriptor.number, path: path)
        }
        // The umask may have taken rights away that were asked for.
        try check("chmod") { chmod(path, mode) }
        try check("listen") { Glibc.listen(descriptor.number, backlog) }
        return descriptor
    }

    /// A blocking connection to the unix socket on `path`.
    public static func connect(path: String) throws(SystemError) -> Descriptor {
        let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Descriptor(owning: try check("socket") { socket(AF_UNIX, type, 0) })
        try withAddress(path) { address, length throws(SystemError) in
            try check("connect") { Glibc.connect(descriptor.number, address, length) }
        }
        return descriptor
    }

    private static func bind(_ number: Int32, path: String) throws(SystemError) {
        try withAddress(path) { address, length throws(SystemError) in
            try check("bind") { Glibc.bind(number, address, length) }
        }
    }

    private static func isSocketFile(_ path: String) throws(SystemError) -> Bool {
        var status = stat()
        try check("lstat") { lstat(path, &status) }
        return status.st_mode & S_IFMT == S_IFSOCK
    }

    private static func isListenedOn(_ path: String) throws(SystemError) -> Bool {
        do {
            _ = try connect(path: path)
            return true
        } catch {
            if error.code == ECONNREFUSED { return false }
            throw error
        }
    }

    private static func withAddress(
        _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
    ) throws(SystemError) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(path.utf8)
        guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
            throw SystemError(call: "bind", code: ENAMETOOLONG)
        }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let length = socklen_t(MemoryLayout<sockaddr_un>.size)
        try withUnsafePointer(to: &address) { pointer throws(SystemError) in
            try pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(SystemError) in
                try body(pointer, length)
            }
        }
    }
}
