public import Linux
import Synchronization

/// Serves FastCGI requests on a number of threads of its own, each with its own `Handler`.
///
/// Accepting, waiting, timing out and closing are done here; libfcgi parses the records of one request at a
/// time and nothing else (its own accept loop starves, spins at shutdown and takes over signals; see
/// `ResponseRecords` for what is written). A connection that the web server asked to keep waits for its next request
/// without holding a thread, if every byte of the one before was taken; else it is closed.
///
/// libfcgi can be made to abort by what a peer sends (name lengths that overflow, FCGI_GET_VALUES). So it is given a
/// request only after `RequestScan` has looked at every byte of it; what does not pass is closed or answered without
/// being read. The socket is the web server's alone all the same: nothing here says who is at the other end.
public final class Server: Sendable {
    /// How a server is set up.
    public struct Configuration: Sendable {
        /// How many requests are worked on at once.
        public var threads: Int
        /// A longer body is `.tooLarge`. At most 64 KiB: a body must fit into the socket's buffer as a whole.
        public var maximumBodyBytes: Int
        /// How long a peer may take from being accepted to the end of its body.
        public var receiveTimeout: Duration
        /// How long a connection that the web server asked to keep may be idle. Longer than the web server's own limit:
        /// it is the one to close.
        public var keepTimeout: Duration
        /// How long, after a stop, idle kept connections are still there for the web server to close. Longer than its own
        /// limit: then none is closed under a request that is on its way.
        public var keepGrace: Duration
        /// How long a single write may wait for a peer that does not read.
        public var sendTimeout: Duration
        /// The stack of each thread.
        public var stackBytes: Int
        /// Told what happens outside of requests. Called on the worker threads: keep it short.
        public var observe: @Sendable (Event) -> Void

        public init(
            threads: Int, maximumBodyBytes: Int = 16 * 1024, receiveTimeout: Duration = .seconds(10),
            keepTimeout: Duration = .seconds(75), keepGrace: Duration = .seconds(2),
            sendTimeout: Duration = .seconds(10), stackBytes: Int = 1024 * 1024,
            observe: @escaping @Sendable (Event) -> Void = { _ in }
        ) {
            self.threads = threads
            self.maximumBodyBytes = maximumBodyBytes
            self.receiveTimeout = receiveTimeout
            self.keepTimeout = keepTimeout
            self.keepGrace = keepGrace
            self.sendTimeout = sendTimeout
            self.stackBytes = stackBytes
            self.observe = observe
        }
    }

    /// What happens outside of requests, for the log.
    public enum Event: Sendable, Equatable {
        /// Accepting failed; it is tried again after a pause.
        case acceptFailed(SystemError)
        /// A connection was closed without an answer, for it carried no proper request.
        case refused(Refusal)
        /// `makeHandler` gave none; it is asked again after a pause.
        case handlerUnavailable(thread: Int)
    }

    /// Why a server cannot be made.
    public enum Failure: Error, Equatable, CustomStringConvertible {
        case threads(Int)
        case maximumBodyBytes(Int)
        case library(code: Int32)
        case system(SystemError)

        public var description: String {
            switch self {
            case .threads(let count): "the number of threads must be from 1 to 1024, not \(count)"
            case .maximumBodyBytes(let count): "the longest body must be from 0 to 65536 bytes, not \(count)"
            case .library(let code): "libfcgi could not be initialised (\(code))"
            case .system(let error): error.description
            }
        }
    }

    private let shared: Shared
    private let threads: [Thread]

    /// Makes the threads; they accept nothing before `start`.
    public init(listener: Listener, configuration: Configuration) throws(Failure) {
        guard (1...1024).contains(configuration.threads) else { throw .threads(configuration.threads) }
        guard (0...65536).contains(configuration.maximumBodyBytes) else {
            throw .maximumBodyBytes(configuration.maximumBodyBytes)
        }
        let code = Library.initialised
        guard code == 0 else { throw .library(code: code) }
        do throws(SystemError) {
            let shared = try Shared(listener: listener, configuration: configuration)
            self.shared = shared
            var threads: [Thread] = []
            do throws(SystemError) {
                for index in 0..<configuration.threads {
                    let worker = Worker(index: index, shared: shared)
                    threads.append(
                        try Thread(name: "fastcgi-\(index)", stackBytes: configuration.stackBytes) { worker.run() })
                }
            } catch {
                // Those that were made wait to be started: let them go.
                shared.stop()
                throw error
            }
            self.threads = threads
        } catch {
            throw .system(error)
        }
    }

    deinit { shared.stop() }

    /// Starts to accept.
    /// - Parameter makeHandler: makes the handler of one thread, on that thread; it is given the thread's number,
    ///   counted from 0. While it gives nil the thread serves nothing and asks again each second.
    public func start(makeHandler: @escaping @Sendable (Int) -> (any Handler)?) {
        shared.start(makeHandler)
    }

