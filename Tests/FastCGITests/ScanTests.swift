import Testing

@testable import FastCGI

/// What is handed to libfcgi, what is answered without it, and what is closed.
@Suite struct ScanTests {
    typealias Verdict = RequestScan.Verdict

    private func scan(_ bytes: [UInt8], maximumBodyBytes: Int = 100) -> Verdict {
        var scan = RequestScan(maximumBodyBytes: maximumBodyBytes)
        return scan.scan(bytes[...])
    }

    @Test func aWholeRequestIsReady() {
        #expect(scan(Records.request()) == .ready(.complete(bytes: 0)))
        #expect(scan(Records.request(body: Array("{}".utf8))) == .ready(.complete(bytes: 2)))
        #expect(scan(Records.request([("CONTENT_LENGTH", "")])) == .ready(.complete(bytes: 0)))
    }

    /// Cut anywhere, a request is unfinished, and never taken for another: neither refused nor ready.
    @Test func everyPrefixAsksForMore() {
        let pairs = [("REQUEST_URI", "/"), ("LONG", String(repeating: "x", count: 300)), ("CONTENT_LENGTH", "50")]
        let head = Records.begin() + Records.parameters(pairs)
        let whole = head + Records.body([UInt8](repeating: 7, count: 50))
        for length in 0..<whole.count {
            let complete = length >= head.count
            #expect(scan(Array(whole[..<length])) == .more(parametersComplete: complete), "\(length) bytes")
        }
        #expect(scan(whole) == .ready(.complete(bytes: 50)))
    }

    @Test func parametersMayBeSpreadOverRecords() {
        let pairs = Records.pair("CONTENT_LENGTH", "3") + Records.pair("A", String(repeating: "b", count: 200))
        for piece in [1, 3, 7, 64] {
            let request = Records.begin() + Records.stream(4, pairs, piece: piece) + Records.body([1, 2, 3])
            #expect(scan(request) == .ready(.complete(bytes: 3)), "records of \(piece)")
        }
    }

    @Test(arguments: [
        ("another version", Records.record(1, [0, 1, 0, 0, 0, 0, 0, 0], version: 2)),
        ("authorizer", Records.begin(role: 2)),
        ("filter", Records.begin(role: 3)),
        ("request id 0", Records.begin(id: 0)),
        ("short begin", Records.record(1, [0, 1, 0, 0])),
        ("padded begin", Records.begin(padding: 8)),
        ("no begin", Records.parameters([("A", "b")])),
        ("management first", Records.overrunningGetValues),
        ("HTTP", Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)),
    ])
    func whatBeginsWronglyIsRefused(_ name: String, _ bytes: [UInt8]) {
        #expect(scan(bytes) == .refused(.notABegin))
    }

    @Test(arguments: [
        ("management", Records.overrunningGetValues),
        ("a second begin", Records.begin()),
        ("another request's", Records.parameters(id: 2, [("A", "b")])),
        ("abort", Records.record(2)),
        ("body before the end", Records.body([1])),
        ("padded end", Records.record(4, padding: 8)),
    ])
    func aStrayRecordAmongTheParametersIsRefused(_ name: String, _ bytes: [UInt8]) {
        #expect(scan(Records.begin() + bytes) == .refused(.strayRecord))
    }

    @Test(arguments: [
        ("overflowing lengths", Records.overflowingLengths),
        ("name too long", Records.record(4, [5, 0, 65])),
        ("value too long", Records.record(4, [1, 5, 65])),
        ("length cut off", Records.record(4, [0x80, 0, 0])),
        ("no value length", Records.record(4, [3])),
        ("NUL in a value", Records.record(4, Records.pair("A", "b\0c"))),
        ("NUL in a name", Records.record(4, Records.pair("A\0", "b"))),
        ("equals sign in a name", Records.record(4, Records.pair("A=B", "c"))),
    ])
    func malformedParametersAreRefused(_ name: String, _ bytes: [UInt8]) {
        #expect(scan(Records.begin() + bytes + Records.record(4)) == .refused(.malformedParameters))
    }

    @Test func moreParametersThanTheLimitAreRefused() {
        let pair = Records.pair("A", String(repeating: "b", count: 70_000))
        #expect(scan(Records.begin() + Records.stream(4, pair)) == .refused(.tooManyParameters))
    }

    @Test(arguments: [
        ("10", 9), ("10", 11), ("0", 1), ("-1", 0), ("+1", 1), ("1 ", 1), ("0x1", 1), ("1e1", 10), ("ten", 10),
        ("99999999999999999999", 5), ("１", 1),
    ])
    func aBodyOfAnotherLengthIsIncomplete(_ announced: String, _ sent: Int) {
        let request = Records.request([("CONTENT_LENGTH", announced)], body: [UInt8](repeating: 1, count: sent))
        #expect(scan(request) == .ready(.incomplete))
    }

    /// A body without CONTENT_LENGTH was not announced.
    @Test func anUnannouncedBodyIsIncomplete() {
        #expect(scan(Records.begin() + Records.parameters([("A", "b")]) + Records.body([1])) == .ready(.incomplete))
    }

    @Test func theLimitIsTheLastLengthThatPasses() {
        #expect(scan(Records.request(body: .init(repeating: 1, count: 100))) == .ready(.complete(bytes: 100)))
        #expect(scan(Records.request(body: .init(repeating: 1, count: 101))) == .ready(.tooLarge))
        // Whatever it announces: said before the body has arrived, and seen when more arrives than was said.
        #expect(scan(Records.begin() + Records.parameters([("CONTENT_LENGTH", "101")])) == .ready(.tooLarge))
        let more = Records.request([("CONTENT_LENGTH", "1")], body: .init(repeating: 1, count: 101))
        #expect(scan(more) == .ready(.tooLarge))
    }

    @Test(arguments: [
        ("management", Records.overrunningGetValues), ("abort", Records.record(2)), ("begin", Records.begin(id: 2)),
        ("parameters", Records.parameters([("A", "b")])), ("padded end", Records.record(5, padding: 1)),
    ])
    func aStrayRecordInTheBodyMakesItIncomplete(_ name: String, _ bytes: [UInt8]) {
        let head = Records.begin() + Records.parameters([("CONTENT_LENGTH", "2")]) + Records.record(5, [1])
        #expect(scan(head + bytes + Records.body([2])) == .ready(.incomplete))
    }

    /// Noise of any kind is judged, not crashed on.
    @Test func noiseNeverTraps() {
        var state: UInt64 = 88_172_645_463_325_252
        func next() -> UInt8 {
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return UInt8(truncatingIfNeeded: state >> 24)
        }
        let valid = Records.request([("A", "b"), ("CONTENT_LENGTH", "20")], body: .init(repeating: 1, count: 20))
        for _ in 0..<20_000 {
            var bytes = valid
            for _ in 0..<(1 + next() % 4) { bytes[Int(next()) % bytes.count] = next() }
            _ = scan(Array(bytes.prefix(Int(next()) + 1)))
        }
    }
}
