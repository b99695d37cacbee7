internal import Lockers

/// The Prometheus text form, version 0.0.4.
struct MetricsText {
    private(set) var text = ""

    /// Lockers by state as the database has them; nil when it did not answer.
    typealias LockerStates = [(state: String, count: Int)]

    /// - Parameters:
    ///   - waiting: connections in the backlog and how many may be; nil when the kernel does not tell
    init(
        _ sum: MetricsSum, lockers: LockerStates?, waiting: (count: Int, limit: Int)?, version: String
    ) {
        text.reserveCapacity(64 * 1024)
        requests(sum)
        histogram(sum)
        family("locker_decisions_total", "counter", "Decisions about lockers by what was asked and how it ended.")
        for (act, actName) in MetricsLayout.acts.enumerated() {
            for (outcome, name) in MetricsLayout.outcomes.enumerated() {
                let count = sum[MetricsLayout.decision(act: act, outcome: outcome)]
                // What never happened is left out: most pairs cannot.
                if count > 0 { line("locker_decisions_total", [("act", actName), ("outcome", name)], count) }
            }
        }
        family("locker_database_errors_total", "counter", "Calls of the database that failed.")
        for (kind, name) in MetricsLayout.databaseErrors.enumerated() {
            line("locker_database_errors_total", [("kind", name)], sum[MetricsLayout.databaseError(kind)])
        }
        single(
            "locker_database_connections_total", "counter", "Connections made to the database: at a start and again.",
            sum[MetricsLayout.connections])
        single("locker_database_up", "gauge", "Whether the database answered just now.", lockers == nil ? 0 : 1)
        if let lockers {
            family("locker_lockers", "gauge", "Lockers by state: available, held, confirmed, disabled.")
            for (state, count) in lockers { line("locker_lockers", [("state", state)], UInt64(count)) }
            single(
                "locker_holds_live", "gauge", "Holds that have not run out.",
                UInt64(lockers.first { $0.state == "held" }?.count ?? 0))
        }
        single("locker_threads", "gauge", "Threads that answer requests.", UInt64(sum.threads))
        single("locker_threads_busy", "gauge", "Threads with a request just now.", UInt64(sum.busyThreads))
        if let waiting {
            single("locker_socket_waiting", "gauge", "Connections in the backlog of the socket.", UInt64(waiting.count))
            single("locker_socket_backlog", "gauge", "How many may wait there.", UInt64(waiting.limit))
        }
        single("locker_workers", "gauge", "Worker processes that are alive.", UInt64(sum.processes))
        single("locker_worker_starts_total", "counter", "Starts of worker processes since the host booted.", sum.starts)
        single(
            "locker_process_start_time_seconds", "gauge", "When the youngest worker started, since 1970.", sum.startedAt
        )
        family("locker_build_info", "gauge", "Always 1; the version is in the label.")
        line("locker_build_info", [("version", version)], 1)
    }

    private mutating func requests(_ sum: MetricsSum) {
        family("locker_requests_total", "counter", "Requests answered by route and status.")
        for (route, name) in MetricsLayout.routes.enumerated() {
            for status in 0...MetricsLayout.statuses.count {
                let count = sum[MetricsLayout.request(route: route, status: status)]
                if count == 0 { continue }
                let label = status < MetricsLayout.statuses.count ? String(MetricsLayout.statuses[status]) : "other"
                line("locker_requests_total", [("route", name), ("status", label)], count)
            }
        }
    }

    private mutating func histogram(_ sum: MetricsSum) {
        let name = "locker_request_duration_seconds"
        family(name, "histogram", "From the request read to its answer ready.")
        for (route, routeName) in MetricsLayout.routes.enumerated() {
            let buckets = (0...MetricsLayout.bounds.count).map { sum[MetricsLayout.bucket(route: route, bucket: $0)] }
            let count = buckets.reduce(0, +)
            if count == 0 { continue }
            var below: UInt64 = 0
            for (bucket, bound) in MetricsLayout.bounds.enumerated() {
                below += buckets[bucket]
                line(name + "_bucket", [("route", routeName), ("le", Self.seconds(UInt64(bound)))], below)
            }
            line(name + "_bucket", [("route", routeName), ("le", "+Inf")], count)
            text += "\(name)_sum{route=\"\(routeName)\"} \(Self.seconds(sum[MetricsLayout.sum(route: route)]))\n"
            line(name + "_count", [("route", routeName)], count)
        }
    }

    private mutating func single(_ name: String, _ type: String, _ help: String, _ value: UInt64) {
        family(name, type, help)
        text += "\(name) \(value)\n"
    }

    private mutating func family(_ name: String, _ type: String, _ help: String) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    /// Every label's value is a name of ours: none needs escaping.
    private mutating func line(_ name: String, _ labels: [(name: String, value: String)], _ value: UInt64) {
        text += name + "{" + labels.map { "\($0.name)=\"\($0.value)\"" }.joined(separator: ",") + "} \(value)\n"
    }

    /// Microseconds as seconds, exactly.
    static func seconds(_ microseconds: UInt64) -> String {
        let fraction = String(microseconds % 1_000_000)
        let padded = String(repeating: "0", count: 6 - fraction.count) + fraction
        let digits = padded.reversed().drop { $0 == "0" }.reversed()
        return "\(microseconds / 1_000_000)" + (digits.isEmpty ? "" : "." + String(digits))
    }
}
