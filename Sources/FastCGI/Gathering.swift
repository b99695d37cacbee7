import Synchronization

/// Requests that are answered together. While one thread, the leader, is busy with some, the others put beside it what
/// arrives, and go on: nobody waits for a batch to fill, and none of them waits for the leader. So a batch is as large
/// as the load makes it, and of a single request when there is no other.
final class Gathering: Sendable {
    /// How many are answered together at most: enough to make what they share cheap for each, few enough that the first
    /// of them does not wait long for the last.
    static let limit = 32

    private let arrivals = Mutex<[Arrival]>([])
    /// Whether there is a leader. Changed under the lock, and looked at without it too.
    private let led = Atomic(false)

    /// How many wait.
    var count: Int { arrivals.withLock { $0.count } }

    /// Whether some are being answered.
    var isLed: Bool { led.load(ordering: .sequentiallyConsistent) }

    /// Puts a request in.
    /// - Returns: whether the caller has become the leader, who calls `next` until it gives nothing more.
    func add(_ arrival: Arrival) -> Bool {
        arrivals.withLock { arrivals in
            arrivals.append(arrival)
            return !led.exchange(true, ordering: .sequentiallyConsistent)
        }
    }

    /// For the leader alone: what is to be answered next, oldest first. Empty: nothing is left, and whoever asked leads
    /// no more.
    func next() -> [Arrival] {
        arrivals.withLock { arrivals in
            let batch = Array(arrivals.prefix(Self.limit))
            arrivals.removeFirst(batch.count)
            led.store(!batch.isEmpty, ordering: .sequentiallyConsistent)
            return batch
        }
    }
}
