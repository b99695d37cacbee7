internal import Lockers
internal import Synchronization
internal import Zlib

/// The copies of the list that the threads of a process share: one for the real lockers and one for each rehearsal. A
/// copy is made when somebody asks for it and the last one is older than `lifetime`, and never otherwise.
final class ListStore: Sendable {
    /// How long a copy is handed out without a thought.
    static let lifetime = Duration.milliseconds(200)
    /// How long it is handed out to the rest while one thread makes the next.
    static let limit = Duration.milliseconds(400)
    /// More cohorts than there ever are rehearsals: what is beyond is made for each request anew.
    private static let maximumCohorts = 8

    private struct Entry {
        let snapshot: ListSnapshot
        /// Before its query was sent: it shows at least all that was committed then.
        let takenAt: ContinuousClock.Instant
    }

    private let entries = Mutex<[String?: Entry]>([:])
    /// Held by the thread that makes a copy.
    private let making = Mutex<Void>(())

    /// A copy of the list of a cohort (nil: the real lockers), at most 400 ms old.
    /// - Parameters:
    ///   - notBefore: it must show at least what was committed then
    ///   - load: asks the database for the list
    func snapshot(
        of cohort: String?, notBefore: ContinuousClock.Instant? = nil, deflater: Deflater,
        load: () throws -> LockerList.Copy
    ) throws -> ListSnapshot {
        let asked = ContinuousClock.now
        let entry = entries.withLock { $0[cohort] }
        if let entry, notBefore.map({ entry.takenAt >= $0 }) ?? true {
            let age = entry.takenAt.duration(to: asked)
            if age <= Self.lifetime { return entry.snapshot }
            if age <= Self.limit {
                let made = try making.withLockIfAvailable { _ in try make(cohort, deflater, load) }
                return made ?? entry.snapshot
            }
        }
        return try making.withLock { _ in
            // Whoever had the lock may have made the one that is wanted.
            if let entry = entries.withLock({ $0[cohort] }), entry.takenAt >= notBefore ?? (asked - Self.lifetime) {
                return entry.snapshot
            }
            return try make(cohort, deflater, load)
        }
    }

    private func make(
        _ cohort: String?, _ deflater: Deflater, _ load: () throws -> LockerList.Copy
    ) throws -> ListSnapshot {
        let takenAt = ContinuousClock.now
        let previous = entries.withLock { $0[cohort]?.snapshot }
        let snapshot = try ListSnapshot(try load(), previous: previous, deflater: deflater)
        entries.withLock { entries in
            if entries.count >= Self.maximumCohorts, entries[cohort] == nil {
                entries = entries.filter { $0.value.takenAt.duration(to: takenAt) <= Self.limit }
            }
            if entries.count < Self.maximumCohorts || entries[cohort] != nil {
                entries[cohort] = Entry(snapshot: snapshot, takenAt: takenAt)
            }
        }
        return snapshot
    }
}
