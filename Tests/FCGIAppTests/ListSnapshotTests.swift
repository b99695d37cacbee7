import CZlib
import FastCGI
import JSON
import Linux
import Lockers
import Synchronization
import Testing
import Zlib

@testable import FCGIApp

@Suite struct ListSnapshotTests {
    private let deflater = try! Deflater()  // a test without zlib's memory cannot go on
    private static let places = [Location(id: 1, name: "정보관 B1 \"옆\""), Location(id: 2, name: "과학도서관 6층")]

    private func locker(_ id: Int, _ state: Locker.State = .available, _ holder: Locker.Holder = .nobody) -> Locker {
        Locker(id: id, location: Self.places[id % 2], state: state, holder: holder)
    }

    private func copy(_ lockers: [Locker], owners: [Int: String] = [:]) -> LockerList.Copy {
        var copy = LockerList.Copy()
        copy.entries = lockers.map { ($0, owners[$0.id]) }
        return copy
    }

    /// The list as it was written before there was any copy.
    private func reference(_ lockers: [Locker], for studentID: String) -> [UInt8] {
        JSONWriter.object { json in
            json.member("lockers", array: { for locker in lockers { $0.locker(locker, of: studentID) } })
            json.member("available_count", lockers.count { $0.state == .available })
            json.member("total_count", lockers.count)
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 129, 600])
    func theCopyIsTheListOfWhoHasNothing(_ count: Int) throws {
        let lockers = (0..<count).map {
            locker(1000 + $0, $0 % 7 == 0 ? .confirmed : .available, $0 % 7 == 0 ? .another : .nobody)
        }
        let snapshot = try ListSnapshot(copy(lockers), settled: 0, previous: nil, deflater: deflater)
        let plain = try #require(try snapshot.body(for: "2023321234", fresh: [], compressed: false, deflater: deflater))
        #expect(plain.bytes == reference(lockers, for: "2023321234"))
        let compressed = try #require(
            try snapshot.body(for: "2023325678", fresh: [], compressed: true, deflater: deflater))
        #expect(gunzip(compressed.bytes) == plain.bytes)
        #expect(compressed.tag.header == "W/" + plain.tag.header)
    }

    @Test func whateverIsLaidOverItIsWhatWouldHaveBeenWritten() throws {
        var generator = SystemRandomNumberGenerator()
        let states: [(Locker.State, Locker.Holder)] = [
            (.available, .nobody), (.held, .another), (.confirmed, .another), (.disabled, .nobody),
        ]
        var previous: ListSnapshot?
        for _ in 0..<60 {
            let lockers = (0..<200).map {
                let (state, holder) = states.randomElement(using: &generator)!  // four of them
                return locker(1000 + 3 * $0, state, holder)
            }
            // Half of the time the copy is made from the one before.
            let snapshot = try ListSnapshot(
                copy(lockers), settled: 0, previous: Bool.random() ? previous : nil, deflater: deflater)
            previous = snapshot
            var now = lockers
            var fresh: [Locker] = []
            for _ in 0..<Int.random(in: 0...4) {
                let index = Int.random(in: 0..<now.count)
                let own: [(Locker.State, Locker.Holder)] = [(.held, .caller), (.confirmed, .caller)]
                let (state, holder) = (states + own).randomElement(using: &generator)!  // six of them
                now[index] = locker(now[index].id, state, holder)
                fresh.append(now[index])
            }
            let expected = reference(now, for: "2023321234")
            let plain = try #require(
                try snapshot.body(for: "2023321234", fresh: fresh, compressed: false, deflater: deflater))
            #expect(plain.bytes == expected)
            let compressed = try #require(
                try snapshot.body(for: "2023321234", fresh: fresh, compressed: true, deflater: deflater))
            #expect(gunzip(compressed.bytes) == expected)
            #expect(compressed.tag.text == plain.tag.text)
            let shared = try #require(
                try snapshot.body(for: "2023325678", fresh: [], compressed: false, deflater: deflater))
            #expect((plain.tag == shared.tag) == (plain.bytes == shared.bytes))
        }
    }

    @Test func twoStudentsWithTheSameLockersHaveDifferentTags() throws {
        let snapshot = try ListSnapshot(copy([locker(1), locker(2)]), settled: 0, previous: nil, deflater: deflater)
        let fresh = [locker(2, .confirmed, .caller)]
        let tags = try ["2023321234", "2023325678"].map {
            try snapshot.body(for: $0, fresh: fresh, compressed: false, deflater: deflater)?.tag.text
        }
        #expect(tags[0] != tags[1] && tags[0] != nil)
    }

    @Test func aLockerThatTheCopyLacksMakesItTooOld() throws {
        let snapshot = try ListSnapshot(copy([locker(1), locker(3)]), settled: 0, previous: nil, deflater: deflater)
        for id in [0, 2, 4] {
            #expect(
                try snapshot.body(
                    for: "2023321234", fresh: [locker(id, .held, .caller)], compressed: false, deflater: deflater)
                    == nil)
        }
    }

    @Test func whoHasWhatIsKeptForHimAlone() throws {
        let lockers = [locker(1, .held, .another), locker(2, .confirmed, .another), locker(3)]
        let snapshot = try ListSnapshot(
            copy(lockers, owners: [1: "2023321234", 2: "2023325678"]), settled: 0, previous: nil, deflater: deflater)
        #expect(snapshot.lockers(of: "2023321234") == [1])
        #expect(snapshot.lockers(of: "2023320000") == [])
        let body = try #require(try snapshot.body(for: "2023320000", fresh: [], compressed: false, deflater: deflater))
        #expect(!String(decoding: body.bytes, as: UTF8.self).contains("20233"))
    }
}

