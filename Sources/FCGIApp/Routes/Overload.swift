internal import FastCGI

/// What is done with a request that came too late to a thread: the bound of the queue in time. nginx bounds it in number.
///
/// An answer later than about a second is none in a rush: the student has pressed again. Turning the request away before
/// anything is done for it costs a hundredth of answering it, so that the queue empties at once down to those who came
/// within the last second, and nobody stands behind more than that, however slow the machine is.
enum Overload {
    /// Whether to answer 503 without doing anything. Never where there is a body: nginx reads it to its end before a worker
    /// hears of the request, and the time that a slow phone takes for it is none in a queue.
    /// - Parameters:
    ///   - longestWait: microseconds; nil: never
    ///   - startedAt: when this worker began, in microseconds since 1970. What waited before, while there was none, is served
    ///     late and not turned away: a restart refuses nobody.
    ///   - now: microseconds since 1970
    static func turnsAway(
        _ endpoint: Endpoint, _ request: Request, longestWait: Int64?, startedAt: Int64, now: Int64
    ) -> Bool {
        guard let longestWait, endpoint.mayBeTurnedAway, request.body == .complete([]),
            let received = receivedAt(request)
        else { return false }
        return now - max(received, startedAt) > longestWait
    }

    /// The instant at which nginx had the request's headers, in microseconds since 1970, of nginx's `1772420400.123`; nil
    /// when nothing that can be read is said about it.
    static func receivedAt(_ request: Request) -> Int64? {
        guard let text = request[parameter: "REQUEST_RECEIVED_AT"] else { return nil }
        // At most twelve digits, the dot, three digits.
        let count = text.utf8.count
        guard (5...16).contains(count) else { return nil }
        var milliseconds: Int64 = 0
        for (position, byte) in text.utf8.enumerated() {
            if position == count - 4 {
                guard byte == UInt8(ascii: ".") else { return nil }
            } else {
                guard (0x30...0x39).contains(byte) else { return nil }
                milliseconds = milliseconds * 10 + Int64(byte - 0x30)
            }
        }
        return milliseconds * 1000
    }
}

extension Endpoint {
    /// Whether it may be turned away when it waited too long. Whoever signs in or watches over the server never is: the
    /// first would stand outside with a locker to confirm, the second would call a busy server dead.
    var mayBeTurnedAway: Bool {
        switch self {
        case .health, .live, .login, .register, .loginOrRegister, .refresh, .logout, .logoutAll, .me, .sessions,
            .endSession:
            false
        case .applicationPeriod, .board, .lockers, .ownLockers, .attempts, .hold, .confirm, .releaseHold, .release: true
        }
    }
}
