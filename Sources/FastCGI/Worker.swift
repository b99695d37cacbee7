import Linux
import Synchronization

/// One thread of a server: waits, accepts, lets the handler answer, closes or keeps.
struct Worker: Sendable {
    private let index: Int
    private let shared: Shared

    /// How long to leave the listener alone after accepting failed.
    private static let acceptPause = Duration.milliseconds(100)
    /// How many connections one thread takes out of the socket's queue at once. Not all: the other processes are to have
    /// their share, and a process that is killed loses what it has taken.
    private static let acceptBatch = 255
    /// How often a thread that always has something to do looks there: about every ten milliseconds in a process of eight.
    private static let turnsPerLook = 8
    private static let stopPause = Duration.milliseconds(2)
    private static let handlerPause = Duration.seconds(1)

    init(index: Int, shared: Shared) {
        self.index = index
        self.shared = shared
    }

    func run() {
        guard let makeHandler = shared.awaitStart(), var handler = self.handler(from: makeHandler) else { return }
        var exchange = Exchange(configuration: shared.configuration)
        let watch = Lookout.Watch(shared.lookout, thread: index)
        var hasSeenStop = false
        var turn = 0
        while !shared.isOver() {
            shared.comesRound(index)
            watch.begin(restAtMost: shared.patience) { shared.oneWatchIsEnough }
            turn &+= 1
            do throws(SystemError) {
                switch try nextEvent(turn) {
                case .connection(let connection, let isFresh, let isAbandoned):
                    try serve(
                        connection, isFresh: isFresh, isKnown: true, isAbandoned: isAbandoned, with: &exchange, watch,
                        by: &handler)
                case .accept:
                    // Nil: another thread was quicker.
                    if let connection = try takeFromQueue(&exchange) {
                        try serve(
                            connection, isFresh: true, isKnown: false, isAbandoned: false, with: &exchange, watch,
                            by: &handler)
                    }
                case .arrival(let arrival, let isAlone):
                    shared.busyThreads.add(1, ordering: .relaxed)
                    answer(arrival, isAlone: isAlone, with: &exchange, watch, by: &handler)
                    shared.busyThreads.subtract(1, ordering: .relaxed)
                case .stop:
                    shared.waiting.leaveListener()
                    // While connections wait it is reported again and again, in turn with theirs.
                    if hasSeenStop { Thread.sleep(for: Worker.stopPause) }
                    hasSeenStop = true
                case .nothing:
                    shared.waiting.closeExpired(at: .now) { shared.configuration.observe(.refused(.silent)) }
                }
            } catch {
                shared.configuration.observe(.acceptFailed(error))
                watch.end()
                // The connection is still waiting, so epoll would report it at once, for ever.
                _ = shared.stopped.wait(atMost: Worker.acceptPause)
            }
        }
    }

    /// What to do next. The socket's queue is looked at now and then also while its turn in epoll has not come: a request
    /// that goes first may be in it.
    private func nextEvent(_ turn: Int) throws(SystemError) -> Waiting.Event {
        if turn % Worker.turnsPerLook == 0, !shared.isStopping { return .accept }
        return try shared.waiting.next(atMost: shared.patience)
    }

    /// Takes what waits in the socket's queue: gives one connection, and lets the others wait behind what waits here. In
    /// epoll the listener is one entry of many, and with one connection taken each time it comes round, whoever stands in
    /// the socket's queue is overtaken again and again by requests on kept connections: in a wave some waited for as long
    /// as it lasted.
    /// - Returns: the first, or the one that is to go first; nil when none waits
    private func takeFromQueue(_ exchange: inout Exchange) throws(SystemError) -> Descriptor? {
        guard var mine = try Socket.accept(shared.listener.descriptor) else { return nil }
        do throws(SystemError) {
            for _ in 0..<Worker.acceptBatch {
                guard var other = try Socket.accept(shared.listener.descriptor) else { break }
                let goesFirst = exchange.goesFirst(other.number)
                if goesFirst { swap(&mine, &other) }
                try park(other, isFresh: true, isKnown: false)
                if goesFirst { break }
            }
        } catch {
            // No descriptors left, perhaps. The one that was taken is served all the same.
            shared.configuration.observe(.acceptFailed(error))
        }
        return mine
    }

