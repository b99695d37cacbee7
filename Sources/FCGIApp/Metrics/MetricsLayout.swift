/// Which word of a thread's block counts what. Everything that is counted is known when the program is compiled, so
/// counting is one addition at a known place: no lock, no allocation, no name.
enum MetricsLayout {
    static let routes = Route.all.map(\.template) + ["-"]
    static let statuses = [200, 201, 204, 304, 400, 401, 403, 404, 405, 409, 413, 415, 429, 500, 503]
    /// Upper bounds of the histogram's buckets, µs. The last bucket has none.
    static let bounds = [
        1000, 2000, 5000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000,
    ]
    static let acts = ["hold", "confirm", "release_hold", "release"]
    static let outcomes = ["held", "replayed", "confirmed", "released"] + ErrorCode.allCases.map(\.rawValue)
    static let databaseErrors = [
        "cannot_connect", "connection_lost", "deadline_exceeded", "lock_timeout", "canceled", "refused", "unexpected",
    ]

    // The words of a block.
    static let busySince = 0
    static let begun = 1
    static let connections = 2
    private static let firstRequest = 3
    private static let firstBucket = firstRequest + routes.count * (statuses.count + 1)
    private static let firstSum = firstBucket + routes.count * (bounds.count + 1)
    private static let firstDecision = firstSum + routes.count
    private static let firstDatabaseError = firstDecision + acts.count * outcomes.count
    private static let words = firstDatabaseError + databaseErrors.count

    /// A status that is not in the list counts as the one after the last.
    static func request(route: Int, status: Int) -> Int { firstRequest + route * (statuses.count + 1) + status }
    static func bucket(route: Int, bucket: Int) -> Int { firstBucket + route * (bounds.count + 1) + bucket }
    static func sum(route: Int) -> Int { firstSum + route }
    static func decision(act: Int, outcome: Int) -> Int { firstDecision + act * outcomes.count + outcome }
    static func databaseError(_ kind: Int) -> Int { firstDatabaseError + kind }

    // A file is a page for the process and whole pages for each thread.
    static let pageBytes = 4096
    static let blockBytes = (words * 8 + pageBytes - 1) / pageBytes * pageBytes

    /// The words of the first page.
    enum Head {
        static let layout = 0
        static let startedAt = 1
        static let threads = 2
        static let starts = 3
        static let count = 4
    }

    /// Tells one layout from another (FNV-1a over all names): another program's counters are not added to ours.
    static let fingerprint: UInt64 = {
        let names = routes + statuses.map(String.init) + bounds.map(String.init) + acts + outcomes + databaseErrors
        return names.joined(separator: "\n").utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }()
}
