internal import Linux
internal import Postgres

/// Counts what one thread does.
final class Meter {
    private let words: MappedWords

    init(_ words: MappedWords) { self.words = words }

    /// A request's handling begins.
    func begin(at microseconds: Int64) {
        words[MetricsLayout.begun] &+= 1
        words[MetricsLayout.busySince] = UInt64(microseconds)
    }

    /// It is left to another thread, where it begins anew.
    func postpone() {
        words[MetricsLayout.begun] &-= 1
        words[MetricsLayout.busySince] = 0
    }

    /// It ends.
    /// - Parameters:
    ///   - route: its template, `-` when there was none
    ///   - code: the code of the error that was answered
    ///   - connections: how many connections to the database this thread has made in all
    func end(
        route: String, endpoint: Endpoint?, status: Int, code: ErrorCode?, microseconds: Int, connections: Int
    ) {
        let index = MetricsLayout.routes.firstIndex(of: route) ?? MetricsLayout.routes.count - 1
        let statuses = MetricsLayout.statuses
        words[MetricsLayout.request(route: index, status: statuses.firstIndex(of: status) ?? statuses.count)] &+= 1
        let bounds = MetricsLayout.bounds
        let bucket = bounds.firstIndex { microseconds <= $0 } ?? bounds.count
        words[MetricsLayout.bucket(route: index, bucket: bucket)] &+= 1
        words[MetricsLayout.sum(route: index)] &+= UInt64(max(0, microseconds))
        if let (act, outcome) = Self.decision(endpoint, status: status, code: code) {
            words[MetricsLayout.decision(act: act, outcome: outcome)] &+= 1
        }
        words[MetricsLayout.connections] &+= UInt64(max(0, connections - seenConnections))
        seenConnections = connections
        words[MetricsLayout.busySince] = 0
    }

    private var seenConnections = 0

    /// A call of the database failed.
    func databaseFailed(_ error: PostgresError) {
        let kind =
            switch error {
            case .cannotConnect: 0
            case .connectionLost: 1
            case .deadlineExceeded: 2
            case .refused(.lockNotAvailable, _): 3
            case .refused(.queryCanceled, _): 4
            case .refused: 5
            case .unexpectedResult: 6
            }
        words[MetricsLayout.databaseError(kind)] &+= 1
    }

    /// Which act this was and how it ended; nil for what decides nothing about a locker.
    static func decision(_ endpoint: Endpoint?, status: Int, code: ErrorCode?) -> (act: Int, outcome: Int)? {
        let act: Int
        let success: String
        switch endpoint {
        case .hold: (act, success) = (0, status == 201 ? "held" : "replayed")
        case .confirm: (act, success) = (1, "confirmed")
        case .releaseHold: (act, success) = (2, "released")
        case .release: (act, success) = (3, "released")
        default: return nil
        }
        guard let outcome = MetricsLayout.outcomes.firstIndex(of: code?.rawValue ?? success) else { return nil }
        return (act, outcome)
    }
}
