import CLinux
import Glibc

/// Waits for several descriptors at once (epoll(7)).
public final class Epoll: Sendable {
    /// What to wait for, or what was found.
    public struct Events: OptionSet, Sendable {
        public let rawValue: UInt32
        public init(rawValue: UInt32) { self.rawValue = rawValue }

        public static let readable = Events(rawValue: EPOLLIN.rawValue)
        /// The peer will send nothing more.
        public static let peerClosed = Events(rawValue: EPOLLRDHUP.rawValue)
        /// Both directions are closed; always reported.
        public static let hungUp = Events(rawValue: EPOLLHUP.rawValue)
        /// Always reported.
        public static let failed = Events(rawValue: EPOLLERR.rawValue)
        /// Of all who wait for the same descriptor one is woken, not all: no thundering herd on a shared listener.
        public static let exclusive = Events(rawValue: EPOLLEXCLUSIVE.rawValue)
        /// Only news wakes: bytes that were already there and were left there do not.
        public static let edgeTriggered = Events(rawValue: EPOLLET.rawValue)
        /// Reported once, to one of those who wait, and then not again before `rearm`.
        public static let oneShot = Events(rawValue: EPOLLONESHOT.rawValue)
    }

    /// A descriptor that was found ready.
    public struct Ready: Sendable {
        public let descriptor: Int32
        public let events: Events
    }

    private let descriptor: Descriptor

    public init() throws(SystemError) {
        descriptor = Descriptor(owning: try check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) })
    }

    /// Adds a descriptor. Closing it takes it out again.
    public func add(_ number: Int32, _ events: Events) throws(SystemError) {
        try control(EPOLL_CTL_ADD, number, events)
    }

    /// Waits again for a descriptor that was added as `oneShot` and has been reported.
    public func rearm(_ number: Int32, _ events: Events) throws(SystemError) {
        try control(EPOLL_CTL_MOD, number, events)
    }

    /// Takes a descriptor out.
    public func remove(_ number: Int32) throws(SystemError) {
        try control(EPOLL_CTL_DEL, number, [])
    }

    private func control(_ operation: Int32, _ number: Int32, _ events: Events) throws(SystemError) {
        var event = epoll_event()
        event.events = events.rawValue
        event.data.fd = number
        try check("epoll_ctl") { epoll_ctl(descriptor.number, operation, number, &event) }
    }

    /// Waits for one event, which no other thread that waits here is given as well if it is `oneShot`. Nil when the time
    /// ran out or a signal came.
    public func waitForOne(atMost limit: Duration? = nil) throws(SystemError) -> Ready? {
        var event = epoll_event()
        let count = epoll_wait(descriptor.number, &event, 1, limit?.milliseconds ?? -1)
        if count < 0 {
            let code = errno
            if code == EINTR { return nil }
            throw SystemError(call: "epoll_wait", code: code)
        }
        return count == 0 ? nil : Ready(descriptor: event.data.fd, events: Events(rawValue: event.events))
    }

    /// Waits, at most this long or, with nil, for as long as it takes. Empty when the time ran out or a signal came.
    public func wait(atMost limit: Duration? = nil) throws(SystemError) -> [Ready] {
        var events = (epoll_event(), epoll_event(), epoll_event(), epoll_event())
        let timeout = limit?.milliseconds ?? -1
        let count = withUnsafeMutableBytes(of: &events) { bytes in
            epoll_wait(descriptor.number, bytes.assumingMemoryBound(to: epoll_event.self).baseAddress, 4, timeout)
        }
        if count < 0 {
            let code = errno
            if code == EINTR { return [] }
            throw SystemError(call: "epoll_wait", code: code)
        }
        return withUnsafeBytes(of: events) { bytes in
            bytes.assumingMemoryBound(to: epoll_event.self).prefix(Int(count)).map {
                Ready(descriptor: $0.data.fd, events: Events(rawValue: $0.events))
            }
        }
    }
}
