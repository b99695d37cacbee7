import Glibc
import Linux
import Testing

@testable import FastCGI

/// Connections that the web server asked to keep.
@Suite struct KeptTests {
    private static func echo(_ request: Request) -> Response {
        guard case .complete(let body) = request.body else {
            return Response(status: request.body == .tooLarge ? 413 : 400)
        }
        return Response(status: 200, body: Array((request[parameter: "REQUEST_URI"] ?? "-").utf8) + body)
    }

    private func isClosed(_ client: Client) throws -> Bool { try client.receiveAll().isEmpty }

    @Test func oneConnectionCarriesManyRequests() throws {
        let rig = try Rig(handler: Self.echo)
        let client = try Client(path: rig.path)
        for number in 0..<200 {
            client.send(Records.request([("REQUEST_URI", "/\(number)")], body: [7, 8], keep: true))
            let (answer, behind) = try client.oneAnswer()
            #expect(answer.body == Array("/\(number)".utf8) + [7, 8])
            #expect(answer.endStatus == 0 && behind == 0)
        }
        client.send(Records.request(keep: false))
        #expect(try client.answer().status == 200, "and then it is closed")
    }

    @Test func aLargeAnswerArrivesWholeAndTheNextAfterIt() throws {
        let large = (0..<1_000_003).map { UInt8(truncatingIfNeeded: $0 &* 31) }
        let rig = try Rig { _ in Response(status: 200, body: large) }
        let client = try Client(path: rig.path)
        for _ in 0..<3 {
            client.send(Records.request(keep: true))
            #expect(try client.oneAnswer().answer.body == large)
        }
    }

    /// What one thread could not do if each connection had it for itself.
    @Test func manyIdleConnectionsHoldNoThread() throws {
        let rig = try Rig(threads: 1, handler: Self.echo)
        let clients = try (0..<60).map { _ in try Client(path: rig.path) }
        for round in 0..<5 {
            for client in clients { client.send(Records.request([("REQUEST_URI", "/\(round)")], keep: true)) }
            for client in clients { #expect(try client.oneAnswer().answer.body == Array("/\(round)".utf8)) }
        }
        #expect(try roundTrip(rig.path, Records.request()).status == 200)
    }

    /// The body of an early refusal is never read as records: the connection ends with the answer. Its negative control
    /// is `LibraryTests.theForgedRequestWouldBeRunOnAKeptConnection`.
    @Test(arguments: [1024, 16384])
    func aForgedRequestInABodyIsNotRun(_ maximumBodyBytes: Int) throws {
        let seen = SharedList<String>()
        let rig = try Rig(maximumBodyBytes: maximumBodyBytes) { request in
            seen.append(request[parameter: "REQUEST_URI"] ?? "-")
            return Self.echo(request)
        }
        let isTooLarge = maximumBodyBytes < Smuggling.bodyBytes
        let client = try Client(path: rig.path)
        client.send(Smuggling.request)
        let (answer, behind) = try client.oneAnswer()
        #expect(answer.status == (isTooLarge ? 413 : 200))
        client.send(Records.request([("REQUEST_URI", "/second")], keep: true))
        if isTooLarge {
            #expect(behind == 1, "the web server is told not to keep it")
            #expect(try isClosed(client))
            #expect(seen.all == ["/honest"])
        } else {
            #expect(try client.oneAnswer().answer.body == Array("/second".utf8))
            #expect(seen.all == ["/honest", "/second"])
        }
    }

    @Test func whoDoesNotWaitForAnswersIsNotKept() throws {
        let seen = SharedList<String>()
        let rig = try Rig { request in
            seen.append(request[parameter: "REQUEST_URI"] ?? "-")
            return Self.echo(request)
        }
        let client = try Client(path: rig.path)
        client.send(
            Records.request([("REQUEST_URI", "/first")], keep: true)
                + Records.request([("REQUEST_URI", "/pipelined")], keep: true))
        let (answer, behind) = try client.oneAnswer()
        #expect(answer.status == 200 && behind == 1)
        #expect(try isClosed(client))
        #expect(seen.all == ["/first"])
    }

    @Test func anIdleConnectionIsClosedInTheEnd() throws {
        let rig = try Rig(
            threads: 1, receiveTimeout: .milliseconds(200), keepTimeout: .milliseconds(400), handler: Self.echo)
        let client = try Client(path: rig.path)
        client.send(Records.request(keep: true))
        #expect(try client.oneAnswer().answer.status == 200)
        let start = ContinuousClock.now
        #expect(try isClosed(client))
        #expect(ContinuousClock.now - start < .seconds(3))
        #expect(rig.seen.events.isEmpty, "that is no refusal")
    }

    @Test func aConnectionThatSaysNothingIsClosedAndHoldsNoThread() throws {
        let rig = try Rig(threads: 1, receiveTimeout: .milliseconds(300), handler: Self.echo)
        let silent = try (0..<20).map { _ in try Client(path: rig.path) }
        let start = ContinuousClock.now
        #expect(try roundTrip(rig.path, Records.request()).status == 200)
        #expect(ContinuousClock.now - start < .milliseconds(250), "nobody waited for the silent ones")
        for client in silent { #expect(try isClosed(client)) }
        #expect(rig.seen.events == [Server.Event](repeating: .refused(.silent), count: 20))
    }

    /// After a stop: an idle connection is still served once, and told that this was the last; then all is over, long
    /// before the grace is.
    @Test func afterAStopTheNextAnswerIsTheLast() throws {
        let rig = try Rig(threads: 3, keepGrace: .seconds(20), handler: Self.echo)
        let (used, idle) = (try Client(path: rig.path), try Client(path: rig.path))
        for client in [used, idle] {
            client.send(Records.request(keep: true))
            #expect(try client.oneAnswer().bytesBehind == 0)
        }
        rig.server.stop()
        #expect(
            !rig.server.waitUntilStopped(atMost: .milliseconds(1500)), "idle connections are the web server's to close")
        used.send(Records.request([("REQUEST_URI", "/late")], keep: true))
        let (answer, behind) = try used.oneAnswer()
        #expect(answer.body == Array("/late".utf8) && behind == 1)
        #expect(try isClosed(used))
        #expect(!rig.server.waitUntilStopped(atMost: .milliseconds(100)))
        idle.endSending()
        let start = ContinuousClock.now
        #expect(rig.server.waitUntilStopped(atMost: .seconds(10)))
        #expect(ContinuousClock.now - start < .seconds(3))
    }

    @Test func whoNeverClosesIsGivenUp() throws {
        let rig = try Rig(threads: 2, keepGrace: .milliseconds(300), handler: Self.echo)
        let client = try Client(path: rig.path)
        client.send(Records.request(keep: true))
        #expect(try client.oneAnswer().answer.status == 200)
        rig.server.stop()
        #expect(rig.server.waitUntilStopped(atMost: .seconds(5)))
    }
}
