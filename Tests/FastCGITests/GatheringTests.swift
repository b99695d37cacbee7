import Glibc
import Linux
import Synchronization
import Testing

@testable import FastCGI

/// Requests that are answered together.
@Suite struct GatheringTests {
    /// Gathers what begins with `/list`, apart from it what begins with `/act`, and so on; tells each its own, and counts how
    /// many came together. Where a batch has a gate, its first waits there.
    private struct BatchHandler: Handler {
        let sizes: Sizes
        var gates: [Batch: EventFD] = [:]

        static func target(_ batch: Batch, _ number: Int) -> String { "/\(kinds[batch] ?? "-")/\(number)" }
        private static let kinds: [Batch: String] = [.first: "list", .second: "act", .third: "own"]

        func gathers(_ request: Request) -> Batch? {
            let kind = request[parameter: "REQUEST_URI"]?.split(separator: "/").first
            return Self.kinds.first { $0.value == kind ?? "" }?.key
        }

        mutating func respond(to request: Request) -> Response {
            Response(status: 200, body: Array("alone \(request[parameter: "REQUEST_URI"] ?? "-")".utf8))
        }

        mutating func respond(toAll requests: [Request], of batch: Batch) -> [Response?] {
            let isFirst = sizes[batch].isEmpty
            sizes.append(batch, requests.count)
            if isFirst, let gate = gates[batch] { #expect(gate.wait(atMost: .seconds(20))) }
            return requests.map { request in
                #expect(gathers(request) == batch)
                if request[parameter: "REQUEST_URI"]?.hasSuffix("/alone") == true { return nil }
                return Response(status: 200, body: Array((request[parameter: "REQUEST_URI"] ?? "-").utf8))
            }
        }
    }

    /// How many came together, each time.
    private final class Sizes: Sendable {
        private let list = SharedList<(batch: Batch, count: Int)>()
        subscript(batch: Batch) -> [Int] { list.all.filter { $0.batch == batch }.map(\.count) }
        func append(_ batch: Batch, _ count: Int) { list.append((batch, count)) }
    }

    @Test func whatArrivesMeanwhileIsAnsweredTogether() throws {
        let sizes = Sizes()
        let gate = try EventFD()
        let rig = try Rig(threads: 3) { BatchHandler(sizes: sizes, gates: [.first: gate]) }
        let first = try Client(path: rig.path)
        first.send(Records.request([("REQUEST_URI", "/list/first")], keep: true))
        #expect(eventually { sizes[.first] == [1] })

        let clients = try (0..<40).map { _ in try Client(path: rig.path) }
        for (number, client) in clients.enumerated() {
            client.send(Records.request([("REQUEST_URI", "/list/\(number)")], keep: true))
        }
        // While one thread waits at the gate the others serve: what does not gather is answered at once.
        let other = try Client(path: rig.path)
        other.send(Records.request([("REQUEST_URI", "/hold")], keep: true))
        #expect(try other.oneAnswer().answer.body == Array("alone /hold".utf8))
        #expect(sizes[.first] == [1], "nobody else leads")

        gate.raise()
        #expect(try first.oneAnswer().answer.body == Array("/list/first".utf8))
        for (number, client) in clients.enumerated() {
            #expect(try client.oneAnswer().answer.body == Array("/list/\(number)".utf8), "each gets his own")
        }
        #expect(sizes[.first].reduce(0, +) == 41)
        #expect(sizes[.first].contains { $0 > 1 }, "batches of \(sizes[.first])")
        #expect(sizes[.first].allSatisfy { $0 <= Gathering.limit })
    }

    /// With one thread there is nobody else: the leader itself takes what has arrived, and what does not gather is not
    /// lost between two batches.
    @Test(arguments: [1, 2, 8])
    func everyRequestGetsItsOwnAnswer(threads: Int) throws {
        let sizes = Sizes()
        let rig = try Rig(threads: threads) { BatchHandler(sizes: sizes) }
        let wrong = try concurrently(24) { client in
            let connection = try Client(path: rig.path)
            var wrong: [String] = []
            for round in 0..<50 {
                let path = "/\(["list", "act", "own", "list", "hold"][round % 5])/\(client)/\(round)"
                connection.send(Records.request([("REQUEST_URI", path)], keep: true))
                let body = String(decoding: try connection.oneAnswer().answer.body, as: UTF8.self)
                if body != (path.hasPrefix("/hold") ? "alone " : "") + path { wrong.append("\(path): \(body)") }
            }
            return wrong
        }
        #expect(wrong.flatMap { $0 } == [])
        #expect(Batch.allCases.map { sizes[$0].reduce(0, +) } == [24 * 20, 24 * 10, 24 * 10])
        #expect(Batch.allCases.allSatisfy { sizes[$0].allSatisfy { $0 <= Gathering.limit } })
    }

