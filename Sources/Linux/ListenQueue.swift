import Glibc

/// How many connections wait to be accepted.
public enum ListenQueue {
    /// Waiting connections and how many may wait.
    public struct Length: Sendable, Equatable {
        public let waiting: Int
        public let limit: Int
    }

    /// Asks the kernel about a listening unix socket (sock_diag(7)).
    /// - Parameter listener: the listening socket's descriptor
    /// - Returns: nil when the kernel does not tell: another kind of socket, another network namespace, no netlink.
    public static func length(of listener: Int32) -> Length? {
        var status = stat()
        guard fstat(listener, &status) == 0, status.st_mode & S_IFMT == S_IFSOCK else { return nil }
        let type = Int32(SOCK_RAW.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        guard let number = try? check("socket", { socket(AF_NETLINK, type, netlinkSockDiag) }) else { return nil }
        let netlink = Descriptor(owning: number)
        // The kernel answers within the call; a second is for a machine that is out of its mind.
        guard (try? Socket.setTimeouts(netlink.number, receive: .seconds(1), send: .seconds(1))) != nil else {
            return nil
        }
        let question = request(inode: UInt32(truncatingIfNeeded: status.st_ino))
        guard question.withUnsafeBytes({ send(netlink.number, $0.baseAddress, $0.count, 0) }) == question.count else {
            return nil
        }
        var answer = [UInt8](repeating: 0, count: 4096)
        guard let count = try? Socket.receive(netlink.number, into: &answer) else { return nil }
        return parse(answer[..<count])
    }

    // linux/netlink.h, linux/sock_diag.h, linux/unix_diag.h: none of them is in a module.
    private static let netlinkSockDiag: Int32 = 4
    private static let sockDiagByFamily: UInt16 = 20
    private static let flagRequest: UInt16 = 1
    private static let showQueueLength: UInt32 = 0x10
    private static let attributeQueueLength: UInt16 = 4
    private static let headerBytes = 16
    private static let messageBytes = 16

    /// nlmsghdr and unix_diag_req, in the machine's byte order.
    private static func request(inode: UInt32) -> [UInt8] {
        var bytes: [UInt8] = []
        func put(_ value: some FixedWidthInteger) { withUnsafeBytes(of: value) { bytes.append(contentsOf: $0) } }
        put(UInt32(headerBytes + 24))
        put(sockDiagByFamily)
        put(flagRequest)
        put(UInt32(1))  // sequence
        put(UInt32(0))  // port: the kernel's
        put(UInt8(AF_UNIX))
        put(UInt8(0))
        put(UInt16(0))
        put(UInt32.max)  // whatever state
        put(inode)
        put(showQueueLength)
        put(UInt32.max)  // no cookie
        put(UInt32.max)
        return bytes
    }

    /// The one attribute that was asked for, behind nlmsghdr and unix_diag_msg.
    private static func parse(_ answer: ArraySlice<UInt8>) -> Length? {
        func number<Number: FixedWidthInteger>(_ type: Number.Type, at offset: Int) -> Number? {
            guard offset + MemoryLayout<Number>.size <= answer.count else { return nil }
            return answer.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Number.self) }
        }
        guard number(UInt16.self, at: 4) == sockDiagByFamily else { return nil }
        var offset = headerBytes + messageBytes
        while let length = number(UInt16.self, at: offset), let type = number(UInt16.self, at: offset + 2), length >= 4
        {
            if type == attributeQueueLength, let waiting = number(UInt32.self, at: offset + 4),
                let limit = number(UInt32.self, at: offset + 8)
            {
                return Length(waiting: Int(waiting), limit: Int(limit))
            }
            offset += (Int(length) + 3) & ~3
        }
        return nil
    }
}
