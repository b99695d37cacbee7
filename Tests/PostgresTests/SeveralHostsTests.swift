import Foundation
import Glibc
import Testing

@testable import Postgres

/// Two servers in one url, of which the first is no server. Over TCP: a unix socket refuses at once or connects.
@Suite struct SeveralHostsTests {
    let living: ConnectionString

    init() throws {
        let url = try #require(
            ProcessInfo.processInfo.environment["DB_URL"], "run the tests as: stand/with-postgres swift test")
        living = try #require(ConnectionString(url))
    }

    private func url(behind port: UInt16, more: String = "") -> String {
        let host = living["host"] ?? ""
        return "host='127.0.0.1,\(host)' port='\(port),\(living["port"] ?? "5432")' "
            + "dbname='\(living["dbname"] ?? "")' user='\(living["user"] ?? "")' \(more)"
    }

    private func statement(_ sql: String) -> Statement { Statement(name: "hosts \(sql)", sql: sql) }

    @Test func oneThatAcceptsAndSaysNothingLeavesTimeForTheNext() throws {
        let silent = try TCPListener(backlog: 8)
        let database = Database(url: url(behind: silent.port), limits: .init(connect: .milliseconds(600)))
        #expect(try database.run(statement("SELECT 5")).first?.int(0) == 5)
        #expect(silent.acceptAll() == 1)

        // The one that answered is asked first from now on.
        let pid = try #require(try database.run(statement("SELECT pg_backend_pid()")).first?.int(0))
        let other = Database(url: living.text)
        _ = try other.run(statement("SELECT pg_terminate_backend($1::int, 5000)"), [.int(pid)])
        #expect(try database.run(statement("SELECT 6")).first?.int(0) == 6)
        #expect(database.connections == 2 && silent.acceptAll() == 0)
    }

    @Test func oneThatIsSwitchedOffLeavesTimeForTheNext() throws {
        let off = try TCPListener(backlog: 0)
        try off.fill()
        let database = Database(url: url(behind: off.port), limits: .init(connect: .milliseconds(600)))
        #expect(try database.run(statement("SELECT 5")).first?.int(0) == 5)
    }

    @Test func whenNoneAnswersEachReasonIsTold() throws {
        let silent = try TCPListener(backlog: 8)
        let database = Database(
            url: "host='127.0.0.1,/nonexistent' port='\(silent.port),5432' dbname=locker user=locker_app",
            limits: .init(connect: .milliseconds(200)))
        #expect {
            try database.run(statement("SELECT 1"))
        } throws: {
            guard case .cannotConnect(let reason)? = $0 as? PostgresError else { return false }
            return reason.contains("no answer in time") && reason.contains("/nonexistent")
        }
    }

    /// A host that was switched off and comes back refuses what was begun before. libpq goes on to the next host of its
    /// own list then, but only when it was not told that the socket is ready.
    @Test func aRefusalThatComesLateIsNoConnection() throws {
        let late = try TCPListener(backlog: 0)
        try late.fill()
        let (port, url) = (late.port, url(behind: late.port))
        let closing = Thread {
            // Now and not earlier: a port that is closed from the beginning refuses at once.
            while !TCPListener.isConnecting(to: port) { usleep(1000) }
            late.close()
        }
        closing.start()
        // The kernel asks again after a second, and is refused then.
        let session = try Session.connect(url: url, deadline: Deadline(after: .seconds(20)))
        let rows = try session.run(statement("SELECT 5"), [], deadline: Deadline(after: .seconds(5)))
        #expect(rows.first?.int(0) == 5)
    }

    @Test func aListIsTakenApart() throws {
        func servers(_ text: String) throws -> [String] {
            try #require(ConnectionString(text)).servers.map {
                "\($0["host"] ?? "-") \($0["hostaddr"] ?? "-") \($0["port"] ?? "-")"
            }
        }
        #expect(try servers("postgresql://u@a:1,b:2/l?target_session_attrs=read-write") == ["a - 1", "b - 2"])
        #expect(try servers("host=a,,c port=5 dbname=l") == ["a - 5", " - 5", "c - 5"])
        #expect(try servers("host=a,b hostaddr=1.1.1.1,2.2.2.2") == ["a 1.1.1.1 -", "b 2.2.2.2 -"])
        #expect(try servers("hostaddr=1.1.1.1,2.2.2.2 port=1,2") == ["- 1.1.1.1 1", "- 2.2.2.2 2"])
        // libpq says what is wrong with these, or goes through them in its own way.
        #expect(try servers("host=a,b port=1,2,3") == ["a,b - 1,2,3"])
        #expect(try servers("host=a,b,c hostaddr=1.1.1.1,2.2.2.2").count == 1)
        #expect(try servers("host=a,b target_session_attrs=prefer-standby") == ["a,b - -"])
        #expect(try servers("host=a port=1") == ["a - 1"])
        #expect(try servers("dbname=l") == ["- - -"])
        #expect(
            try #require(ConnectionString("host=a,b password='x y'")).servers.map { $0["password"] } == ["x y", "x y"])
    }
}

/// A TCP port of 127.0.0.1 that listens; what accepts is the kernel alone.
private final class TCPListener: Sendable {
    private let descriptor: Int32
    let port: UInt16

    init(backlog: Int32) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
        var address = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = descriptor
        let bound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, backlog) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = UInt16(bigEndian: address.sin_port)
        try #require(bound)
    }

    /// Fills a backlog of 0, which Linux takes one connection for: what asks then gets no answer at all, as from a host
    /// that is off.
    func fill() throws {
        let client = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = Self.loopback(port: port)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(client, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        // The connection is there before it has arrived in the queue, whose length is this column (proc_net_tcp).
        let queued = Self.name(of: port) + " 00000000:0000 0A 00000000:00000001"
        while !Self.table.contains(queued) { usleep(1000) }
    }

    /// Accepts what waits and hangs up. Returns how many there were.
    func acceptAll() -> Int {
        var count = 0
        while case let peer = accept(descriptor, nil, nil), peer >= 0 {
            _ = Glibc.close(peer)
            count += 1
        }
        return count
    }

    func close() { _ = Glibc.close(descriptor) }

    /// Whether somebody has asked this port for a connection and has no answer yet (SYN_SENT, 02 in proc_net_tcp).
    static func isConnecting(to port: UInt16) -> Bool {
        table.contains(name(of: port) + " 02")
    }

    private static var table: String { (try? String(contentsOfFile: "/proc/net/tcp", encoding: .utf8)) ?? "" }
    private static func name(of port: UInt16) -> String { "0100007F:" + String(format: "%04X", port) }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}
