import Synchronization

/// Which connections wait, by the descriptor's number: numbers are small and used again. Without a lock, since every request
/// comes here twice: whoever is interrupted while it has a lock makes all others queue at it.
///
/// A number belongs to one thread from `take` to `put`.
final class Parked: Sendable {
    /// A connection that waits.
    struct Place: Equatable {
        /// Whether it has never been answered anything.
        let isFresh: Bool
        let deadline: ContinuousClock.Instant
    }

    /// As many descriptors as a worker may have (`LimitNOFILE` of its unit).
    static let limit = 16_384

    /// For each number, nanoseconds from the beginning to the deadline, doubled, and 1 more for a fresh one; 0: none waits.
    private let places = InlineArray<16_384, Atomic<UInt64>> { _ in Atomic(0) }
    private let waiting = Atomic(0)
    /// One more than the highest number that ever waited: numbers are given from the lowest on, so most are never looked at.
    private let end = Atomic(0)
    private let beginning = ContinuousClock.now

    /// How many wait.
    var count: Int { waiting.load(ordering: .sequentiallyConsistent) }

    /// Lets a connection wait; false when its number is too high.
    func put(_ number: Int32, _ place: Place) -> Bool {
        guard number < Self.limit else { return false }
        if Int(number) >= end.load(ordering: .relaxed) { end.max(Int(number) + 1, ordering: .sequentiallyConsistent) }
        // Counted before it can be taken.
        waiting.add(1, ordering: .sequentiallyConsistent)
        places[Int(number)].store(encoded(place), ordering: .sequentiallyConsistent)
        return true
    }

    /// Takes a connection, if it waits.
    func take(_ number: Int32) -> Place? {
        guard number < Self.limit else { return nil }
        let taken = places[Int(number)].exchange(0, ordering: .sequentiallyConsistent)
        if taken == 0 { return nil }
        waiting.subtract(1, ordering: .sequentiallyConsistent)
        return decoded(taken)
    }

    /// Takes those that are wanted, each as it was when it was looked at.
    func takeAll(where isWanted: (Place) -> Bool) -> [(number: Int32, place: Place)] {
        var taken: [(number: Int32, place: Place)] = []
        visit { number, place in
            guard isWanted(place),
                places[Int(number)].compareExchange(
                    expected: encoded(place), desired: 0, ordering: .sequentiallyConsistent
                ).exchanged
            else { return }
            waiting.subtract(1, ordering: .sequentiallyConsistent)
            taken.append((number, place))
        }
        return taken
    }

    /// Whether one of them has never been answered anything.
    var hasFresh: Bool {
        var found = false
        visit { _, place in found = found || place.isFresh }
        return found
    }

    private func visit(_ body: (Int32, Place) -> Void) {
        for number in 0..<end.load(ordering: .sequentiallyConsistent) {
            let value = places[number].load(ordering: .sequentiallyConsistent)
            if value != 0 { body(Int32(number), decoded(value)) }
        }
    }

    private func encoded(_ place: Place) -> UInt64 {
        let (seconds, attoseconds) = beginning.duration(to: place.deadline).components
        // Never 0, even for a deadline that is over before it begins.
        let nanoseconds = max(1, seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
        return UInt64(nanoseconds) << 1 | (place.isFresh ? 1 : 0)
    }

    private func decoded(_ value: UInt64) -> Place {
        Place(isFresh: value & 1 == 1, deadline: beginning + .nanoseconds(Int64(value >> 1)))
    }
}
