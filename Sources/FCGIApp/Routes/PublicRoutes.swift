internal import JSON
internal import Lockers
internal import Postgres

/// What anybody may ask.
extension APIHandler {
    private static let ping = Statement(name: "ping", sql: "SELECT 1")

    /// Whether the database answers, within 1.5 s whatever it does.
    func health() -> Reply {
        let isReachable = (try? database.run(Self.ping, within: .milliseconds(1500))) != nil
        var reply = Reply(status: isReachable ? 200 : 503) {
            $0.member("status", isReachable ? "healthy" : "unhealthy")
            $0.member("db", isReachable ? "reachable" : "unreachable")
        }
        if !isReachable { reply.headers.append(("Retry-After", "1")) }
        return reply
    }

    func applicationPeriod() throws -> Reply {
        let period = try periods.current()
        return Reply(status: 200) { $0.period(period) }
    }

    /// The public board: how many are free where, and nothing of anybody.
    func publicBoard() throws -> Reply {
        let period = try periods.current()
        let counts = try board.counts()
        var reply = Reply(status: 200, capacity: 1024) { json in
            json.period(period)
            json.member("available_count", counts.reduce(0) { $0 + $1.available })
            json.member("total_count", counts.reduce(0) { $0 + $1.total })
            json.member(
                "locations",
                array: { list in
                    for count in counts {
                        list.object {
                            $0.member("id", count.location.id)
                            $0.member("name", count.location.name)
                            $0.member("available_count", count.available)
                            $0.member("total_count", count.total)
                        }
                    }
                })
        }
        reply.cacheControl = "public, max-age=1"
        return reply
    }
}

extension JSONWriter {
    /// The members of the current application period.
    fileprivate mutating func period(_ period: ApplicationPeriods.Current) {
        member("state", period.state.rawValue)
        member("opens_at", period.opensAt.map(RFC3339.string))
        member("closes_at", period.closesAt.map(RFC3339.string))
        member("server_time", RFC3339.string(period.serverTime))
    }
}