@Suite struct ListStoreTests {
    private let deflater = try! Deflater()  // a test without zlib's memory cannot go on

    /// Asks so often; each copy costs so much. Returns how many were made.
    private func ask(_ store: ListStore, times: Int, cost: Duration) throws -> Int {
        var made = 0
        for _ in 0..<times {
            _ = try store.snapshot(of: nil, deflater: deflater) {
                made += 1
                let done = ContinuousClock.now + cost
                while ContinuousClock.now < done {}
                return LockerList.Copy()
            }
        }
        return made
    }

    @Test func whileThereIsCreditEveryListIsNew() throws {
        #expect(try ask(ListStore(), times: 10, cost: .zero) == 10)
    }

    @Test func inARushCopiesAreHandedOut() throws {
        let store = ListStore()
        // The credit of 200 ms is spent by the first; the next fifty come well within a copy's life.
        #expect(try ask(store, times: 51, cost: .milliseconds(250)) == 1)
        // Whoever must see what was committed just now still does.
        var made = 0
        _ = try store.snapshot(of: nil, notBefore: .now, deflater: deflater) {
            made += 1
            return LockerList.Copy()
        }
        #expect(made == 1)
    }

    @Test func theBudgetFillsUpAgain() {
        let start = ContinuousClock.now
        var budget = FreshnessBudget(now: start)
        // What it says after so much was spent and so much time has passed since the start.
        func hasCredit(spent: Duration, after: Duration) -> Bool {
            budget.spend(spent)
            return budget.hasCredit(now: start + after)
        }
        #expect(!hasCredit(spent: FreshnessBudget.limit + .milliseconds(20), after: .milliseconds(500)))
        #expect(hasCredit(spent: .zero, after: .milliseconds(1500)))
        #expect(!hasCredit(spent: .milliseconds(20), after: .milliseconds(1500)))
        // Never more than the limit, however long nobody asks.
        #expect(hasCredit(spent: .zero, after: .seconds(3600)))
        #expect(!hasCredit(spent: FreshnessBudget.limit, after: .seconds(3600)))
    }

