import FastCGI
import Testing

@testable import FCGIApp

@Suite struct OverloadTests {
    private static let now: Int64 = 1_772_420_400_500_000

    private func turnsAway(
        _ endpoint: Endpoint, received: String?, longestWait: Int64? = 1_000_000, startedAt: Int64 = 0,
        body: Request.Body = .complete([])
    ) -> Bool {
        let parameters = received.map { ["REQUEST_RECEIVED_AT": $0] } ?? [:]
        return Overload.turnsAway(
            endpoint, Request(parameters: parameters, body: body), longestWait: longestWait,
            startedAt: startedAt, now: Self.now)
    }

    @Test(arguments: [
        ("1772420399.499", true), ("1772420399.500", false), ("1772420400.499", false),
        // A clock that was set back meanwhile, and what is no instant: nobody is turned away for that.
        ("1772420401.000", false), ("", false), ("1772420399", false), ("1772420399.4", false), ("-1.000", false),
        ("1.000.000", false), ("0x1.000", false), ("99999999999999999999.000", false), ("17724203 9.499", false),
    ])
    func whoWaitedLongerThanTheBound(_ received: String, _ expected: Bool) {
        #expect(turnsAway(.hold, received: received) == expected)
    }

    @Test func whoSaysNothingOfItIsNot() { #expect(!turnsAway(.hold, received: nil)) }

    /// The time that its body took to come counts as well, and that one may be as long as the phone is slow.
    @Test(arguments: [(Request.Body.complete([]), true), (.complete(Array("{}".utf8)), false), (.tooLarge, false)])
    func whoHasABodyIsNot(_ body: Request.Body, _ expected: Bool) {
        #expect(turnsAway(.hold, received: "1.000", body: body) == expected)
    }

    @Test func withoutABoundNobodyIs() { #expect(!turnsAway(.hold, received: "1.000", longestWait: nil)) }

    /// What waited while there was no worker is not turned away by the one that comes, unless he is late as well.
    @Test(arguments: [(500_000, false), (1_000_000, false), (1_000_001, true), (60_000_000, true)])
    func theTimeWithoutAWorkerDoesNotCount(_ age: Int64, _ expected: Bool) {
        #expect(turnsAway(.hold, received: "1.000", startedAt: Self.now - age) == expected)
    }

    @Test func signingInAndHealthNeverAre() {
        let turnedAway = Endpoint.allCases.filter { turnsAway($0, received: "1.000") }
        #expect(
            Set(turnedAway) == [
                .applicationPeriod, .board, .lockers, .ownLockers, .attempts, .hold, .confirm, .releaseHold, .release,
            ])
    }

    @Test func theErrorSaysWhenToComeAgain() {
        let reply = APIError.overloaded.response(requestID: "r", challenge: false)
        #expect(reply.status == 503)
        #expect(reply.headers.contains { $0.0 == "Retry-After" && $0.1 == "2" })
        #expect(String(decoding: reply.body, as: UTF8.self).contains("\"error\":\"unavailable\""))
    }
}