    /// Each kind is led by a thread of its own: while one batch waits for the database, no other does.
    @Test(arguments: Batch.allCases)
    func batchesDoNotWaitForEachOther(standing: Batch) throws {
        let (sizes, gate) = (Sizes(), try EventFD())
        let rig = try Rig(threads: 3) { BatchHandler(sizes: sizes, gates: [standing: gate]) }
        func send(_ batch: Batch, _ count: Int) throws -> [Client] {
            try (0..<count).map { number in
                let client = try Client(path: rig.path)
                client.send(Records.request([("REQUEST_URI", BatchHandler.target(batch, number))], keep: true))
                if batch == standing, number == 0 { #expect(eventually { sizes[standing] == [1] }) }
                return client
            }
        }
        func expectAnswers(_ batch: Batch, _ clients: [Client]) throws {
            for (number, client) in clients.enumerated() {
                #expect(try client.oneAnswer().answer.body == Array(BatchHandler.target(batch, number).utf8))
            }
        }
        let waiting = try send(standing, 5)
        #expect(eventually { rig.server.gatheredRequests == 4 })
        for batch in Batch.allCases where batch != standing {
            try expectAnswers(batch, try send(batch, 20))
            #expect(sizes[batch].reduce(0, +) == 20)
        }
        #expect(sizes[standing] == [1], "it still stands at its gate")
        #expect(rig.server.gatheredRequests == 4)
        gate.raise()
        try expectAnswers(standing, waiting)
        #expect(sizes[standing] == [1, 4])
    }

    /// What the leader of one batch finds of another is answered with that one: beside what is under way there.
    @Test func whatIsHandedOverJoinsItsBatch() throws {
        let (sizes, gate, actGate) = (Sizes(), try EventFD(), try EventFD())
        let rig = try Rig(threads: 2) { BatchHandler(sizes: sizes, gates: [.first: gate, .second: actGate]) }
        let clients = try (0..<12).map { _ in try Client(path: rig.path) }
        // Each has been answered once: a leader takes only what waits already, and no new connection.
        for client in clients {
            client.send(Records.request([("REQUEST_URI", "/known")], keep: true))
            _ = try client.oneAnswer()
        }
        clients[0].send(Records.request([("REQUEST_URI", "/act/0")], keep: true))
        #expect(eventually { sizes[.second] == [1] })
        clients[1].send(Records.request([("REQUEST_URI", "/list/1")], keep: true))
        #expect(eventually { sizes[.first] == [1] })
        // Both threads stand at their gates, and the rest waits: lists and acts in turn.
        for number in 2..<12 {
            let target = number % 2 == 0 ? "/list/\(number)" : "/act/\(number)"
            clients[number].send(Records.request([("REQUEST_URI", target)], keep: true))
        }
        gate.raise()
        for number in [1, 2, 4, 6, 8, 10] {
            #expect(try clients[number].oneAnswer().answer.body == Array("/list/\(number)".utf8))
        }
        #expect(eventually { rig.server.gatheredRequests == 5 }, "\(rig.server.gatheredRequests)")
        #expect(sizes[.second] == [1])
        actGate.raise()
        for number in [0, 3, 5, 7, 9, 11] {
            #expect(try clients[number].oneAnswer().answer.body == Array("/act/\(number)".utf8))
        }
        #expect(sizes[.second] == [1, 5])
    }

    /// With one thread there is nobody else who could lead: what it finds of other kinds is not lost, and not answered
    /// alone.
    @Test func whatIsHandedOverIsABatchWhereNobodyLeads() throws {
        let (sizes, gate) = (Sizes(), try EventFD())
        let rig = try Rig(threads: 1) { BatchHandler(sizes: sizes, gates: [.first: gate]) }
        let clients = try (0..<13).map { _ in try Client(path: rig.path) }
        for client in clients {
            client.send(Records.request([("REQUEST_URI", "/known")], keep: true))
            _ = try client.oneAnswer()
        }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes[.first] == [1] })
        let target = { number in BatchHandler.target(Batch.allCases[number % 3], number) }
        for number in 1..<13 { clients[number].send(Records.request([("REQUEST_URI", target(number))], keep: true)) }
        gate.raise()
        for (number, client) in clients.enumerated() {
            #expect(try client.oneAnswer().answer.body == Array(target(number).utf8))
        }
        #expect(Batch.allCases.map { sizes[$0].reduce(0, +) } == [5, 4, 4])
    }