    /// A database that does not answer is waited for once, and not by one after the other.
    @Test func whoWaitedSharesTheFailure() throws {
        struct Lost: Error {}
        let store = ListStore()
        let attempts = Atomic(0)
        let asking = Atomic(0)
        let failures = Atomic(0)
        let threads = try (0..<8).map { number in
            try Thread(name: "asker-\(number)") {
                guard let deflater = try? Deflater() else { return }
                asking.add(1, ordering: .relaxed)
                do {
                    _ = try store.snapshot(of: nil, deflater: deflater) {
                        attempts.add(1, ordering: .relaxed)
                        // Until the others wait: so far as can be told from here.
                        while asking.load(ordering: .relaxed) < 8 { Thread.sleep(for: .milliseconds(1)) }
                        Thread.sleep(for: .milliseconds(100))
                        throw Lost()
                    }
                } catch {
                    if error is Lost { failures.add(1, ordering: .relaxed) }
                }
            }
        }
        for thread in threads { thread.join() }
        #expect(failures.load(ordering: .relaxed) == 8)
        #expect(attempts.load(ordering: .relaxed) < 8, "at least one of them shared it")
    }

    @Test func aFailureIsTheAskersAndTheNextAsksAgain() throws {
        struct Lost: Error {}
        let store = ListStore()
        #expect(throws: Lost.self) { try store.snapshot(of: nil, deflater: deflater) { throw Lost() } }
        _ = try store.snapshot(of: nil, deflater: deflater) { LockerList.Copy() }
    }
}

@Suite struct DecisionHistoryTests {
    private let start = ContinuousClock.now

    @Test func whatIsNotKnownYetIsZero() {
        var history = DecisionHistory()
        #expect(history.settled(takenAt: start, decision: 700) == 0)
        #expect(history.settled(takenAt: start + .milliseconds(9999), decision: 800) == 0)
    }

    /// Copies come ten times a second, and each shows ten decisions more than the one before.
    @Test func itIsWhatWasNewestAWhileAgo() {
        var history = DecisionHistory()
        for tenth in 0..<400 {
            let settled = history.settled(takenAt: start + .milliseconds(100 * tenth), decision: 10 * tenth)
            let newestThen = 10 * (tenth - 100)
            #expect(settled <= max(0, newestThen), "what is recent is above it")
            #expect(settled > newestThen - 110, "and not much else")
        }
        // Nobody asked for an hour.
        #expect(history.settled(takenAt: start + .seconds(3600), decision: 9000) > 3800)
    }
}

@Suite struct AcceptEncodingTests {
    @Test(
        arguments: [
            ("gzip", true), ("br, gzip, deflate", true), ("GZIP;q=0.5", true), ("gzip; q=1.0", true), (nil, false),
            ("", false), ("identity", false), ("gzip;q=0", false), ("gzip;q=0.000", false), ("x-gzip", false),
            ("*", false),
            ("gzipped", false),
        ] as [(String?, Bool)])
    func isUnderstood(_ header: String?, _ accepts: Bool) {
        let parameters = header.map { ["HTTP_ACCEPT_ENCODING": $0] } ?? [:]
        #expect(Request(parameters: parameters, body: .complete([])).acceptsGzip == accepts)
    }
}

/// What a gzip file was made from, checksum and all; nil when it is none.
private func gunzip(_ file: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var file = file
    var plain = [UInt8](repeating: 0, count: 4 << 20)
    let code = file.withUnsafeMutableBufferPointer { input in
        plain.withUnsafeMutableBufferPointer { output in
            stream.next_in = input.baseAddress
            stream.avail_in = UInt32(input.count)
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            return inflate(&stream, Z_FINISH)
        }
    }
    return code == Z_STREAM_END && stream.avail_in == 0 ? Array(plain.prefix(Int(stream.total_out))) : nil
}
