/// How much of its time a process spends on making copies of the list for the sake of freshness. While there is credit,
/// every list is made anew and shows all that was committed before it was asked for; in a rush the credit runs out, and
/// copies are handed out for a while.
struct FreshnessBudget: Sendable {
    /// The share of a core's time that goes into it for good.
    static let share = 0.02
    /// What may be spent at once: a hundred copies of 600 lockers.
    static let limit = Duration.milliseconds(200)

    private var credit = Self.limit
    private var countedAt: ContinuousClock.Instant

    init(now: ContinuousClock.Instant) { countedAt = now }

    /// Whether there is anything to spend.
    mutating func hasCredit(now: ContinuousClock.Instant) -> Bool {
        let elapsed = max(.zero, countedAt.duration(to: now))
        credit = min(Self.limit, credit + elapsed * Self.share)
        countedAt = max(countedAt, now)
        return credit > .zero
    }

    /// Takes what a copy cost. The last one may cost more than there was.
    mutating func spend(_ cost: Duration) { credit -= cost }
}
