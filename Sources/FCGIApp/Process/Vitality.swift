/// Decides whether a worker does its work, from what can be seen of it. Feeds the watchdog, so it asks about the way of a
/// real request: does each thread that answers requests come round, and is anybody accepting what waits? A timer of its own
/// would go on feeding while every thread hangs. A database that is away is no fault of the worker's: it answers 503 then,
/// and a restart would change nothing.
struct Vitality {
    /// What is seen at one moment.
    struct Observation {
        /// Requests begun since the start of the process.
        let begun: UInt64
        /// For how long the thread that has been away longest has not come back to wait for work.
        let absence: Duration
        /// Connections in the backlog; nil when the kernel does not tell.
        let waiting: Int?
    }

    enum Verdict: Equatable {
        case alive
        /// Perhaps not. A machine that was asleep looks so too, until every thread had its turn.
        case doubtful
        case stuck(String)
    }

    /// Every wait inside a request is bounded (statement 6 s, connecting 2 s), and a request makes few of them. Between two
    /// requests a thread comes round every second.
    static let longestAbsence = Duration.seconds(25)
    /// A rush fills the backlog, but then requests begin all the time.
    static let longestPause = Duration.seconds(15)

    private var begun: UInt64 = 0
    /// Since when connections have been waiting without a request having begun here.
    private var neglectedSince: ContinuousClock.Instant?
    private var isInDoubt = false

    /// To be asked every few seconds. Only what is found twice in a row is believed.
    mutating func judge(_ seen: Observation, at now: ContinuousClock.Instant) -> Verdict {
        guard let fault = fault(seen, at: now) else {
            isInDoubt = false
            return .alive
        }
        if isInDoubt { return .stuck(fault) }
        isInDoubt = true
        return .doubtful
    }

    private mutating func fault(_ seen: Observation, at now: ContinuousClock.Instant) -> String? {
        if seen.absence > Self.longestAbsence {
            return "a thread has not come back for \(seen.absence.components.seconds) s"
        }
        if seen.begun != begun || (seen.waiting ?? 0) == 0 {
            begun = seen.begun
            neglectedSince = nil
            return nil
        }
        let since = neglectedSince ?? now
        neglectedSince = since
        let pause = since.duration(to: now)
        return pause > Self.longestPause
            ? "connections wait, and none was taken for \(pause.components.seconds) s" : nil
    }
}
