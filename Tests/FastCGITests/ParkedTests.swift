import Linux
import Synchronization
import Testing

@testable import FastCGI

/// The connections that wait, by their numbers.
@Suite struct ParkedTests {
    private let parked = Parked()
    private let now = ContinuousClock.now

    @Test func whatIsTakenIsWhatWasPut() {
        let place = Parked.Place(isFresh: true, deadline: now + .seconds(75))
        #expect(parked.take(7) == nil)
        #expect(parked.put(7, place))
        #expect(parked.count == 1)
        #expect(parked.hasFresh)
        #expect(parked.take(8) == nil)
        #expect(parked.take(7) == place)
        #expect(parked.take(7) == nil)
        #expect(parked.count == 0)
        #expect(!parked.hasFresh)
    }

    @Test func aDeadlineThatIsOverAlreadyWaitsAllTheSame() {
        #expect(parked.put(0, Parked.Place(isFresh: false, deadline: now - .seconds(3600))))
        #expect(parked.count == 1)
        #expect(parked.take(0)?.isFresh == false)
    }

    @Test func thoseWhoseTimeRanOut() {
        for number: Int32 in 0..<10 {
            let deadline = now + .seconds(number < 4 ? -Int(number) : Int(number))
            #expect(parked.put(number, Parked.Place(isFresh: number % 2 == 0, deadline: deadline)))
        }
        let expired = parked.takeAll { $0.deadline <= now }
        #expect(expired.map(\.number) == [0, 1, 2, 3])
        #expect(expired.map(\.place.isFresh) == [true, false, true, false])
        #expect(parked.count == 6)
        #expect(parked.take(2) == nil)
        #expect(parked.take(4) != nil)
    }

    @Test func aNumberThatIsTooHigh() {
        let place = Parked.Place(isFresh: true, deadline: now)
        #expect(parked.put(Int32(Parked.limit - 1), place))
        #expect(!parked.put(Int32(Parked.limit), place))
        #expect(parked.take(Int32(Parked.limit)) == nil)
        #expect(parked.count == 1)
    }

    /// Whoever takes one while others take all that have run out: each is had by one of them.
    @Test func eachIsTakenOnce() throws {
        let parked = parked
        let had = Atomic(0)
        let rounds = 200
        let numbers: Int32 = 64
        for _ in 0..<rounds {
            for number in 0..<numbers { #expect(parked.put(number, Parked.Place(isFresh: false, deadline: now))) }
            let threads = try (0..<4).map { index in
                try Thread(name: "taker-\(index)") {
                    if index == 0 {
                        had.add(parked.takeAll { _ in true }.count, ordering: .relaxed)
                    } else {
                        for number in 0..<numbers where parked.take(number) != nil { had.add(1, ordering: .relaxed) }
                    }
                }
            }
            for thread in threads { thread.join() }
            #expect(parked.count == 0)
        }
        #expect(had.load(ordering: .relaxed) == rounds * Int(numbers))
    }
}
