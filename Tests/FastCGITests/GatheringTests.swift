import Glibc
import Linux
import Synchronization
import Testing

@testable import FastCGI

/// Requests that are answered together.
@Suite struct GatheringTests {
    /// Gathers what begins with `/list`, tells each its own, and counts how many came together. Where a gate is given,
    /// the first batch waits there.
    private struct BatchHandler: Handler {
        let sizes: SharedList<Int>
        let gate: EventFD?

        func gathers(_ request: Request) -> Bool { (request[parameter: "REQUEST_URI"] ?? "").hasPrefix("/list") }

        mutating func respond(to request: Request) -> Response {
            Response(status: 200, body: Array("alone \(request[parameter: "REQUEST_URI"] ?? "-")".utf8))
        }

        mutating func respond(toAll requests: [Request]) -> [Response] {
            let isFirst = sizes.all.isEmpty
            sizes.append(requests.count)
            if isFirst, let gate { #expect(gate.wait(atMost: .seconds(20))) }
            return requests.map { Response(status: 200, body: Array(($0[parameter: "REQUEST_URI"] ?? "-").utf8)) }
        }
    }

    @Test func whatArrivesMeanwhileIsAnsweredTogether() throws {
        let sizes = SharedList<Int>()
        let gate = try EventFD()
        let rig = try Rig(threads: 3) { BatchHandler(sizes: sizes, gate: gate) }
        let first = try Client(path: rig.path)
        first.send(Records.request([("REQUEST_URI", "/list/first")], keep: true))
        #expect(eventually { sizes.all == [1] })

        let clients = try (0..<40).map { _ in try Client(path: rig.path) }
        for (number, client) in clients.enumerated() {
            client.send(Records.request([("REQUEST_URI", "/list/\(number)")], keep: true))
        }
        // While one thread waits at the gate the others serve: what does not gather is answered at once.
        let other = try Client(path: rig.path)
        other.send(Records.request([("REQUEST_URI", "/hold")], keep: true))
        #expect(try other.oneAnswer().answer.body == Array("alone /hold".utf8))
        #expect(sizes.all == [1], "nobody else leads")

        gate.raise()
        #expect(try first.oneAnswer().answer.body == Array("/list/first".utf8))
        for (number, client) in clients.enumerated() {
            #expect(try client.oneAnswer().answer.body == Array("/list/\(number)".utf8), "each gets his own")
        }
        #expect(sizes.all.reduce(0, +) == 41)
        #expect(sizes.all.contains { $0 > 1 }, "batches of \(sizes.all)")
        #expect(sizes.all.allSatisfy { $0 <= Gathering.limit })
    }

    /// With one thread there is nobody else: the leader itself takes what has arrived, and what does not gather is not
    /// lost between two batches.
    @Test(arguments: [1, 2, 8])
    func everyRequestGetsItsOwnAnswer(threads: Int) throws {
        let sizes = SharedList<Int>()
        let rig = try Rig(threads: threads) { BatchHandler(sizes: sizes, gate: nil) }
        let wrong = try concurrently(24) { client in
            let connection = try Client(path: rig.path)
            var wrong: [String] = []
            for round in 0..<50 {
                let path = round % 5 == 4 ? "/hold/\(client)/\(round)" : "/list/\(client)/\(round)"
                connection.send(Records.request([("REQUEST_URI", path)], keep: true))
                let body = String(decoding: try connection.oneAnswer().answer.body, as: UTF8.self)
                if body != (path.hasPrefix("/hold") ? "alone " : "") + path { wrong.append("\(path): \(body)") }
            }
            return wrong
        }
        #expect(wrong.flatMap { $0 } == [])
        #expect(sizes.all.reduce(0, +) == 24 * 40)
    }

