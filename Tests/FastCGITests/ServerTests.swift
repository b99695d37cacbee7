import Glibc
import Linux
import Testing

@testable import FastCGI

@Suite struct ServerTests {
    /// Answers with what it was asked, and says what became of the body.
    private static let echo: @Sendable (Request) -> Response = { request in
        let name = request[parameter: "REQUEST_URI"] ?? "-"
        switch request.body {
        case .complete(let bytes):
            return Response(status: 200, headers: [Header(name: "X-Uri", value: name)!], body: bytes)
        case .tooLarge: return Response(status: 413, body: Array("tooLarge".utf8))
        case .incomplete: return Response(status: 400, body: Array("incomplete".utf8))
        }
    }

    @Test func aRequestGoesInAndItsAnswerComesOut() throws {
        let rig = try Rig(handler: Self.echo)
        let body = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        let answer = try roundTrip(rig.path, Records.request([("REQUEST_URI", "/정보관?a=b")], body: body))
        #expect(answer.status == 200)
        #expect(answer.headers["x-uri"] == "/정보관?a=b")
        #expect(answer.headers["content-length"] == "1000")
        #expect(answer.body == body)
        #expect(answer.endStatus == 0)
        #expect(rig.seen.events.isEmpty)
    }

    /// systemd makes the shared socket a blocking one again whenever it starts another worker on it.
    @Test func aSocketThatSomebodyMadeBlockingHoldsNobody() throws {
        let rig = try Rig(threads: 2, handler: Self.echo)
        let flags = fcntl(rig.listener.descriptor, F_GETFL)
        #expect(fcntl(rig.listener.descriptor, F_SETFL, flags & ~O_NONBLOCK) == 0)
        let client = try Client(path: rig.path, timeout: .seconds(5))
        for number in 0..<100 {
            client.send(Records.request([("REQUEST_URI", "/\(number)")], keep: true))
            #expect(try client.oneAnswer().answer.headers["x-uri"] == "/\(number)")
        }
    }

    @Test func parametersArriveWhole() throws {
        let long = String(repeating: "y", count: 60_000)
        let rig = try Rig { request in
            let all = [
                request[parameter: "LONG"] == long, request[parameter: "EMPTY"] == "",
                request[parameter: "NONE"] == nil,
                request[parameter: "BAD"] == nil, request[parameter: "EQUALS"] == "a=b=c",
            ]
            return Response(status: all.allSatisfy { $0 } ? 200 : 500, body: Array("\(all)".utf8))
        }
        let bad: [UInt8] = [3, 2] + Array("BAD".utf8) + [0xFF, 0xFE]
        let pairs = bad + Records.pair("LONG", long) + Records.pair("EMPTY", "") + Records.pair("EQUALS", "a=b=c")
        let answer = try roundTrip(rig.path, Records.begin() + Records.stream(4, pairs) + Records.body([]))
        #expect(answer.status == 200, "\(answer.text)")
    }

    @Test func aLargeBinaryAnswerArrivesWhole() throws {
        let large = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let rig = try Rig { _ in Response(status: 200, body: large) }
        let answer = try roundTrip(rig.path, Records.request())
        #expect(answer.body == large)
        #expect(answer.endStatus == 0)
    }

