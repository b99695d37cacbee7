import Linux
import Synchronization

/// Who looks out for what arrives. Usually every thread that has nothing to do: the kernel then gives each event to a
/// thread that is there already. While a batch is being answered (`Gathering`) one is enough, since all it does with most
/// requests is to put them beside the batch, and to wake another thread for each of them costs more than that. The others
/// rest, and the one is relieved before it turns to anything that takes time.
///
/// Where nobody rests it costs two additions a request, and no lock: eight threads that take turns would queue at it.
final class Lookout: Sendable {
    /// How many threads wait for events, or look at what they found.
    private let watching = Atomic(0)
    /// How many rest. Changed under the lock, before `watching` is: who leaves as the last of those that watch sees them.
    private let restingCount = Atomic(0)
    /// Those that rest. The one that came last is called first: its memory is warm.
    private let callsOfResting = Mutex<[EventFD]>([])
    /// By which each thread is called.
    private let calls: [EventFD]

    init(threads: Int) throws(SystemError) {
        var calls: [EventFD] = []
        for _ in 0..<threads { calls.append(try EventFD()) }
        self.calls = calls
    }

    /// How many threads rest.
    var resting: Int { restingCount.load(ordering: .relaxed) }

    /// One thread's part in it. Not for sharing between threads.
    final class Watch {
        private let lookout: Lookout
        private let call: EventFD
        private var isWatching = false

        init(_ lookout: Lookout, thread: Int) {
            self.lookout = lookout
            call = lookout.calls[thread]
        }

        deinit { end() }

        /// The thread is about to wait for events. Returns when it may; rests before that, unless it is the only one.
        /// - Parameters:
        ///   - limit: how long it rests at most
        ///   - oneIsEnough: whether it need not watch while another does
        /// - Returns: false when it rested until the time ran out
        @discardableResult
        func begin(restAtMost limit: Duration, while oneIsEnough: () -> Bool) -> Bool {
            if !isWatching { lookout.watching.add(1, ordering: .sequentiallyConsistent) }
            isWatching = true
            guard oneIsEnough(), lookout.rests(call, while: oneIsEnough) else { return true }
            let wasCalled = call.wait(atMost: limit)
            lookout.rise(call)
            call.lower()
            return wasCalled
        }

        /// It turns to something that takes time. If nobody else watches, one that rests is called.
        func end() {
            guard isWatching else { return }
            isWatching = false
            let rest = lookout.watching.subtract(1, ordering: .sequentiallyConsistent).newValue
            if rest == 0, lookout.restingCount.load(ordering: .sequentiallyConsistent) > 0 { lookout.callOne() }
        }
    }

    /// Calls all that rest. Whoever is told after this that one is not enough does not rest any more.
    func callAll() { while callOne() {} }

    /// Lets the caller, who watches, rest; false when nobody would be left.
    private func rests(_ call: EventFD, while oneIsEnough: () -> Bool) -> Bool {
        callsOfResting.withLock { calls in
            // Asked under the lock: `callAll` comes either before the answer or after the entry.
            guard oneIsEnough() else { return false }
            restingCount.add(1, ordering: .sequentiallyConsistent)
            if watching.subtract(1, ordering: .sequentiallyConsistent).newValue > 0 {
                calls.append(call)
                return true
            }
            watching.add(1, ordering: .sequentiallyConsistent)
            restingCount.subtract(1, ordering: .sequentiallyConsistent)
            return false
        }
    }

    /// The caller has rested and watches again; whoever called it has counted it already.
    private func rise(_ call: EventFD) {
        callsOfResting.withLock { calls in
            guard let position = calls.firstIndex(where: { $0 === call }) else { return }
            calls.remove(at: position)
            watching.add(1, ordering: .sequentiallyConsistent)
            restingCount.subtract(1, ordering: .sequentiallyConsistent)
        }
    }

    @discardableResult
    private func callOne() -> Bool {
        callsOfResting.withLock { calls in
            guard let call = calls.popLast() else { return false }
            watching.add(1, ordering: .sequentiallyConsistent)
            restingCount.subtract(1, ordering: .sequentiallyConsistent)
            // Under the lock: so it is raised before `rise` is over, which lowers it.
            call.raise()
            return true
        }
    }
}