    /// While one thread answers a batch and another looks out, the rest are idle. As soon as the one turns to a request
    /// that takes time, the next must take its place: here three such requests are under way at once.
    @Test func whoRestsIsCalledWhenItIsNeeded() throws {
        let (sizes, gate) = (SharedList<Int>(), try EventFD())
        let (holds, door) = (SharedList<String>(), try EventFD())
        struct SlowHandler: Handler {
            var lists: BatchHandler
            let holds: SharedList<String>
            let door: EventFD

            func gathers(_ request: Request) -> Bool { lists.gathers(request) }
            mutating func respond(toAll requests: [Request]) -> [Response] { lists.respond(toAll: requests) }
            mutating func respond(to request: Request) -> Response {
                holds.append(request[parameter: "REQUEST_URI"] ?? "-")
                #expect(door.wait(atMost: .seconds(20)))
                return lists.respond(to: request)
            }
        }
        let rig = try Rig(threads: 4) {
            SlowHandler(lists: BatchHandler(sizes: sizes, gate: gate), holds: holds, door: door)
        }
        // Enough lists for every thread to have come by, and gone to rest.
        let lists = try (0..<40).map { _ in try Client(path: rig.path) }
        for (number, client) in lists.enumerated() {
            client.send(Records.request([("REQUEST_URI", "/list/\(number)")], keep: true))
            if number == 0 { #expect(eventually { sizes.all == [1] }) }
        }
        #expect(eventually { rig.server.gatheredRequests == 39 })
        #expect(eventually { rig.server.restingThreads == 2 })
        let clients = try (0..<3).map { _ in try Client(path: rig.path) }
        for (number, client) in clients.enumerated() {
            client.send(Records.request([("REQUEST_URI", "/hold/\(number)")], keep: true))
        }
        #expect(eventually { holds.all.count == 3 }, "all three are under way: \(holds.all)")
        door.raise()
        for client in clients { #expect(try client.oneAnswer().answer.status == 200) }
        gate.raise()
        for client in lists { #expect(try client.oneAnswer().answer.status == 200) }
    }

    /// What the leader finds and does not answer itself keeps its place before what came later.
    @Test func whatIsHandedOverKeepsItsOrder() throws {
        let (sizes, gate, order) = (SharedList<Int>(), try EventFD(), SharedList<String>())
        struct NotingHandler: Handler {
            var lists: BatchHandler
            let order: SharedList<String>

            func gathers(_ request: Request) -> Bool { lists.gathers(request) }
            mutating func respond(toAll requests: [Request]) -> [Response] { lists.respond(toAll: requests) }
            mutating func respond(to request: Request) -> Response {
                order.append(request[parameter: "REQUEST_URI"] ?? "-")
                return lists.respond(to: request)
            }
        }
        // One thread: it leads, finds the holds while it collects, and comes to them after its batches.
        let rig = try Rig(threads: 1) { NotingHandler(lists: BatchHandler(sizes: sizes, gate: gate), order: order) }
        let clients = try (0..<12).map { _ in try Client(path: rig.path) }
        for client in clients {
            client.send(Records.request([("REQUEST_URI", "/known")], keep: true))
            _ = try client.oneAnswer()
        }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes.all == [1] })
        // Lists and holds in turn: each list begins another look at what waits.
        for number in 1..<12 {
            let target = number % 2 == 0 ? "/list/\(number)" : "/hold/\(number)"
            clients[number].send(Records.request([("REQUEST_URI", target)], keep: true))
        }
        gate.raise()
        for client in clients { #expect(try client.oneAnswer().answer.status == 200) }
        #expect(order.all.filter { $0.hasPrefix("/hold") } == [1, 3, 5, 7, 9, 11].map { "/hold/\($0)" })
    }

    /// A peer that has sent half of a request has no claim on those who sent a whole one.
    @Test func nobodyInABatchWaitsForASlowPeer() throws {
        let sizes = SharedList<Int>()
        let gate = try EventFD()
        let rig = try Rig(threads: 1, receiveTimeout: .seconds(60)) { BatchHandler(sizes: sizes, gate: gate) }
        let clients = try (0..<3).map { _ in try Client(path: rig.path) }
        let slow = try Client(path: rig.path)
        // Each has been answered once: the leader takes only what waits already, and no new connection.
        for client in clients + [slow] {
            client.send(Records.request([("REQUEST_URI", "/hold")], keep: true))
            _ = try client.oneAnswer()
        }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes.all == [1] })
        let request = Records.request([("REQUEST_URI", "/list/slow")], keep: true)
        clients[1].send(Records.request([("REQUEST_URI", "/list/1")], keep: true))
        slow.send(Array(request.prefix(20)))
        clients[2].send(Records.request([("REQUEST_URI", "/list/2")], keep: true))
        gate.raise()
        #expect(try clients[0].oneAnswer().answer.body == Array("/list/0".utf8))
        #expect(try clients[1].oneAnswer().answer.body == Array("/list/1".utf8), "while the other is still at it")
        slow.send(Array(request.dropFirst(20)))
        #expect(try slow.oneAnswer().answer.body == Array("/list/slow".utf8))
        #expect(try clients[2].oneAnswer().answer.body == Array("/list/2".utf8))
    }

    @Test func aStopAnswersWhatHasGathered() throws {
        let sizes = SharedList<Int>()
        let gate = try EventFD()
        let rig = try Rig(threads: 2) { BatchHandler(sizes: sizes, gate: gate) }
        let clients = try (0..<10).map { _ in try Client(path: rig.path) }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes.all == [1] })
        for number in 1..<10 {
            clients[number].send(Records.request([("REQUEST_URI", "/list/\(number)")], keep: true))
        }
        #expect(eventually { rig.server.gatheredRequests == 9 })
        rig.server.stop()
        gate.raise()
        for (number, client) in clients.enumerated() {
            let (answer, behind) = try client.oneAnswer()
            #expect(answer.body == Array("/list/\(number)".utf8))
            #expect(behind == 1, "the connection is not to be used again")
        }
        #expect(rig.server.waitUntilStopped(atMost: .seconds(20)))
    }
}
