internal import Lockers
internal import Synchronization
internal import Zlib

/// The copies of the list that the threads of a process share: one for the real lockers and one for each rehearsal. A
/// copy is made when somebody asks for it, and never otherwise: at every call while the budget lasts, so that outside a
/// rush nobody ever sees an old list, and in a rush when the last one is older than `lifetime`.
final class ListStore: Sendable {
    /// How long a copy is handed out in a rush.
    static let lifetime = Duration.milliseconds(150)
    /// How long it is handed out to the rest while one thread makes the next.
    static let limit = Duration.milliseconds(200)
    /// More cohorts than there ever are rehearsals: what is beyond is made for each request anew.
    private static let maximumCohorts = 8

    private struct Entry {
        let snapshot: ListSnapshot
        /// Before its query was sent: it shows at least all that was committed then.
        let takenAt: ContinuousClock.Instant
        /// When it was ready. Its age counts from here: a copy that took long must not be old at once.
        let madeAt: ContinuousClock.Instant

        func isFit(notBefore: ContinuousClock.Instant?, asked: ContinuousClock.Instant) -> Bool {
            if let notBefore { takenAt >= notBefore } else { madeAt.duration(to: asked) <= ListStore.lifetime }
        }
    }

    private let entries = Mutex<[String?: Entry]>([:])
    private let history = Mutex(DecisionHistory())
    private let budget = Mutex(FreshnessBudget(now: .now))
    /// Why the last attempt to make a copy failed, and when.
    private struct Failure {
        let error: any Error
        let at: ContinuousClock.Instant
    }

    /// Held by the thread that makes a copy.
    private let making = Mutex<Failure?>(nil)

    /// A copy of the list of a cohort (nil: the real lockers), handed out for at most 200 ms.
    /// - Parameters:
    ///   - notBefore: it must show at least what was committed then
    ///   - load: asks the database for the list
    func snapshot(
        of cohort: String?, notBefore: ContinuousClock.Instant? = nil, deflater: Deflater,
        load: () throws -> LockerList.Copy
    ) throws -> ListSnapshot {
        let asked = ContinuousClock.now
        let notBefore = budget.withLock { $0.hasCredit(now: asked) } ? asked : notBefore
        let entry = entries.withLock { $0[cohort] }
        if let entry {
            if entry.isFit(notBefore: notBefore, asked: asked) { return entry.snapshot }
            if notBefore == nil, entry.madeAt.duration(to: asked) <= Self.limit {
                let made = try making.withLockIfAvailable { try make(cohort, &$0, deflater, load) }
                return made ?? entry.snapshot
            }
        }
        return try making.withLock { failure in
            // Whoever had the lock may have made the one that is wanted.
            if let entry = entries.withLock({ $0[cohort] }), entry.isFit(notBefore: notBefore, asked: asked) {
                return entry.snapshot
            }
            // Or has failed: where the database does not answer, each who waited would find that out anew, one after the
            // other, for seconds each.
            if let failure, failure.at >= asked { throw failure.error }
            return try make(cohort, &failure, deflater, load)
        }
    }

    private func make(
        _ cohort: String?, _ failure: inout Failure?, _ deflater: Deflater, _ load: () throws -> LockerList.Copy
    ) throws -> ListSnapshot {
        do {
            failure = nil
            return try make(cohort, deflater, load)
        } catch {
            failure = Failure(error: error, at: .now)
            throw error
        }
    }

    private func make(
        _ cohort: String?, _ deflater: Deflater, _ load: () throws -> LockerList.Copy
    ) throws -> ListSnapshot {
        let takenAt = ContinuousClock.now
        let previous = entries.withLock { $0[cohort]?.snapshot }
        let copy = try load()
        let settled = history.withLock { $0.settled(takenAt: .now, decision: copy.decision) }
        let snapshot = try ListSnapshot(copy, settled: settled, previous: previous, deflater: deflater)
        let madeAt = ContinuousClock.now
        budget.withLock { $0.spend(takenAt.duration(to: madeAt)) }
        entries.withLock { entries in
            if entries.count >= Self.maximumCohorts, entries[cohort] == nil {
                entries = entries.filter { $0.value.madeAt.duration(to: madeAt) <= Self.limit }
            }
            if entries.count < Self.maximumCohorts || entries[cohort] != nil {
                entries[cohort] = Entry(snapshot: snapshot, takenAt: takenAt, madeAt: madeAt)
            }
        }
        return snapshot
    }
}
