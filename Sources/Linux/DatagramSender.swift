import Glibc

/// Sends datagrams to a unix socket by its address: a path, or with a leading `@` a name in the kernel (unix(7)).
public struct DatagramSender: Sendable {
    private let address: [UInt8]

    /// - Parameter address: nil is returned for one that begins with neither `/` nor `@`, or is too long.
    public init?(address: String) {
        var bytes = Array(address.utf8)
        guard bytes.count > 1, bytes.count < MemoryLayout.size(ofValue: sockaddr_un().sun_path) else { return nil }
        guard bytes[0] == UInt8(ascii: "/") || bytes[0] == UInt8(ascii: "@") else { return nil }
        if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
        self.address = bytes
    }

    /// Sends one datagram, on a socket of its own: it is called a few times a minute.
    public func send(_ text: String) throws(SystemError) {
        let type = Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let descriptor = Descriptor(owning: try check("socket") { socket(AF_UNIX, type, 0) })
        var target = sockaddr_un()
        target.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &target.sun_path) { $0.copyBytes(from: address) }
        // A name in the kernel ends where the length says and not at a NUL.
        let length = socklen_t(MemoryLayout<sa_family_t>.size + address.count)
        let message = Array(text.utf8)
        try check("sendto") {
            withUnsafePointer(to: &target) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    sendto(descriptor.number, message, message.count, Int32(MSG_NOSIGNAL), pointer, length)
                }
            }
        }
    }
}
