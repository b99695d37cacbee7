/// Decides whether a worker does its work, from what can be seen of it. Feeds the watchdog, so it asks about the way of a
/// real request: is one stuck inside a thread, and is anybody accepting what waits? A database that is away is no fault
/// of the worker's: it answers 503 then, and a restart would change nothing.
struct Vitality {
    /// What is seen at one moment.
    struct Observation {
        /// Requests begun since the start of the process.
        let begun: UInt64
        /// How long the oldest request that is under way has been so.
        let oldest: Duration?
        /// Connections in the backlog; nil when the kernel does not tell.
        let waiting: Int?
    }

    enum Verdict: Equatable {
        case alive
        case stuck(String)
    }

    /// Every wait inside a request is bounded (statement 6 s, connecting 2 s), and a request makes few of them.
    static let longestRequest = Duration.seconds(25)
    /// A rush fills the backlog, but then requests begin all the time.
    static let longestPause = Duration.seconds(15)

    private var begun: UInt64 = 0
    /// Since when connections have been waiting without a request having begun here.
    private var neglectedSince: ContinuousClock.Instant?

    mutating func judge(_ seen: Observation, at now: ContinuousClock.Instant) -> Verdict {
        if let oldest = seen.oldest, oldest > Self.longestRequest {
            return .stuck("a request has been under way for \(oldest.components.seconds) s")
        }
        if seen.begun != begun || (seen.waiting ?? 0) == 0 {
            begun = seen.begun
            neglectedSince = nil
            return .alive
        }
        let since = neglectedSince ?? now
        neglectedSince = since
        if since.duration(to: now) > Self.longestPause {
            return .stuck("connections wait, and none was taken for \(since.duration(to: now).components.seconds) s")
        }
        return .alive
    }
}