    /// Who would keep the others waiting is answered alone, and behind them: here two of five.
    @Test func whoIsNotAnsweredInABatchIsAnsweredAlone() throws {
        let (sizes, gate, door) = (Sizes(), try EventFD(), try EventFD())
        struct SlowHandler: Handler {
            var batches: BatchHandler
            let door: EventFD

            func gathers(_ request: Request) -> Batch? { batches.gathers(request) }
            mutating func respond(toAll requests: [Request], of batch: Batch) -> [Response?] {
                batches.respond(toAll: requests, of: batch)
            }
            mutating func respond(to request: Request) -> Response {
                #expect(door.wait(atMost: .seconds(20)))
                return batches.respond(to: request)
            }
        }
        let rig = try Rig(threads: 2) {
            SlowHandler(batches: BatchHandler(sizes: sizes, gates: [.second: gate]), door: door)
        }
        let clients = try (0..<6).map { _ in try Client(path: rig.path) }
        let targets = ["/act/0", "/act/1/alone", "/act/2", "/act/3/alone", "/act/4", "/act/5"]
        for (client, target) in zip(clients, targets) {
            client.send(Records.request([("REQUEST_URI", target)], keep: true))
            if target == targets[0] { #expect(eventually { sizes[.second] == [1] }) }
        }
        #expect(eventually { rig.server.gatheredRequests == 5 })
        gate.raise()
        for number in [0, 2, 4, 5] {
            #expect(try clients[number].oneAnswer().answer.body == Array(targets[number].utf8), "while those two wait")
        }
        door.raise()
        for number in [1, 3] {
            #expect(try clients[number].oneAnswer().answer.body == Array("alone \(targets[number])".utf8))
        }
        #expect(sizes[.second] == [1, 5])
    }

    /// While one thread answers a batch and another looks out, the rest are idle. As soon as the one turns to a request
    /// that takes time, the next must take its place: here three such requests are under way at once.
    @Test func whoRestsIsCalledWhenItIsNeeded() throws {
        let (sizes, gate) = (Sizes(), try EventFD())
        let (holds, door) = (SharedList<String>(), try EventFD())
        struct SlowHandler: Handler {
            var lists: BatchHandler
            let holds: SharedList<String>
            let door: EventFD

            func gathers(_ request: Request) -> Batch? { lists.gathers(request) }
            mutating func respond(toAll requests: [Request], of batch: Batch) -> [Response?] {
                lists.respond(toAll: requests, of: batch)
            }
            mutating func respond(to request: Request) -> Response {
                holds.append(request[parameter: "REQUEST_URI"] ?? "-")
                #expect(door.wait(atMost: .seconds(20)))
                return lists.respond(to: request)
            }
        }
        let rig = try Rig(threads: 4) {
            SlowHandler(lists: BatchHandler(sizes: sizes, gates: [.first: gate]), holds: holds, door: door)
        }
        // Enough lists for every thread to have come by, and gone to rest.
        let lists = try (0..<40).map { _ in try Client(path: rig.path) }
        for (number, client) in lists.enumerated() {
            client.send(Records.request([("REQUEST_URI", "/list/\(number)")], keep: true))
            if number == 0 { #expect(eventually { sizes[.first] == [1] }) }
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
        let (sizes, gate, order) = (Sizes(), try EventFD(), SharedList<String>())
        struct NotingHandler: Handler {
            var lists: BatchHandler
            let order: SharedList<String>

            func gathers(_ request: Request) -> Batch? { lists.gathers(request) }
            mutating func respond(toAll requests: [Request], of batch: Batch) -> [Response?] {
                lists.respond(toAll: requests, of: batch)
            }
            mutating func respond(to request: Request) -> Response {
                order.append(request[parameter: "REQUEST_URI"] ?? "-")
                return lists.respond(to: request)
            }
        }
        // One thread: it leads, finds the holds while it collects, and comes to them after its batches.
        let rig = try Rig(threads: 1) {
            NotingHandler(lists: BatchHandler(sizes: sizes, gates: [.first: gate]), order: order)
        }
        let clients = try (0..<12).map { _ in try Client(path: rig.path) }
        for client in clients {
            client.send(Records.request([("REQUEST_URI", "/known")], keep: true))
            _ = try client.oneAnswer()
        }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes[.first] == [1] })
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
        let sizes = Sizes()
        let gate = try EventFD()
        let rig = try Rig(threads: 1, receiveTimeout: .seconds(60)) {
            BatchHandler(sizes: sizes, gates: [.first: gate])
        }
        let clients = try (0..<3).map { _ in try Client(path: rig.path) }
        let slow = try Client(path: rig.path)
        // Each has been answered once: the leader takes only what waits already, and no new connection.
        for client in clients + [slow] {
            client.send(Records.request([("REQUEST_URI", "/hold")], keep: true))
            _ = try client.oneAnswer()
        }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes[.first] == [1] })
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
        let sizes = Sizes()
        let gate = try EventFD()
        let rig = try Rig(threads: 2) { BatchHandler(sizes: sizes, gates: [.first: gate]) }
        let clients = try (0..<10).map { _ in try Client(path: rig.path) }
        clients[0].send(Records.request([("REQUEST_URI", "/list/0")], keep: true))
        #expect(eventually { sizes[.first] == [1] })
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
