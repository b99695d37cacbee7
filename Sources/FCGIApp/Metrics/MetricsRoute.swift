internal import FastCGI
internal import Linux
internal import Postgres

/// `/metrics`, which nginx serves on a loopback port of its own and marks with a parameter that no client can set
/// (a client's headers all begin with HTTP_). It is no route of the API.
extension APIHandler {
    static func asksForMetrics(_ request: Request) -> Bool { request[parameter: "LOCKER_INTERNAL"] == "metrics" }

    private static let states = Statement(
        name: "metrics_states",
        sql: "SELECT state, count(*)::int FROM v_locker_states WHERE cohort IS NULL GROUP BY state ORDER BY state")

    func metrics() -> Response {
        guard let sum = try? metricsStore.all() else { return Response(status: 500, headers: [], body: []) }
        // Whoever watches wants to know within his own timeout that the database does not answer.
        let rows = try? database.run(Self.states, within: .seconds(1))
        let lockers: MetricsText.LockerStates? = rows.map { rows in
            (0..<rows.count).map { (rows[$0].text(0) ?? "-", rows[$0].int(1) ?? 0) }
        }
        let queue = ListenQueue.length(of: 0)
        let text = MetricsText(
            sum, lockers: lockers, waiting: queue.map { ($0.waiting, $0.limit) }, version: WorkerProcess.release)
        let headers = [
            Header(name: "Content-Type", value: "text/plain; version=0.0.4; charset=utf-8"),
            Header(name: "Cache-Control", value: "no-store"),
        ]
        return Response(status: 200, headers: headers.compactMap { $0 }, body: Array(text.text.utf8))
    }
}
