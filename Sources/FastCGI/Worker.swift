import Linux
import Synchronization

/// One thread of a server: waits, accepts, lets the handler answer, closes.
struct Worker: Sendable {
    private let index: Int
    private let shared: Shared
    private let epoll: Epoll

    /// How long to leave the listener alone after accepting failed.
    private static let acceptPause = Duration.milliseconds(100)
    private static let handlerPause = Duration.seconds(1)

    init(index: Int, shared: Shared) throws(SystemError) {
        self.index = index
        self.shared = shared
        epoll = try Epoll()
        try epoll.add(shared.listener.descriptor, [.readable, .exclusive])
        try epoll.add(shared.stopped.number, .readable)
    }

    func run() {
        guard let makeHandler = shared.awaitStart(), var handler = self.handler(from: makeHandler) else { return }
        var exchange = Exchange(configuration: shared.configuration)
        while true {
            do throws(SystemError) {
                let ready = try epoll.wait()
                if ready.contains(where: { $0.descriptor == shared.stopped.number }) { return }
                if ready.isEmpty { continue }
                // One at a time, and back to epoll: accepting until nothing waits was measured to be no faster, and to
                // make the slowest requests slower. Nil: another thread was quicker.
                guard let connection = try Socket.accept(shared.listener.descriptor) else { continue }
                shared.busyThreads.add(1, ordering: .relaxed)
                defer { shared.busyThreads.subtract(1, ordering: .relaxed) }
                if let refusal = exchange.serve(connection, by: &handler) {
                    shared.configuration.observe(.refused(refusal))
                }
            } catch {
                shared.configuration.observe(.acceptFailed(error))
                // The connection is still waiting, so epoll would report it at once, for ever.
                if shared.stopped.wait(atMost: Worker.acceptPause) { return }
            }
        }
    }

    /// Asks until there is a handler; nil when the server was stopped first.
    private func handler(from makeHandler: @Sendable (Int) -> (any Handler)?) -> (any Handler)? {
        while !shared.stopped.wait(atMost: .zero) {
            if let handler = makeHandler(index) { return handler }
            shared.configuration.observe(.handlerUnavailable(thread: index))
            if shared.stopped.wait(atMost: Worker.handlerPause) { break }
        }
        return nil
    }
}
