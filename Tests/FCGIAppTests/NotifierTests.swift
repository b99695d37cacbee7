import Glibc
import Testing

@testable import FCGIApp

@Suite struct NotifierTests {
    /// A datagram socket as the service manager has one.
    private final class Manager {
        let path: String
        private let descriptor: Int32

        init() throws {
            path = "/tmp/locker-notify-\(getpid())-\(UInt32.random(in: .min ... .max))"
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
                }
            }
            try #require(result == 0)
        }

        deinit {
            close(descriptor)
            unlink(path)
        }

        func next() -> String {
            var bytes = [UInt8](repeating: 0, count: 512)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }

    private func notifier(_ environment: [String: String]) -> Notifier {
        Notifier(environment: { environment[$0] }, processID: 42)
    }

    @Test func tellsTheManager() throws {
        let manager = try Manager()
        let notifier = notifier(["NOTIFY_SOCKET": manager.path])
        notifier.ready()
        #expect(manager.next() == "READY=1")
        notifier.status("3 requests/s")
        #expect(manager.next() == "STATUS=3 requests/s")
        notifier.feedWatchdog()
        #expect(manager.next() == "WATCHDOG=1")
        notifier.triggerWatchdog()
        #expect(manager.next() == "WATCHDOG=trigger")
        notifier.stopping()
        #expect(manager.next().hasPrefix("STOPPING=1\n"))
        #expect(manager.next() == "")
    }

    @Test func saysNothingWithoutAManager() {
        for address in [nil, "", "relative/path", "/tmp/nobody-listens-here", String(repeating: "/x", count: 100)] {
            let notifier = notifier(address.map { ["NOTIFY_SOCKET": $0] } ?? [:])
            notifier.ready()
            #expect(notifier.watchdogInterval == nil)
        }
    }

    @Test func knowsWhetherTheWatchdogIsItsOwn() {
        #expect(notifier(["WATCHDOG_USEC": "30000000"]).watchdogInterval == .seconds(30))
        #expect(notifier(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "42"]).watchdogInterval == .seconds(30))
        #expect(notifier(["WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "43"]).watchdogInterval == nil)
        #expect(notifier(["WATCHDOG_USEC": "0"]).watchdogInterval == nil)
        #expect(notifier(["WATCHDOG_USEC": "soon"]).watchdogInterval == nil)
    }
}
