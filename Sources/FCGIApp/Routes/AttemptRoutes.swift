internal import Auth
internal import JSON
internal import Lockers

/// A student's own receipt.
extension APIHandler {
    func ownAttempts(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        let entries = try attempts.own(of: caller.studentID)
        return Reply(status: 200, capacity: 180 * entries.count + 32) { json in
            json.member(
                "attempts",
                array: { list in
                    for entry in entries { list.attempt(entry) }
                })
        }
    }
}

extension JSONWriter {
    fileprivate mutating func attempt(_ entry: Attempts.Entry) {
        object {
            $0.member("locker_id", entry.lockerID)
            // An act is called as its route is.
            $0.member("act", entry.act == "release_hold" ? "release-hold" : entry.act)
            $0.member("outcome", entry.outcome)
            $0.member("received_at", entry.receivedAt.map(RFC3339.string))
            $0.member("decided_at", RFC3339.string(entry.decidedAt))
            $0.key("lost_by_ms")
            if let milliseconds = entry.lostByMilliseconds { $0.integer(milliseconds) } else { $0.null() }
        }
    }
}