    /// Stops to accept, at once and for good. What was accepted is answered; what waits in the backlog is left to the
    /// next process. The next answer on a kept connection tells the web server to close it, and idle ones are left to it
    /// for `keepGrace`. Returns without waiting.
    public func stop() { shared.stop() }

    /// Waits until every thread has ended.
    /// - Returns: false when some thread was still busy as the time ran out.
    public func waitUntilStopped(atMost limit: Duration) -> Bool {
        let deadline = ContinuousClock.now + limit
        return threads.allSatisfy { $0.join(atMost: ContinuousClock.now.duration(to: deadline)) }
    }

    /// For how long the thread that has been away longest has not come round to its wait. A healthy thread comes round
    /// within a second, or as soon as its request is answered; one that hangs, inside a request or anywhere else, does not.
    /// Counted from the making of the server for one that has never waited.
    public var longestAbsence: Duration { shared.longestAbsence }

    /// How many requests wait for the batch under way to end.
    var gatheredRequests: Int { Batch.allCases.reduce(0) { $0 + shared.gathering(of: $1).count } }

    /// How many threads have nothing to do, and leave it to another to look out.
    var restingThreads: Int { shared.lookout.resting }

    /// How many threads are answering at this moment.
    public var busyThreads: Int { shared.busyThreads.load(ordering: .relaxed) }
}

/// What the threads of one server share.
final class Shared: Sendable {
    let listener: Listener
    let configuration: Server.Configuration
    let busyThreads = Atomic(0)
    /// Raised when the threads may begin, or must end without having begun.
    let started: EventFD
    /// Raised once; in every thread's epoll.
    let stopped: EventFD
    let waiting: Waiting
    /// By batch, in the order of its cases.
    private let gatherings = Batch.allCases.map { _ in Gathering() }
    let lookout: Lookout
    private let makeHandler = Mutex<(@Sendable (Int) -> (any Handler)?)?>(nil)
    /// When idle connections are given up; set by `stop`.
    private let end = Mutex<ContinuousClock.Instant?>(nil)
    private let stopping = Atomic(false)
    private let rounds: [Round]
    private let beginning = ContinuousClock.now

    /// When one thread last came round, in µs since the beginning. A class, since an array holds no `Atomic`.
    private final class Round: Sendable {
        let at = Atomic<Int64>(0)
    }

    init(listener: Listener, configuration: Server.Configuration) throws(SystemError) {
        self.listener = listener
        self.configuration = configuration
        rounds = (0..<configuration.threads).map { _ in Round() }
        started = try EventFD()
        stopped = try EventFD()
        lookout = try Lookout(threads: configuration.threads)
        waiting = try Waiting(listener: listener.descriptor, stopped: stopped.number)
    }

    /// Thread `index` came round.
    func comesRound(_ index: Int) { rounds[index].at.store(age, ordering: .relaxed) }

    var longestAbsence: Duration {
        .microseconds(age - (rounds.map { $0.at.load(ordering: .relaxed) }.min() ?? 0))
    }

    /// In µs.
    private var age: Int64 {
        let (seconds, attoseconds) = beginning.duration(to: .now).components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    /// Whether a thread may end: after a stop, when nothing waits any more, or when idle connections had their time and
    /// nobody on another waits for an answer.
    func isOver() -> Bool {
        guard isStopping else { return false }
        if ContinuousClock.now < end.withLock({ $0 ?? .now }) { return waiting.isEmpty }
        return !waiting.owesAnswers
    }

    /// Where the requests of a batch wait for it.
    func gathering(of batch: Batch) -> Gathering { gatherings[batch.rawValue] }

    /// Whether one thread is enough to look out for what arrives.
    var oneWatchIsEnough: Bool { !isStopping && gatherings.contains { $0.isLed } }

    /// How long a thread may sleep before it looks around.
    var patience: Duration {
        isStopping ? .milliseconds(20) : min(.seconds(1), configuration.receiveTimeout / 2)
    }

    func start(_ makeHandler: @escaping @Sendable (Int) -> (any Handler)?) {
        self.makeHandler.withLock { $0 = makeHandler }
        started.raise()
    }

    func stop() {
        end.withLock { $0 = $0 ?? .now + configuration.keepGrace }
        stopping.store(true, ordering: .relaxed)
        stopped.raise()
        started.raise()
        lookout.callAll()
    }

    /// Waits for `start`; nil when the server was stopped before.
    func awaitStart() -> (@Sendable (Int) -> (any Handler)?)? {
        _ = started.wait()
        return makeHandler.withLock { $0 }
    }
}
