import Linux

/// Takes one request after the other from its first byte to its answer. Used by one thread.
struct Exchange {
    private let configuration: Server.Configuration
    private let request = LibraryRequest()
    private var scan: RequestScan
    private var buffer: [UInt8]
    /// How many bytes there were when the last request was found complete.
    private var scannedBytes = 0

    /// What a peer may still send after its answer before the connection is closed on it.
    private static let maximumDrainBytes = 1024 * 1024
    private static let drainTime = Duration.seconds(2)

    init(configuration: Server.Configuration) {
        self.configuration = configuration
        scan = RequestScan(maximumBodyBytes: configuration.maximumBodyBytes)
        buffer = [UInt8](repeating: 0, count: scan.bufferBytes)
    }

    /// What became of a connection.
    enum Outcome: ~Copyable {
        /// It was closed; with the reason when no answer was given.
        case closed(Refusal?)
        /// It is to be served again when something arrives. `isFresh`: nothing has arrived on it yet.
        case waits(Descriptor, isFresh: Bool)
    }

    /// Answers the next request of a connection, if there is one.
    /// - Parameters:
    ///   - isFresh: whether it has just been accepted
    ///   - mayKeep: asked when the answer is about to be sent: whether the connection may serve another request
    mutating func serve(
        _ connection: consuming Descriptor, isFresh: Bool, by handler: inout any Handler, mayKeep: () -> Bool
    ) -> Outcome {
        let deadline = ContinuousClock.now + configuration.receiveTimeout
        let verdict: RequestScan.BodyVerdict
        do throws(SystemError) {
            if isFresh {
                try Socket.setTimeouts(
                    connection.number, receive: configuration.receiveTimeout, send: configuration.sendTimeout)
            }
            switch try awaitRequest(on: connection.number, until: deadline) {
            // A kept connection ends when the web server has no more use for it.
            case .refused(let refusal): return .closed(refusal == .ended && !isFresh ? nil : refusal)
            case .more: return .closed(.ended)
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
        let response = handler.respond(to: Request(parameters: request.parameters, body: body))
        guard case .complete = body else {
            _ = request.write(response, keeps: false)
            // Not read by the library, which might run a forged record in it: taken out of the socket and thrown away.
            drain(request.connection)
            request.finish()
            return .closed(nil)
        }
        // Only where every byte that has arrived belonged to this request: what else came was sent by somebody who does
        // not wait for answers, and some of it may have gone into the library's buffer.
        let keeps = request.asksToKeep && scannedBytes == scan.requestBytes && mayKeep()
        if request.write(response, keeps: keeps), keeps, let connection = request.release() {
            return .waits(connection, isFresh: false)
        }
        request.finish()
        return .closed(nil)
    }

    /// Waits until the whole request has arrived, or as much of it as will be used, and leaves it in the socket. Does not
    /// wait for its first byte: throws EAGAIN when there is none.
    private mutating func awaitRequest(
        on connection: Int32, until deadline: ContinuousClock.Instant
    ) throws(SystemError) -> RequestScan.Verdict {
        var news: Epoll?
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
            guard let epoll = news else {
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

    /// After an early answer: lets the peer send the rest, so that it comes to read its answer instead of failing in a
    /// write; bounded in bytes and in time.
    private mutating func drain(_ connection: Int32) {
        guard connection >= 0 else { return }
        Socket.shutDown(connection, .sending)
        let deadline = ContinuousClock.now + Exchange.drainTime
        var drained = 0
        while drained < Exchange.maximumDrainBytes {
            let remaining = ContinuousClock.now.duration(to: deadline)
            guard remaining > .zero else { return }
            do throws(SystemError) {
                try Socket.setTimeouts(connection, receive: remaining, send: configuration.sendTimeout)
                let count = try Socket.receive(connection, into: &buffer)
                if count == 0 { return }
                drained += count
            } catch {
                return
            }
        }
    }
}
