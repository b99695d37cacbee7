internal import Auth
internal import FastCGI
internal import JSON
internal import Lockers
internal import Postgres

/// Holding, confirming and giving back lockers.
extension APIHandler {
    /// What several callers have themselves, read together with their sessions. In the requests' order.
    func own(_ requests: [Request], now: Int64) -> [Result<Reply, any Error>] {
        let callers = requests.map { request in Result { try bearer(request, .ownLockers, now: now) } }
        let found = Result {
            try lockerList.own(
                of: callers.compactMap { try? $0.get() }.map { (tokenID: $0.tokenID, studentID: $0.studentID) })
        }
        var next = 0
        return callers.map { caller in
            caller.flatMap { caller in
                defer { next += 1 }
                return Result {
                    guard let own = try found.get()[next] else { throw APIError(.unauthorized) }
                    return Self.reply(own, caller)
                }
            }
        }
    }

    private static func reply(_ own: LockerList.Own, _ caller: Caller) -> Reply {
        Reply(status: 200) { json in
            json.key("locker")
            if let locker = own.locker { json.locker(locker, of: caller.studentID) } else { json.null() }
            json.key("hold")
            guard let hold = own.hold else { return json.null() }
            json.object {
                $0.key("locker")
                $0.locker(hold.locker, of: caller.studentID)
                $0.member("expires_at", RFC3339.string(hold.expiresAt))
                $0.member("expires_in_seconds", hold.secondsLeft)
            }
        }
    }

    /// What a student did to a locker, or tried to.
    func decide(_ request: Request, now: Int64) throws -> Reply {
        let (attempt, caller) = try attempt(request, now: now)
        return try Self.reply(to: attempt, try reservations.decide(attempt), caller)
    }

    /// The same for several requests, each with a caller of its own, in one transaction. In the requests' order; nil for one
    /// that is to be decided alone.
    func decide(_ requests: [Request], now: Int64) -> [Result<Reply, any Error>?] {
        let asked = requests.map { request in Result { try attempt(request, now: now) } }
        var outcomes = reservations.decide(asked.compactMap { try? $0.get().attempt })[...]
        return asked.map { asked in
            switch asked {
            case .failure(let error): .failure(error)
            case .success((let attempt, let caller)):
                (outcomes.popFirst() ?? nil).map { outcome in
                    Result { try Self.reply(to: attempt, try outcome.get(), caller) }
                }
            }
        }
    }

    /// What a request attempts, and by whom; his session is looked at where it is decided.
    private func attempt(_ request: Request, now: Int64) throws -> (attempt: Attempt, caller: Caller) {
        let match = try router.match(
            method: request[parameter: "REQUEST_METHOD"] ?? "", target: request[parameter: "REQUEST_URI"] ?? "")
        guard let act = match.endpoint.act else { throw APIError(.notFound) }
        let caller = try bearer(request, match.endpoint, now: now)
        guard let lockerID = match.lockerID else {
            // Whether the session lives is told before what is wrong with the number.
            guard try sessions.isLive(caller) else { throw APIError(.unauthorized) }
            throw APIError(.invalidLockerID)
        }
        let receivedAt = request[parameter: "REQUEST_RECEIVED_AT"].flatMap { text in
            text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
                ? Double(text).map { _ in text } : nil
        }
        return (
            Attempt(
                act, of: lockerID, studentID: caller.studentID, tokenID: caller.tokenID,
                requestID: request[parameter: "REQUEST_ID"] ?? "-", receivedAt: receivedAt),
            caller
        )
    }

    /// Whose token a request shows, if it is in time and whole. Whether the session lives is asked together with what he wants.
    func bearer(_ request: Request, _ endpoint: Endpoint, now: Int64) throws -> Caller {
        if isLate(endpoint, request) { throw APIError.overloaded }
        _ = try RequestBody(request)
        guard let token = request.bearerToken, let caller = try sessions.bearer(of: token, now: now) else {
            throw APIError(.unauthorized)
        }
        return caller
    }

    private static func reply(to attempt: Attempt, _ outcome: Outcome, _ caller: Caller) throws -> Reply {
        switch outcome {
        case .held(let hold): return reply(201, hold, caller)
        case .heldBefore(let hold): return reply(200, hold, caller)
        case .confirmed(let locker):
            return Reply(status: 200) {
                $0.member("message", "사물함이 확정되었습니다.")
                $0.key("locker")
                $0.locker(locker, of: caller.studentID)
            }
        case .released:
            return .message(attempt.act == .release ? "사물함을 반납했습니다." : "선점을 취소했습니다.")
        case .applicationClosed(let opensAt, let closesAt):
            throw APIError.applicationClosed(opensAt: opensAt, closesAt: closesAt)
        case .lockerNotFound: throw APIError(.lockerNotFound)
        case .lockerTaken: throw APIError(.lockerTaken)
        // The page knows this code and shows its dialog; another one it would not know.
        case .lockerDisabled: throw APIError(.lockerTaken, message: "고장 등으로 사용할 수 없는 사물함입니다.")
        case .alreadyHolding: throw APIError(.alreadyHolding)
        case .alreadyAssigned: throw APIError(.alreadyAssigned)
        // Where it is to be given back nothing conflicts: there just is no such hold.
        case .holdNotFound where attempt.act == .releaseHold: throw APIError(.holdNotFound, status: 404)
        case .holdNotFound: throw APIError(.holdNotFound)
        case .assignmentNotFound: throw APIError(.assignmentNotFound)
        case .tooManyRequests(let retryAfter): throw APIError.tooManyRequests(retryAfter: retryAfter)
        case .sessionEnded: throw APIError(.unauthorized)
        }
    }

    private static func reply(_ status: Int, _ hold: Hold, _ caller: Caller) -> Reply {
        let duration = DurationText.english(seconds: hold.secondsLeft)
        return Reply(status: status, capacity: 512) {
            $0.member("message", "사물함을 선점했습니다. 시간 안에 확정해 주세요.")
            $0.key("locker")
            $0.locker(hold.locker, of: caller.studentID)
            $0.member("expires_in", duration)
            $0.member("expires_at", RFC3339.string(hold.expiresAt))
            $0.member("expires_in_seconds", hold.secondsLeft)
        }
    }
}

/// A duration as the frontend reads it: it takes the number and the word, so that whole minutes are given in minutes
/// ("1 minutes") and all else in seconds.
enum DurationText {
    static func english(seconds: Int) -> String {
        seconds > 0 && seconds % 60 == 0 ? "\(seconds / 60) minutes" : "\(seconds) seconds"
    }
}

extension JSONWriter {
    /// What stands for the owner of somebody else's locker.
    static let mask = "**********"

    /// A locker as the contract shows it. `owner` is there on a confirmed locker: the caller's own 학번 or a mask. One
    /// that is out of service has the mask too: the page takes a locker with an `owner` for taken, and any other for free.
    mutating func locker(_ locker: Locker, of callerID: String) {
        object {
            $0.member("locker_id", locker.id)
            // The frontend groups by this: it is the location's name.
            $0.member("location_id", locker.location.name)
            $0.member(
                "location",
                object: {
                    $0.member("id", locker.location.id)
                    $0.member("name", locker.location.name)
                })
            $0.member("state", locker.state.rawValue)
            $0.member("mine", locker.holder == .caller)
            if locker.state == .confirmed || locker.state == .disabled {
                $0.member("owner", locker.holder == .caller ? callerID : Self.mask)
            }
        }
    }
}
