import Linux
import Synchronization
import Testing

@testable import FastCGI

/// One thread looks out while a batch is answered, and there is always one.
@Suite struct LookoutTests {
    /// Longer than any of these tests waits for anything: whoever is forgotten is noticed.
    private static let forEver = Duration.seconds(30)

    /// Lets a thread watch, with `while` asked as the server asks it; raises the flag when it does.
    private func watching(_ lookout: Lookout, _ thread: Int, _ isWatching: EventFD) throws -> Thread {
        try Thread(name: "watch-\(thread)") {
            let watch = Lookout.Watch(lookout, thread: thread)
            watch.begin(restAtMost: Self.forEver) { true }
            isWatching.raise()
        }
    }

    @Test func theSecondRestsUntilTheFirstLeaves() throws {
        let lookout = try Lookout(threads: 2)
        let first = Lookout.Watch(lookout, thread: 0)
        first.begin(restAtMost: Self.forEver) { true }
        let second = try EventFD()
        let thread = try watching(lookout, 1, second)
        #expect(eventually { lookout.resting == 1 })
        // Watching on is no reason to rest: nobody else does.
        first.begin(restAtMost: Self.forEver) { true }
        #expect(!second.wait(atMost: .zero))
        first.end()
        #expect(second.wait(atMost: .seconds(20)))
        #expect(lookout.resting == 0)
        thread.join()
    }

    @Test func nobodyRestsWhereOneIsNotEnough() throws {
        let lookout = try Lookout(threads: 2)
        let watches = (0..<2).map { Lookout.Watch(lookout, thread: $0) }
        for watch in watches { watch.begin(restAtMost: Self.forEver) { false } }
        #expect(lookout.resting == 0)
    }

    @Test func whoRestsComesRoundAllTheSame() throws {
        let lookout = try Lookout(threads: 2)
        let watches = (0..<2).map { Lookout.Watch(lookout, thread: $0) }
        watches[0].begin(restAtMost: Self.forEver) { true }
        watches[1].begin(restAtMost: .milliseconds(1)) { true }
        #expect(lookout.resting == 0)
    }

    @Test func allAreCalledAtTheEnd() throws {
        let lookout = try Lookout(threads: 4)
        let first = Lookout.Watch(lookout, thread: 0)
        first.begin(restAtMost: Self.forEver) { true }
        let flags = try (1...3).map { _ in try EventFD() }
        let threads = try (1...3).map { try watching(lookout, $0, flags[$0 - 1]) }
        #expect(eventually { lookout.resting == 3 })
        lookout.callAll()
        for (flag, thread) in zip(flags, threads) {
            #expect(flag.wait(atMost: .seconds(20)))
            thread.join()
        }
    }

    /// Threads that come and go as fast as they can, each of which would rest: if ever all of them rested, or one that
    /// left forgot to call another, they would stay so.
    @Test func neverDoAllRest() throws {
        let lookout = try Lookout(threads: 6)
        let rounds = Atomic(0)
        _ = try concurrently(6) { thread in
            let watch = Lookout.Watch(lookout, thread: thread)
            for round in 0..<20_000 {
                guard watch.begin(restAtMost: Self.forEver, while: { true }) else { break }
                if round % 3 != 0 { watch.end() }
                rounds.add(1, ordering: .relaxed)
            }
            watch.end()
        }
        #expect(rounds.load(ordering: .relaxed) == 120_000)
        #expect(lookout.resting == 0)
    }
}
