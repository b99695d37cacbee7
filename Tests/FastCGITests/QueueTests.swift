import Glibc
import Linux
import Synchronization
import Testing

@testable import FastCGI

/// In which order it is that requests get their thread.
@Suite struct QueueTests {
    /// In a wave each answer on a kept connection brings the next request on it at once. Who waits in the socket's queue
    /// must not stand behind all of them: with one connection taken for each round of the kept ones, the last of these
    /// twenty would come after about 160 requests, and the last of a thousand never.
    @Test func keptConnectionsDoNotOvertakeTheSocketsQueue() throws {
        let order = SharedList<String>()
        let isOpen = Atomic(false)
        let isBusy = Atomic(false)
        let rig = try Rig(threads: 1) { request in
            let target = request[parameter: "REQUEST_URI"] ?? "-"
            if target == "/gate" {
                isBusy.store(true, ordering: .relaxed)
                _ = eventually { isOpen.load(ordering: .relaxed) }
            } else {
                order.append(target)
                // So that whoever was answered has sent his next request before the round is over.
                usleep(500)
            }
            return Response(status: 200)
        }
        let kept = try (0..<8).map { _ in try Client(path: rig.path) }
        for client in kept {
            client.send(Records.request([("REQUEST_URI", "/kept")], keep: true))
            _ = try client.oneAnswer()
        }
        let before = order.all.count
        let gate = try Client(path: rig.path)
        gate.send(Records.request([("REQUEST_URI", "/gate")]))
        #expect(eventually { isBusy.load(ordering: .relaxed) })
        let fresh = try (0..<20).map { _ in
            let client = try Client(path: rig.path)
            client.send(Records.request([("REQUEST_URI", "/fresh")]))
            return client
        }
        let isOver = Atomic(false)
        let repeating = try kept.map { client in
            try Thread(name: "kept") {
                while !isOver.load(ordering: .relaxed) {
                    client.send(Records.request([("REQUEST_URI", "/kept")], keep: true))
                    guard let answer = try? client.oneAnswer().answer, answer.status == 200 else { return }
                }
            }
        }
        isOpen.store(true, ordering: .relaxed)
        for client in fresh { #expect(try client.answer().status == 200) }
        isOver.store(true, ordering: .relaxed)
        for thread in repeating { thread.join() }
        let after = Array(order.all.dropFirst(before))
        let last = try #require(after.lastIndex(of: "/fresh"))
        let overtaken = after[..<last].filter { $0 == "/kept" }.count
        // Two rounds at most: the one in which the listener comes, and the one in which they do.
        #expect(overtaken <= 24, "\(overtaken) requests on kept connections came before the last fresh one")
    }

    /// A server of one thread that stands still in its first request until `open`, and tells in which order it was asked.
    private final class Gate: Sendable {
        let order = SharedList<String>()
        private let isOpen = Atomic(false)
        private let isBusy = Atomic(false)

        func rig() throws -> Rig {
            let rig = try Rig(threads: 1) { request in
                let target = request[parameter: "REQUEST_URI"] ?? "-"
                if target == "/gate" {
                    self.isBusy.store(true, ordering: .relaxed)
                    _ = eventually { self.isOpen.load(ordering: .relaxed) }
                } else {
                    self.order.append(target)
                }
                return Response(status: 200)
            }
            return rig
        }

        /// Lets it stand still.
        func close(_ rig: Rig) throws -> Client {
            let client = try Client(path: rig.path)
            client.send(Records.request([("REQUEST_URI", "/gate")]))
            #expect(eventually { isBusy.load(ordering: .relaxed) })
            return client
        }

        func open() { isOpen.store(true, ordering: .relaxed) }
    }

    private func client(_ rig: Rig, asking target: String, _ more: [(String, String)] = []) throws -> Client {
        let client = try Client(path: rig.path)
        client.send(Records.request([("REQUEST_URI", target)] + more))
        return client
    }

    /// Behind those that came before it when nobody says that it goes first, and before nearly all of them when somebody
    /// does.
    @Test(arguments: [false, true])
    func whatGoesFirstIsServedBeforeThoseThatWait(_ goesFirst: Bool) throws {
        let gate = Gate()
        let rig = try gate.rig()
        let standing = try gate.close(rig)
        let waiting = try (0..<100).map { _ in try client(rig, asking: "/waits") }
        let late = try client(rig, asking: "/late", goesFirst ? [("REQUEST_GOES_FIRST", "1")] : [])
        gate.open()
        for client in [standing, late] + waiting { #expect(try client.answer().status == 200) }
        let place = try #require(gate.order.all.firstIndex(of: "/late"))
        #expect(gate.order.all.count == 101)
        #expect(goesFirst ? place <= 8 : place == 100, "it came at place \(place)")
    }

    /// Whoever has gone away meanwhile is not worked for. The listener comes round once, and they are then in epoll.
    @Test func whoIsGoneIsNotServed() throws {
        let gate = Gate()
        let rig = try gate.rig()
        let standing = try gate.close(rig)
        let first = try client(rig, asking: "/first")
        for _ in 0..<50 { _ = try client(rig, asking: "/gone") }
        let last = try client(rig, asking: "/last")
        gate.open()
        for client in [standing, first, last] { #expect(try client.answer().status == 200) }
        #expect(gate.order.all == ["/first", "/last"])
        #expect(rig.seen.events == [Server.Event](repeating: .refused(.abandoned), count: 50))
    }

    /// Who was taken out of the socket's queue is answered, however long those before him take: the grace is for
    /// connections that wait for nothing.
    @Test func aStopAnswersWhoWasTakenIn() throws {
        let (order, gate, door) = (SharedList<String>(), try EventFD(), try EventFD())
        let rig = try Rig(threads: 1, keepGrace: .zero) { request in
            let target = request[parameter: "REQUEST_URI"] ?? "-"
            order.append(target)
            #expect((target == "/first" ? gate : door).wait(atMost: .seconds(20)))
            return Response(status: 200)
        }
        // The first keeps the thread busy while the others come into the queue, of which one round then takes all.
        let first = try client(rig, asking: "/first")
        #expect(eventually { order.all == ["/first"] })
        let waiting = try (0..<20).map { _ in try client(rig, asking: "/waits") }
        // The second stands still until the server has been stopped.
        gate.raise()
        #expect(eventually { order.all.count == 2 })
        rig.server.stop()
        door.raise()
        for client in [first] + waiting { #expect(try client.answer().status == 200) }
        #expect(rig.server.waitUntilStopped(atMost: .seconds(20)))
    }

    /// More than one thread takes at once: all are answered all the same.
    @Test func aQueueLongerThanOneBatchIsAnswered() throws {
        let rig = try Rig(threads: 2) { _ in Response(status: 200) }
        let clients = try (0..<600).map { _ in
            let client = try Client(path: rig.path)
            client.send(Records.request())
            return client
        }
        for client in clients { #expect(try client.answer().status == 200) }
    }
}

/// What a stop would cost without the two things that keep a restart from losing requests: negative controls of
/// `KeptTests.afterAStopTheNextAnswerIsTheLast` and of Tests/Load/test_restarts.py. The far end is a web server that keeps
/// its connection and sends its next request into it.
@Suite struct StopControlTests {
    private func keptClient(_ rig: Rig) throws -> Client {
        let client = try Client(path: rig.path, timeout: .milliseconds(500))
        client.send(Records.request(keep: true))
        #expect(try client.oneAnswer().answer.status == 200)
        return client
    }

    /// Whether a request sent now is answered.
    private func isAnswered(_ client: Client) -> Bool {
        guard client.send(Records.request(keep: true)), let (answer, _) = try? client.oneAnswer() else { return false }
        return answer.status == 200
    }

    /// Without a grace for idle connections a request that is on its way when the process ends is lost.
    @Test(arguments: [Duration.zero, .seconds(20)])
    func anIdleConnectionNeedsAGrace(_ grace: Duration) throws {
        let rig = try Rig(threads: 2, keepGrace: grace) { _ in Response(status: 200) }
        let client = try keptClient(rig)
        rig.server.stop()
        if grace == .zero { #expect(rig.server.waitUntilStopped(atMost: .seconds(10))) }
        #expect(isAnswered(client) == (grace != .zero))
    }

    /// Without the byte behind the last answer (here: with a web server that does not heed it) the next request is lost,
    /// grace or not.
    @Test(arguments: [false, true])
    func theLastAnswerNeedsItsByte(_ heeds: Bool) throws {
        let rig = try Rig(threads: 2, keepGrace: .seconds(20)) { _ in Response(status: 200) }
        let other = try Rig(threads: 2) { _ in Response(status: 200) }
        let client = try keptClient(rig)
        rig.server.stop()
        client.send(Records.request(keep: true))
        let (answer, behind) = try client.oneAnswer()
        #expect(answer.status == 200 && behind == 1)
        // Who was told makes a new connection, which is another process's by then.
        let next = heeds ? try Client(path: other.path) : client
        #expect(isAnswered(next) == heeds)
    }
}
