import Glibc
import Linux
import Synchronization
import Testing

@Suite struct ThreadTests {
    @Test func aJoinWaitsNoLongerThanItMay() throws {
        let gate = try EventFD()
        let thread = try Thread(name: "a name that is longer than fifteen bytes") { _ = gate.wait() }
        let start = ContinuousClock.now
        #expect(!thread.join(atMost: .milliseconds(50)))
        #expect(ContinuousClock.now - start >= .milliseconds(50))
        gate.raise()
        #expect(thread.join(atMost: .seconds(10)))
        #expect(thread.join(atMost: .zero), "once joined it stays joined")
        thread.join()
    }

    @Test func aRaisedFlagStaysRaised() throws {
        let flag = try EventFD()
        #expect(!flag.wait(atMost: .milliseconds(5)))
        flag.raise()
        flag.raise()
        #expect(flag.wait(atMost: .zero))
        #expect(flag.wait())
    }

    /// With a smaller stack this does not fail, it ends the test process.
    @Test func theStackIsAsLargeAsAsked() throws {
        let depths = SharedList<Int>()
        let thread = try Thread(name: "stack", stackBytes: 8 * 1024 * 1024) {
            var top = 0
            let start = withUnsafePointer(to: &top) { Int(bitPattern: $0) }
            depths.append(Self.dive(from: start, to: 6 * 1024 * 1024))
        }
        thread.join()
        #expect(depths.all.allSatisfy { $0 >= 6 * 1024 * 1024 })
        #expect(depths.all.count == 1)
    }

    @inline(never)
    private static func dive(from start: Int, to depth: Int) -> Int {
        var here = 0
        let reached = start - withUnsafePointer(to: &here) { Int(bitPattern: $0) }
        return reached >= depth ? reached : max(reached, dive(from: start, to: depth))
    }

    /// A thread takes no signal of the process; one that is sent to it waits until it is asked for.
    @Test func aSignalIsWaitedFor() throws {
        let results = SharedList<Signal?>()
        let thread = try Thread(name: "signals") {
            let set = SignalSet(.user1, .hangUp)
            results.append(try? set.wait(atMost: .milliseconds(10)))
            pthread_kill(pthread_self(), SIGUSR1)
            results.append(try? set.wait())
            pthread_kill(pthread_self(), SIGHUP)
            results.append(try? set.wait(atMost: .seconds(5)))
        }
        thread.join()
        #expect(results.all == [nil, .user1, .hangUp])
    }

    @Test func edgesAreReportedOnce() throws {
        let pair = try SocketPair()
        let near = Descriptor(owning: pair.near)
        let epoll = try Epoll()
        try epoll.add(near.number, [.readable, .peerClosed, .edgeTriggered])
        #expect(try epoll.wait(atMost: .zero).isEmpty)
        try pair.put([1])
        #expect(try epoll.wait(atMost: .seconds(5)).first?.events.contains(.readable) == true)
        #expect(try epoll.wait(atMost: .milliseconds(5)).isEmpty, "nothing new")
        Socket.shutDown(pair.far.number, .sending)
        #expect(try epoll.wait(atMost: .seconds(5)).first?.events.contains(.peerClosed) == true)
    }
}
