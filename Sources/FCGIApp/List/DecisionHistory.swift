internal import Lockers

/// Which decision was the newest when, as the copies of the list showed it. A decision draws its number shortly before it
/// commits; so whatever a copy does not show yet, and all that was decided a while before it, has a number above the one
/// that was the newest that while ago.
struct DecisionHistory: Sendable {
    private struct Point {
        let at: ContinuousClock.Instant
        let decision: Int
    }

    /// How closely the past is remembered.
    private static let step = Duration.seconds(1)

    private var points: [Point] = []

    /// Notes what a new copy shows. Numbers that go back are those of another history (a restored database): nothing is known
    /// of that yet.
    /// - Parameter takenAt: after its query was answered: it shows nothing that was decided later
    /// - Returns: the newest decision of at least `LockerList.recentTime` ago; 0 when that is not known.
    mutating func settled(takenAt: ContinuousClock.Instant, decision: Int) -> Int {
        if let last = points.last, decision < last.decision { points = [] }
        while points.count > 1, points[1].at.duration(to: takenAt) >= LockerList.recentTime { points.removeFirst() }
        if points.last.map({ $0.at.duration(to: takenAt) >= Self.step }) ?? true {
            points.append(Point(at: takenAt, decision: decision))
        }
        guard let oldest = points.first, oldest.at.duration(to: takenAt) >= LockerList.recentTime else { return 0 }
        return oldest.decision
    }
}
