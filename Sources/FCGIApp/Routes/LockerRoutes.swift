internal import Auth
internal import FastCGI
internal import JSON
internal import Lockers
internal import Postgres

/// Holding, confirming and giving back lockers.
extension APIHandler {
    func own(_ request: Request, now: Int64) throws -> Reply {
        guard let token = request.bearerToken,
            let (caller, rows) = try sessions.authenticate(token, now: now, reading: LockerList.ownQuery)
        else { throw APIError(.unauthorized) }
        let own = try LockerList.own(rows)
        return Reply(status: 200) { json in
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

    func hold(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        switch try reservations.hold(try context.lockerID(), context.attempt(of: caller)) {
        case nil: throw APIError(.unauthorized)
        case .held(let hold): return Self.reply(201, hold, caller)
        case .replayed(let hold): return Self.reply(200, hold, caller)
        case .applicationClosed(let opensAt, let closesAt):
            throw APIError.applicationClosed(opensAt: opensAt, closesAt: closesAt)
        case .lockerNotFound: throw APIError(.lockerNotFound)
        case .lockerTaken: throw APIError(.lockerTaken)
        // The page knows this code and shows its dialog; another one it would not know.
        case .lockerDisabled: throw APIError(.lockerTaken, message: "고장 등으로 사용할 수 없는 사물함입니다.")
        case .alreadyHolding: throw APIError(.alreadyHolding)
        case .alreadyAssigned: throw APIError(.alreadyAssigned)
        case .tooManyRequests(let retryAfter): throw APIError.tooManyRequests(retryAfter: retryAfter)
        }
    }

    func confirm(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        switch try reservations.confirm(try context.lockerID(), context.attempt(of: caller)) {
        case nil: throw APIError(.unauthorized)
        case .confirmed(let locker):
            return Reply(status: 200) {
                $0.member("message", "사물함이 확정되었습니다.")
                $0.key("locker")
                $0.locker(locker, of: caller.studentID)
            }
        case .lockerNotFound: throw APIError(.lockerNotFound)
        case .holdNotFound: throw APIError(.holdNotFound)
        case .tooManyRequests(let retryAfter): throw APIError.tooManyRequests(retryAfter: retryAfter)
        }
    }

    func releaseHold(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        switch try reservations.releaseHold(try context.lockerID(), context.attempt(of: caller)) {
        case nil: throw APIError(.unauthorized)
        case .released: return .message("선점을 취소했습니다.")
        // Here nothing conflicts: there just is no such hold.
        case .notFound: throw APIError(.holdNotFound, status: 404)
        case .tooManyRequests(let retryAfter): throw APIError.tooManyRequests(retryAfter: retryAfter)
        }
    }

    func release(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        switch try reservations.release(try context.lockerID(), context.attempt(of: caller)) {
        case nil: throw APIError(.unauthorized)
        case .released: return .message("사물함을 반납했습니다.")
        case .notFound: throw APIError(.assignmentNotFound)
        case .tooManyRequests(let retryAfter): throw APIError.tooManyRequests(retryAfter: retryAfter)
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

extension APIHandler.Context {
    func lockerID() throws(APIError) -> Int {
        guard let lockerID = match.lockerID else { throw APIError(.invalidLockerID) }
        return lockerID
    }

    /// What the ledger keeps of this request.
    func attempt(of caller: Caller) -> Attempt {
        let receivedAt = request[parameter: "REQUEST_RECEIVED_AT"].flatMap { text in
            text.utf8.allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
                ? Double(text).map { _ in text } : nil
        }
        return Attempt(
            studentID: caller.studentID, sessionID: caller.tokenID, requestID: id, receivedAt: receivedAt)
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
