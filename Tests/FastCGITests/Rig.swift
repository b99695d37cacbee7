import Glibc
import Linux
import Synchronization

@testable import FastCGI

/// Calls a closure for each request.
struct ClosureHandler: Handler {
    let body: @Sendable (Request) -> Response
    mutating func respond(to request: Request) -> Response { body(request) }
}

/// A folder of its own under the system's temporary folder, removed at the end.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        var template = Array("/tmp/fastcgi-tests-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw SystemError(call: "mkdtemp", code: errno) }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit {
        // Only sockets and plain files are made in it.
        if let folder = opendir(path) {
            while let entry = readdir(folder) {
                let name = withUnsafeBytes(of: entry.pointee.d_name) {
                    String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
                }
                unlink("\(path)/\(name)")
            }
            closedir(folder)
        }
        rmdir(path)
    }
}

/// A running server on a socket of its own; stopped at the end.
final class Rig: Sendable {
    let folder: TemporaryFolder
    let path: String
    let listener: Listener
    let server: Server
    let seen = Seen()

    /// What the server's threads reported.
    final class Seen: Sendable {
        private let list = Mutex<[Server.Event]>([])
        var events: [Server.Event] { list.withLock { $0 } }
        func append(_ event: Server.Event) { list.withLock { $0.append(event) } }
    }

    convenience init(
        threads: Int = 2, maximumBodyBytes: Int = 1024, receiveTimeout: Duration = .seconds(10),
        keepTimeout: Duration = .seconds(75), keepGrace: Duration = .seconds(2), sendTimeout: Duration = .seconds(10),
        handler: @escaping @Sendable (Request) -> Response
    ) throws {
        try self.init(
            threads: threads, maximumBodyBytes: maximumBodyBytes, receiveTimeout: receiveTimeout,
            keepTimeout: keepTimeout, keepGrace: keepGrace, sendTimeout: sendTimeout
        ) { ClosureHandler(body: handler) }
    }

    init(
        threads: Int = 2, maximumBodyBytes: Int = 1024, receiveTimeout: Duration = .seconds(10),
        keepTimeout: Duration = .seconds(75), keepGrace: Duration = .seconds(2), sendTimeout: Duration = .seconds(10),
        makeHandler: @escaping @Sendable () -> any Handler
    ) throws {
        folder = try TemporaryFolder()
        path = folder.path + "/socket"
        listener = try Listener.unixSocket(path: path)
        let seen = self.seen
        server = try Server(
            listener: listener,
            configuration: .init(
                threads: threads, maximumBodyBytes: maximumBodyBytes, receiveTimeout: receiveTimeout,
                keepTimeout: keepTimeout, keepGrace: keepGrace, sendTimeout: sendTimeout, observe: { seen.append($0) }))
        server.start { _ in makeHandler() }
    }

    deinit {
        server.stop()
        _ = server.waitUntilStopped(atMost: .seconds(20))
        close(listener.descriptor)
    }
}

/// Runs `body` on `count` threads at once and gives what each returned.
func concurrently<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (Int) throws -> Result
) throws -> [Result] {
    let results = SharedList<Swift.Result<Result, any Error>>()
    let threads = try (0..<count).map { index in
        try Thread(name: "client-\(index)") { results.append(Swift.Result { try body(index) }) }
    }
    for thread in threads { thread.join() }
    return try results.all.map { try $0.get() }
}

/// A list that several threads append to.
final class SharedList<Element: Sendable>: Sendable {
    private let list = Mutex<[Element]>([])
    var all: [Element] { list.withLock { $0 } }
    func append(_ element: Element) { list.withLock { $0.append(element) } }
}

/// Polls until it holds or the time is over; for what has no event to wait for, such as a counter.
func eventually(within limit: Duration = .seconds(10), _ condition: () -> Bool) -> Bool {
    let deadline = ContinuousClock.now + limit
    while !condition() {
        if ContinuousClock.now > deadline { return false }
        usleep(1000)
    }
    return true
}
