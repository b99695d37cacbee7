internal import Auth
internal import JSON

/// A student's own sessions: which there are, and an end to one of them.
extension APIHandler {
    func listSessions(_ context: Context) throws -> Reply {
        let entries = try sessionList.all(of: try context.signedIn())
        return Reply(status: 200, capacity: 256 * entries.count + 32) { json in
            json.member(
                "sessions",
                array: { list in
                    for entry in entries {
                        list.object {
                            $0.member("id", entry.id)
                            $0.member("current", entry.isCurrent)
                            $0.member("started_at", RFC3339.string(entry.startedAt))
                            $0.member("last_used_at", RFC3339.string(entry.lastUsedAt))
                            $0.member("user_agent", entry.userAgent)
                            $0.member("network", entry.network)
                        }
                    }
                })
        }
    }

    func endSession(_ context: Context) throws -> Reply {
        let caller = try context.signedIn()
        guard let id = context.match.id, try sessionList.end(id, of: caller) else {
            throw APIError(.sessionNotFound)
        }
        return .message("해당 기기에서 로그아웃되었습니다.")
    }
}