    @Test(arguments: [
        ("short", "10", 5, 400), ("long", "5", 10, 400), ("not a number", "ten", 3, 400), ("none", "0", 0, 200),
        ("limit", "1024", 1024, 200), ("over", "1025", 1025, 413), ("far over", "500000", 500_000, 413),
        ("over, announced as less", "1", 500_000, 413),
    ])
    func theBodyIsJudged(_ name: String, _ announced: String, _ sent: Int, _ status: Int) throws {
        let rig = try Rig(handler: Self.echo)
        let body = [UInt8](repeating: 0x61, count: sent)
        let client = try Client(path: rig.path)
        #expect(client.send(Records.request([("CONTENT_LENGTH", announced)], body: body)), "all of it could be sent")
        let answer = try client.answer()
        #expect(answer.status == status)
        #expect(answer.endStatus == 0)
        if status == 200 { #expect(answer.body == body) }
    }

    @Test func aRequestMayArriveByteByByte() throws {
        let rig = try Rig(threads: 1, handler: Self.echo)
        let client = try Client(path: rig.path)
        for byte in Records.request([("REQUEST_URI", "/slow")], body: [1, 2, 3]) { client.send([byte]) }
        let answer = try client.answer()
        #expect(answer.status == 200)
        #expect(answer.body == [1, 2, 3])
    }

    @Test func aPeerThatEndsInsideItsBodyIsIncomplete() throws {
        let rig = try Rig(threads: 1, handler: Self.echo)
        let client = try Client(path: rig.path)
        client.send(Records.begin() + Records.parameters([("CONTENT_LENGTH", "10")]) + Records.record(5, [1, 2]))
        // Only when the thread has it: the end is then news to it.
        #expect(eventually { rig.server.busyThreads == 1 })
        client.endSending()
        #expect(try client.answer().status == 400)
    }

    @Test func aPeerThatFallsSilentHoldsAThreadOnlySoLong() throws {
        let rig = try Rig(threads: 1, receiveTimeout: .milliseconds(300), handler: Self.echo)
        let start = ContinuousClock.now
        let nothing = try Client(path: rig.path)
        let halfHeader = try Client(path: rig.path)
        halfHeader.send([1, 1, 0])
        let halfBody = try Client(path: rig.path)
        halfBody.send(Records.begin() + Records.parameters([("CONTENT_LENGTH", "10")]) + Records.record(5, [1, 2]))
        #expect(try roundTrip(rig.path, Records.request()).status == 200)
        #expect(ContinuousClock.now - start < .seconds(8))
        #expect(try nothing.receiveAll().isEmpty)
        #expect(try halfHeader.receiveAll().isEmpty)
        #expect(try halfBody.answer().status == 400)
        // A thread reports right after it has closed.
        #expect(eventually { rig.seen.events == [.refused(.silent), .refused(.silent)] })
    }

    @Test func aClientThatIsGoneIsNoError() throws {
        let large = [UInt8](repeating: 0x62, count: 3_000_000)
        let gate = try EventFD()
        let rig = try Rig(threads: 1) { request in
            guard request[parameter: "REQUEST_URI"] == "/large" else { return Response(status: 200) }
            _ = gate.wait(atMost: .seconds(10))
            return Response(status: 200, body: large)
        }
        do {
            let client = try Client(path: rig.path)
            client.send(Records.request([("REQUEST_URI", "/large")]))
            #expect(eventually { rig.server.busyThreads == 1 })
        }
        gate.raise()
        #expect(try roundTrip(rig.path, Records.request()).status == 200)
        #expect(rig.seen.events.isEmpty)
    }

    @Test func aClientThatDoesNotReadHoldsAThreadOnlySoLong() throws {
        let large = [UInt8](repeating: 0x62, count: 3_000_000)
        let rig = try Rig(threads: 1, sendTimeout: .milliseconds(300)) { request in
            Response(status: 200, body: request[parameter: "REQUEST_URI"] == "/large" ? large : [])
        }
        let client = try Client(path: rig.path)
        client.send(Records.request([("REQUEST_URI", "/large")]))
        let start = ContinuousClock.now
        #expect(try roundTrip(rig.path, Records.request()).status == 200)
        // One send timeout, not one for each of the library's buffers.
        #expect(ContinuousClock.now - start < .seconds(2))
        #expect(try client.answer().endStatus == nil)
    }

    @Test func aThreadThatDoesNotComeBackIsNoticed() throws {
        let gate = try EventFD()
        let rig = try Rig(threads: 2) { request in
            if request[parameter: "REQUEST_URI"] == "/hang" { _ = gate.wait(atMost: .seconds(60)) }
            return Response(status: 200)
        }
        let client = try Client(path: rig.path)
        client.send(Records.request([("REQUEST_URI", "/hang")]))
        // Longer than a thread ever stays away by itself, though the other one goes on answering.
        #expect(eventually { rig.server.longestAbsence > .seconds(2) })
        #expect(try roundTrip(rig.path, Records.request()).status == 200)
        #expect(rig.server.longestAbsence > .seconds(2))
        gate.raise()
        #expect(try client.answer().status == 200)
        #expect(eventually { rig.server.longestAbsence < .seconds(2) })
    }

    @Test func moreConnectionsThanThreadsAreAllAnswered() throws {
        let rig = try Rig(threads: 3) { request in
            usleep(2000)
            return Self.echo(request)
        }
        let path = rig.path
        let answers = try concurrently(40) { index in
            try (0..<5).map { round in
                let body = Array("\(index)/\(round)".utf8)
                return try roundTrip(path, Records.request(body: body)).body == body
            }
        }
        #expect(answers.count == 40)
        #expect(answers.allSatisfy { $0.allSatisfy { $0 } })
        #expect(eventually { rig.server.busyThreads == 0 })
    }

    /// Whatever a peer sends, the next request is answered. Every one of these is judged before libfcgi sees it; the
    /// first two abort a process that hands them over (`CrashTests`).
    @Test func badRecordsDoNotKillTheProcess() throws {
        let rig = try Rig(threads: 1, receiveTimeout: .milliseconds(200), handler: Self.echo)
        let announced = Records.parameters([("CONTENT_LENGTH", "3")])
        let bad: [[UInt8]] = [
            Records.begin() + Records.overflowingLengths + Records.record(4),
            Records.overrunningGetValues + Records.begin(),
            Records.begin() + Records.overrunningGetValues + Records.begin(),
            Records.begin() + announced + Records.overrunningGetValues + Records.begin(),
            Records.begin() + announced + Records.record(5, [1]) + Records.record(2),
            Records.begin(role: 2) + Records.parameters([]), Records.begin(role: 77), Records.begin(id: 0),
            Records.begin() + Records.body([1]), Array("GET / HTTP/1.0\r\n\r\n".utf8), [1], [],
            [UInt8](repeating: 0, count: 100_000), [UInt8](repeating: 0xFF, count: 100_000),
            Records.begin() + Records.stream(4, Records.pair("A", String(repeating: "b", count: 100_000))),
        ]
        for bytes in bad {
            let client = try Client(path: rig.path)
            client.send(bytes)
            client.endSending()
            let answer = try client.answer()
            #expect([nil, 400].contains(answer.status))
            #expect(try roundTrip(rig.path, Records.request()).status == 200)
        }
    }

    /// Its negative control is `LibraryTests.theForgedRequestWouldBeRunOnAKeptConnection`.
    @Test(arguments: [1024, 16384])
    func aForgedRequestInABodyIsNotRun(_ maximumBodyBytes: Int) throws {
        let seen = SharedList<String>()
        let rig = try Rig(maximumBodyBytes: maximumBodyBytes) { request in
            seen.append(request[parameter: "REQUEST_URI"] ?? "-")
            return Self.echo(request)
        }
        let answer = try roundTrip(rig.path, Smuggling.request + Records.request([("REQUEST_URI", "/pipelined")]))
        #expect(answer.status == (maximumBodyBytes < Smuggling.bodyBytes ? 413 : 200))
        #expect(try roundTrip(rig.path, Records.request([("REQUEST_URI", "/next")])).status == 200)
        #expect(seen.all == ["/honest", "/next"])
    }

    @Test func whatIsInFlightIsFinishedAndTheBacklogIsLeftToTheNext() throws {
        let entered = try EventFD()
        let gate = try EventFD()
        let rig = try Rig(threads: 2) { request in
            if request[parameter: "REQUEST_URI"] == "/slow" {
                entered.raise()
                _ = gate.wait(atMost: .seconds(10))
            }
            return Response(status: 200, body: Array("first".utf8))
        }
        let slow = try Client(path: rig.path)
        slow.send(Records.request([("REQUEST_URI", "/slow")]))
        #expect(entered.wait(atMost: .seconds(10)))
        rig.server.stop()
        #expect(!rig.server.waitUntilStopped(atMost: .milliseconds(100)), "one thread is busy")
        #expect(rig.server.busyThreads == 1)

        // Connects although nobody accepts: the listening socket is still there.
        let waiting = try Client(path: rig.path)
        waiting.send(Records.request())
        gate.raise()
        #expect(try slow.answer().body == Array("first".utf8))
        #expect(rig.server.waitUntilStopped(atMost: .seconds(10)))
        #expect(rig.server.busyThreads == 0)

        let next = try Server(listener: rig.listener, configuration: .init(threads: 1))
        next.start { _ in ClosureHandler { _ in Response(status: 200, body: Array("second".utf8)) } }
        #expect(try waiting.answer().body == Array("second".utf8))
        next.stop()
        #expect(next.waitUntilStopped(atMost: .seconds(10)))
    }

    /// Two servers hand over to each other under load, again and again, and nobody notices.
    @Test func noRequestIsLostOverHandovers() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/socket"
        let listener = try Listener.unixSocket(path: path)
        defer { close(listener.descriptor) }
        func serve() throws -> Server {
            let server = try Server(listener: listener, configuration: .init(threads: 2))
            server.start { _ in ClosureHandler(body: Self.echo) }
            return server
        }
        var current = try serve()
        let finished = SharedList<Int>()
        let failures = SharedList<Int>()
        let clients = try (0..<4).map { index in
            try Thread(name: "load-\(index)") {
                for round in 0..<300 where (try? roundTrip(path, Records.request(body: [7])))?.body != [7] {
                    failures.append(round)
                }
                finished.append(index)
            }
        }
        var handovers = 0
        while finished.all.count < clients.count {
            let next = try serve()
            current.stop()
            #expect(current.waitUntilStopped(atMost: .seconds(10)))
            current = next
            handovers += 1
        }
        for client in clients { client.join() }
        current.stop()
        #expect(current.waitUntilStopped(atMost: .seconds(10)))
        #expect(failures.all.isEmpty)
        #expect(handovers > 3)
    }