    private func serve(
        _ connection: consuming Descriptor, isFresh: Bool, isKnown: Bool, isAbandoned: Bool,
        with exchange: inout Exchange, _ watch: Lookout.Watch, by handler: inout any Handler
    ) throws(SystemError) {
        shared.busyThreads.add(1, ordering: .relaxed)
        defer { shared.busyThreads.subtract(1, ordering: .relaxed) }
        let outcome = exchange.receive(connection, isFresh: isFresh, isKnown: isKnown, isAbandoned: isAbandoned) {
            watch.end()
        }
        switch consume outcome {
        case .closed(let refusal):
            if let refusal { shared.configuration.observe(.refused(refusal)) }
        case .waits(let connection, let isFresh):
            try park(connection, isFresh: isFresh, isKnown: isKnown)
        case .arrived(let arrival): answer(arrival, with: &exchange, watch, by: &handler)
        }
    }

    /// Answers a request, or puts it beside those that are being answered together.
    private func answer(
        _ arrival: Arrival, isAlone: Bool = false, with exchange: inout Exchange, _ watch: Lookout.Watch,
        by handler: inout any Handler
    ) {
        guard !isAlone, let batch = handler.gathers(arrival.request) else {
            watch.end()
            return finish(arrival, handler.respond(to: arrival.request))
        }
        if shared.gathering(of: batch).add(arrival) {
            watch.end()
            lead(batch, with: &exchange, by: &handler)
        }
    }

    /// Answers what gathers until nothing more does.
    private func lead(_ batch: Batch, with exchange: inout Exchange, by handler: inout any Handler) {
        while true {
            // In a rush there is always more: each batch is a round.
            shared.comesRound(index)
            var arrivals = shared.gathering(of: batch).next()
            if arrivals.isEmpty { return }
            collect(batch, into: &arrivals, with: &exchange, by: handler)
            let responses = handler.respond(toAll: arrivals.map(\.request), of: batch)
            for (arrival, response) in zip(arrivals, responses) {
                if let response { finish(arrival, response) } else { shared.waiting.handOver(arrival, isAlone: true) }
            }
        }
    }

    /// Adds what has arrived already: it costs less in this batch than in the next, and wakes no other thread. Waits for
    /// nothing, since others wait for this batch.
    private func collect(
        _ batch: Batch, into arrivals: inout [Arrival], with exchange: inout Exchange, by handler: any Handler
    ) {
        do throws(SystemError) {
            while arrivals.count < Gathering.limit {
                switch try shared.waiting.next(atMost: .zero, takesHanded: false) {
                case .connection(let connection, let isFresh, let isAbandoned):
                    switch exchange.receive(connection, isFresh: isFresh, isKnown: true, isAbandoned: isAbandoned) {
                    case .closed(let refusal):
                        if let refusal { shared.configuration.observe(.refused(refusal)) }
                    case .waits(let connection, let isFresh):
                        // To wait for the rest is another thread's business.
                        return try park(connection, isFresh: isFresh, isKnown: true)
                    case .arrived(let arrival):
                        if handler.gathers(arrival.request) == batch {
                            arrivals.append(arrival)
                        } else {
                            shared.waiting.handOver(arrival)
                        }
                    }
                // Whoever waits next is told again.
                default: return
                }
            }
        } catch {
            shared.configuration.observe(.acceptFailed(error))
        }
    }

    private func finish(_ arrival: Arrival, _ response: Response) {
        guard let connection = arrival.answer(response, mayKeep: !shared.isStopping) else { return }
        do throws(SystemError) {
            try park(connection, isFresh: false, isKnown: arrival.isKnown)
        } catch {
            // It is closed; the others of the batch still want their answers.
            shared.configuration.observe(.acceptFailed(error))
        }
    }

    private func park(_ connection: consuming Descriptor, isFresh: Bool, isKnown: Bool) throws(SystemError) {
        let configuration = shared.configuration
        try shared.waiting.park(
            connection, isFresh: isFresh, isKnown: isKnown,
            until: .now + (isFresh ? configuration.receiveTimeout : configuration.keepTimeout))
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
