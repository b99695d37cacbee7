import CLinux
import Glibc

/// A flag between threads that a thread can wait for together with sockets (eventfd(2)). Once raised it stays raised, and
/// everybody who waits for it sees it, until somebody lowers it.
public final class EventFD: Sendable {
    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(
            owning: try check("eventfd") { eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK)) })
    }

    /// The descriptor, readable once the flag is raised.
    public var number: Int32 { descriptor.number }

    /// Raises the flag; raising it again changes nothing.
    public func raise() {
        var one: UInt64 = 1
        // The only failure of a non-blocking eventfd is a counter at its limit: the flag is then raised already.
        _ = write(descriptor.number, &one, MemoryLayout<UInt64>.size)
    }

    /// Lowers the flag, if it is raised.
    public func lower() {
        var count: UInt64 = 0
        // Fails only when it was not raised.
        _ = read(descriptor.number, &count, MemoryLayout<UInt64>.size)
    }

    /// Waits for the flag, at most this long or, with nil, for as long as it takes. True when it is raised.
    public func wait(atMost limit: Duration? = nil) -> Bool {
        let deadline = limit.map { ContinuousClock.now + $0 }
        while true {
            var entry = pollfd(fd: descriptor.number, events: Int16(POLLIN), revents: 0)
            let remaining = deadline.map { (ContinuousClock.now.duration(to: $0)).milliseconds } ?? -1
            let ready = poll(&entry, 1, remaining)
            if ready > 0 { return true }
            if ready == 0 { return false }
            // EINTR and a shortage of kernel memory pass: ask again with what is left of the time.
        }
    }
}