    @Test func aServerThatWasNeverStartedStops() throws {
        let folder = try TemporaryFolder()
        let listener = try Listener.unixSocket(path: folder.path + "/socket")
        defer { close(listener.descriptor) }
        let server = try Server(listener: listener, configuration: .init(threads: 4))
        server.stop()
        #expect(server.waitUntilStopped(atMost: .seconds(10)))
    }

    @Test func aHandlerThatCannotBeMadeIsAskedForAgain() throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/socket"
        let listener = try Listener.unixSocket(path: path)
        defer { close(listener.descriptor) }
        let seen = Rig.Seen()
        let asked = SharedList<Int>()
        let server = try Server(
            listener: listener, configuration: .init(threads: 1, observe: { seen.append($0) }))
        server.start { index in
            asked.append(index)
            return asked.all.count > 1 ? ClosureHandler(body: Self.echo) : nil
        }
        #expect(try roundTrip(path, Records.request()).status == 200)
        #expect(asked.all == [0, 0])
        #expect(seen.events == [.handlerUnavailable(thread: 0)])
        server.stop()
        #expect(server.waitUntilStopped(atMost: .seconds(10)))
    }

    @Test func impossibleConfigurationsAreSaidSo() throws {
        let folder = try TemporaryFolder()
        let listener = try Listener.unixSocket(path: folder.path + "/socket")
        defer { close(listener.descriptor) }
        #expect(throws: Server.Failure.threads(0)) { try Server(listener: listener, configuration: .init(threads: 0)) }
        #expect(throws: Server.Failure.maximumBodyBytes(65537)) {
            try Server(listener: listener, configuration: .init(threads: 1, maximumBodyBytes: 65537))
        }
    }
}
