internal import FastCGI
internal import Linux

/// The thread that looks at this process from outside its requests: feeds the watchdog while it does its work, and says
/// in one line how it is.
struct Watch: Sendable {
    let notifier: Notifier
    let server: Server
    let metrics: MetricsStore
    let log: Log

    /// How often `systemctl status` gets news.
    private static let interval = Duration.seconds(5)

    func run(until ending: EventFD) {
        // Twice as often as asked (sd_watchdog_enabled(3)), so that one late round is no death.
        let pause = notifier.watchdogInterval.map { min(Self.interval, $0 / 2) } ?? Self.interval
        var vitality = Vitality()
        var before: (answered: UInt64, at: ContinuousClock.Instant) = (0, .now)
        var isStuck = false
        repeat {
            let now = ContinuousClock.now
            let queue = ListenQueue.length(of: 0)
            guard let sum = try? metrics.own() else { continue }
            let begun = sum[MetricsLayout.begun]
            let seen = Vitality.Observation(begun: begun, absence: server.longestAbsence, waiting: queue?.waiting)
            switch vitality.judge(seen, at: now) {
            case .alive:
                isStuck = false
                notifier.feedWatchdog()
            case .doubtful: break
            case .stuck(let reason):
                // Once: the watchdog ends this, where there is one. At once, for it has hung for long enough.
                if !isStuck {
                    log(.stuck(reason))
                    notifier.triggerWatchdog()
                }
                isStuck = true
            }
            notifier.status(Self.line(sum, queue: queue, before: before, now: now))
            before = (begun, now)
        } while !ending.wait(atMost: pause)
    }

    /// `42 requests/s, 3 of 8 threads busy, 0 waiting`
    private static func line(
        _ sum: MetricsSum, queue: ListenQueue.Length?, before: (answered: UInt64, at: ContinuousClock.Instant),
        now: ContinuousClock.Instant
    ) -> String {
        let seconds = max(1, before.at.duration(to: now).components.seconds)
        // The counters of a slot outlive its processes: the first round sees those before.
        let requests =
            before.answered == 0 ? 0 : max(0, Int64(bitPattern: sum[MetricsLayout.begun] &- before.answered)) / seconds
        return "\(requests) requests/s, \(sum.busyThreads) of \(sum.threads) threads busy"
            + (queue.map { ", \($0.waiting) waiting" } ?? "")
    }
}
