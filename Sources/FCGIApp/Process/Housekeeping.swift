internal import Auth
internal import Lockers
internal import Postgres

/// Marks what ran out and forgets what is long over. Only for the record: no decision depends on it. Every worker runs
/// it, and a lock in the database lets one at a time do it.
final class Housekeeping {
    /// How often stale holds are looked for.
    static let interval = Duration.seconds(5)
    /// Every so many rounds the sessions are swept as well: ten minutes.
    private static let sessionsEvery = 120
    /// How many holds one transaction takes: it keeps their guards until it ends.
    private static let batch = 100

    private let reservations: Reservations
    private let sessions: Sessions
    private let log: Log
    private var round = 0

    init(reservations: Reservations, sessions: Sessions, log: Log) {
        self.reservations = reservations
        self.sessions = sessions
        self.log = log
    }

    func run() {
        do {
            let holds = try reservations.sweep(atMost: Self.batch)
            let ended = round % Self.sessionsEvery == 0 ? try sessions.sweep() : 0
            if holds + ended > 0 { log(.swept(holds: holds, sessions: ended)) }
            round += 1
        } catch {
            log(.sweepFailed(String(describing: error)))
        }
    }
}
