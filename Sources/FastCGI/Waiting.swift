import Glibc
import Linux
import Synchronization

/// What the threads of a server wait for, all of them in one epoll: the listening socket, the stop, and the connections on
/// which nobody works just now (new ones that have not said anything, and kept ones between two requests). The kernel
/// hands each event to one thread, whichever is free, so a connection that is silent holds no thread, and no thread is
/// needed to hand out work.
///
/// A connection is reported once and then belongs to the thread that takes it, until that parks it again.
final class Waiting: Sendable {
    /// What there is to do.
    enum Event: ~Copyable {
        /// `isAbandoned`: the peer has closed it, so that nobody hears an answer.
        case connection(Descriptor, isFresh: Bool, isAbandoned: Bool)
        /// Perhaps: another thread may be quicker.
        case accept
        /// A request that another thread took and has no time for; `isAlone`: it is not to be put beside others.
        case arrival(Arrival, isAlone: Bool)
        case stop
        /// Nothing, for some time.
        case nothing
    }

    private let epoll: Epoll
    private let listener: Int32
    private let stopped: Int32
    private let parked = Parked()
    private let handed = Mutex<[(arrival: Arrival, isAlone: Bool)]>([])
    /// How many those are, to be looked at without the lock.
    private let handedCount = Atomic(0)
    /// Raised for each request that is handed over.
    private let handing: EventFD

    init(listener: Int32, stopped: Int32) throws(SystemError) {
        self.listener = listener
        self.stopped = stopped
        epoll = try Epoll()
        handing = try EventFD()
        try epoll.add(handing.number, [.readable, .edgeTriggered])
        // Exclusive: of the threads of all processes one is woken.
        try epoll.add(listener, [.readable, .exclusive])
        try epoll.add(stopped, .readable)
    }

    /// Whether no connection and no request waits.
    var isEmpty: Bool { parked.count == 0 && handed.withLock { $0.isEmpty } }

    /// Whether somebody waits for an answer: a request that was handed over, or a connection that has had none yet.
    var owesAnswers: Bool { handed.withLock { !$0.isEmpty } || parked.hasFresh }

    /// Waits for the next thing to do, at most so long. A request that was handed over comes first: it arrived before what
    /// the sockets have to tell.
    /// - Parameter takesHanded: otherwise one that was handed over is left where it is, and another thread woken for it
    func next(atMost limit: Duration, takesHanded: Bool = true) throws(SystemError) -> Event {
        if takesHanded, handedCount.load(ordering: .relaxed) > 0, let (arrival, isAlone) = takeOver() {
            return .arrival(arrival, isAlone: isAlone)
        }
        guard let ready = try epoll.waitForOne(atMost: limit) else { return .nothing }
        if ready.descriptor == listener { return .accept }
        if ready.descriptor == stopped { return .stop }
        if ready.descriptor == handing.number {
            if takesHanded { return takeOver().map { .arrival($0.arrival, isAlone: $0.isAlone) } ?? .nothing }
            handing.raise()
            return .nothing
        }
        // Gone when its time ran out at this very moment, and closed by whoever found that.
        guard let place = parked.take(ready.descriptor) else { return .nothing }
        return .connection(
            Descriptor(owning: ready.descriptor), isFresh: place.isFresh, isAbandoned: ready.events.contains(.hungUp))
    }

    /// Gives a request to whichever thread is free.
    func handOver(_ arrival: Arrival, isAlone: Bool = false) {
        handed.withLock {
            $0.append((arrival, isAlone))
            handedCount.store($0.count, ordering: .relaxed)
        }
        handing.raise()
    }

    private func takeOver() -> (arrival: Arrival, isAlone: Bool)? {
        let (arrival, isLast) = handed.withLock { handed in
            let arrival = handed.isEmpty ? nil : handed.removeFirst()
            handedCount.store(handed.count, ordering: .relaxed)
            return (arrival, handed.isEmpty)
        }
        // Several that were handed over at once may have been reported as one.
        if !isLast { handing.raise() }
        return arrival
    }

    /// Lets a connection wait.
    /// - Parameters:
    ///   - isFresh: whether it has never been answered anything
    ///   - isKnown: whether it has waited here before
    func park(
        _ connection: consuming Descriptor, isFresh: Bool, isKnown: Bool, until deadline: ContinuousClock.Instant
    ) throws(SystemError) {
        let number = connection.release()
        // In this order: as soon as it is armed another thread may have it.
        guard parked.put(number, Parked.Place(isFresh: isFresh, deadline: deadline)) else {
            _ = Descriptor(owning: number)
            throw SystemError(call: "epoll_ctl", code: EMFILE)
        }
        do throws(SystemError) {
            if isKnown {
                try epoll.rearm(number, [.readable, .peerClosed, .oneShot])
            } else {
                try epoll.add(number, [.readable, .peerClosed, .oneShot])
            }
        } catch {
            if parked.take(number) != nil { _ = Descriptor(owning: number) }
            throw error
        }
    }

    /// Closes the connections whose time has run out.
    /// - Parameter report: told before that, for each that has never said anything
    func closeExpired(at now: ContinuousClock.Instant, report: () -> Void) {
        for (number, place) in parked.takeAll(where: { $0.deadline <= now }) {
            let connection = Descriptor(owning: number)
            if place.isFresh { report() }
            _ = consume connection
        }
    }

    /// Takes no new connection any more. Asked twice, it does nothing. The stop stays reported, so that every thread sees
    /// it, whenever it comes to look.
    func leaveListener() {
        // Fails only where it has been done before.
        try? epoll.remove(listener)
    }
}
