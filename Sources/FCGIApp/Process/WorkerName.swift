internal import Glibc

/// How this process calls itself towards the database: `lockerctl status` tells by it how many workers live, and where.
enum WorkerName {
    /// `locker-worker <pid>@<host>`
    static let current = of(processID: getpid(), host: hostName())

    /// The host without its domain, and without what would be lost or replaced: an application_name has 63 bytes of
    /// printable ASCII (PostgreSQL, application_name).
    static func of(processID: pid_t, host: String) -> String {
        let label = host.utf8.prefix { $0 != UInt8(ascii: ".") }.prefix(40)
        let printable = label.map { (0x21...0x7E).contains($0) ? Character(UnicodeScalar($0)) : "?" }
        return "locker-worker \(processID)@\(String(printable))"
    }

    private static func hostName() -> String {
        // As long as a name may be (HOST_NAME_MAX), and the zero at its end.
        var buffer = [CChar](repeating: 0, count: 65)
        guard gethostname(&buffer, buffer.count - 1) == 0 else { return "?" }
        return String(decoding: buffer.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
