import Synchronization

/// Requests that are answered together. While one thread, the leader, is busy with some, the others put beside it what
/// arrives, and go on: nobody waits for a batch to fill, and none of them waits for the leader. So a batch is as large
/// as the load makes it, and of a single request when there is no other.
final class Gathering: Sendable {
    private struct State {
        var arrivals: [Arrival] = []
        var isLed = false
    }

    /// How many are answered together at most: enough to make what they share cheap for each, few enough that the first
    /// of them does not wait long for the last.
    static let limit = 32

    private let state = Mutex(State())
    /// The same as the state's, to be looked at without the lock.
    private let led = Atomic(false)

    /// How many wait.
    var count: Int { state.withLock { $0.arrivals.count } }

    /// Whether some are being answered.
    var isLed: Bool { led.load(ordering: .sequentiallyConsistent) }

    /// Puts a request in.
    /// - Returns: whether the caller has become the leader, who calls `next` until it gives nothing more.
    func add(_ arrival: Arrival) -> Bool {
        state.withLock { state in
            state.arrivals.append(arrival)
            defer { lead(true, &state) }
            return !state.isLed
        }
    }

    /// For the leader alone: what is to be answered next, oldest first. Empty: nothing is left, and whoever asked leads
    /// no more.
    func next() -> [Arrival] {
        state.withLock { state in
            let batch = Array(state.arrivals.prefix(Self.limit))
            state.arrivals.removeFirst(batch.count)
            lead(!batch.isEmpty, &state)
            return batch
        }
    }

    private func lead(_ isLed: Bool, _ state: inout State) {
        state.isLed = isLed
        led.store(isLed, ordering: .sequentiallyConsistent)
    }
}
