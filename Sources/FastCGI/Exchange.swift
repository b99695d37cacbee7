import Glibc
import Linux

/// Takes one request after the other out of its connection. Used by one thread.
struct Exchange {
    private let configuration: Server.Configuration
    private let request = LibraryRequest()
    private var scan: RequestScan
    private var buffer: [UInt8]
    /// How many bytes there were when the last request was found complete.
    private var scannedBytes = 0

    init(configuration: Server.Configuration) {
        self.configuration = configuration
        scan = RequestScan(maximumBodyBytes: configuration.maximumBodyBytes)
        buffer = [UInt8](repeating: 0, count: scan.bufferBytes)
    }

    /// What was found on a connection.
    enum Outcome: ~Copyable {
        /// A request, which is to be answered.
        case arrived(Arrival)
        /// It was closed; with the reason when no answer was given.
        case closed(Refusal?)
        /// It is to be served again when something arrives. `isFresh`: nothing has arrived on it yet.
        case waits(Descriptor, isFresh: Bool)
    }

    /// Takes the next request of a connection, if there is one.
    /// - Parameters:
    ///   - isFresh: whether nothing has arrived on it before
    ///   - isKnown: whether it has waited for something to arrive before
    ///   - isAbandoned: whether the peer has closed it: a request is not run then, since nobody would hear the answer
    ///   - willWait: called when a request has not arrived whole, before the rest is waited for; nil: there is no time for
    ///     that
    mutating func receive(
        _ connection: consuming Descriptor, isFresh: Bool, isKnown: Bool, isAbandoned: Bool,
        willWait: (() -> Void)? = nil
    ) -> Outcome {
        let verdict: RequestScan.BodyVerdict
        do throws(SystemError) {
            if isFresh {
                try Socket.setTimeouts(
                    connection.number, receive: configuration.receiveTimeout, send: configuration.sendTimeout)
            }
            switch try awaitRequest(on: connection.number, willWait) {
            // A kept connection ends when the web server has no more use for it.
            case .refused(let refusal): return .closed(refusal == .ended && !isFresh ? nil : refusal)
            case .more: return .closed(.ended)
            case .ready where isAbandoned: return .closed(.abandoned)
            case .ready(let body): verdict = body
            }
        } catch {
            if error.isWouldBlock { return .waits(connection, isFresh: isFresh) }
            return .closed(error.isShortage ? .shortage : .ended)
        }

        guard request.begin(connection) else { return .closed(.library) }
        let body: Request.Body =
            switch verdict {
            case .complete(let count): request.readBody(count).map { .complete($0) } ?? .incomplete
            case .tooLarge: .tooLarge
            case .incomplete: .incomplete
            }
        let asksToKeep = request.asksToKeep
        let requestID = request.requestID
        let arrived = Request(parameters: request.parameters, body: body)
        // The library has done its part: the request can be answered by whichever thread comes to it.
        guard let connection = request.release() else { return .closed(.library) }
        return .arrived(
            // Every byte that has arrived belonged to this request: what else came was sent by somebody who does not
            // wait for answers, and some of it may have gone into the library's buffer.
            Arrival(
                arrived, number: requestID, on: connection, isKnown: isKnown, asksToKeep: asksToKeep,
                isExact: scannedBytes == scan.requestBytes, sendTimeout: configuration.sendTimeout))
    }

    /// Whether a request that asks to go first has arrived as a whole on a connection.
    mutating func goesFirst(_ connection: Int32) -> Bool {
        guard let count = try? Socket.peek(connection, into: &buffer), count > 0,
            case .ready = scan.scan(buffer[..<count])
        else { return false }
        return scan.goesFirst
    }

    /// Waits until the whole request has arrived, or as much of it as will be used, and leaves it in the socket. Does not
    /// wait for its first byte: throws EAGAIN when there is none, and without `willWait` when it is not whole.
    private mutating func awaitRequest(
        on connection: Int32, _ willWait: (() -> Void)?
    ) throws(SystemError) -> RequestScan.Verdict {
        var news: Epoll?
        var deadline = ContinuousClock.Instant.now
        while true {
            let count = try Socket.peek(connection, into: &buffer)
            scannedBytes = count
            let verdict = count == 0 ? .refused(.ended) : scan.scan(buffer[..<count])
            guard case .more(let parametersComplete) = verdict else { return verdict }
            // Nearly always the web server has sent everything at once, and this is not reached.
            let unfinished: (Refusal) -> RequestScan.Verdict = {
                parametersComplete ? .ready(.incomplete) : .refused($0)
            }
            if count == buffer.count { return unfinished(.tooManyParameters) }
            guard let willWait else { throw SystemError(call: "recv", code: EAGAIN) }
            guard let epoll = news else {
                willWait()
                deadline += configuration.receiveTimeout
                // Only news: what has arrived stays in the socket and would be reported for ever.
                let epoll = try Epoll()
                try epoll.add(connection, [.readable, .peerClosed, .edgeTriggered])
                news = epoll
                continue
            }
            let remaining = ContinuousClock.now.duration(to: deadline)
            if remaining <= .zero { return unfinished(.silent) }
            let ready = try epoll.wait(atMost: remaining)
            let isOver = ready.contains { !$0.events.isDisjoint(with: [.peerClosed, .hungUp, .failed]) }
            guard isOver else { continue }
            // The last bytes and the end may have come together.
            let last = try Socket.peek(connection, into: &buffer)
            scannedBytes = last
            let lastVerdict = last == 0 ? .refused(.ended) : scan.scan(buffer[..<last])
            if case .more(let parametersComplete) = lastVerdict {
                return parametersComplete ? .ready(.incomplete) : .refused(.ended)
            }
            return lastVerdict
        }
    }
}
