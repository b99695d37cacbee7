/// Replays the guarded decisions in the order of their numbers and keeps, for each locker, who has it.
struct LockerReplay {
    private enum Holding {
        case nobody
        /// Before the ledger begins, or after an operator's act.
        case unknown
        case student(made: Int, assignmentID: Int?, studentID: String?, isConfirmed: Bool)
    }

    private let judge: LedgerJudge
    private var lockers: [Int: Holding] = [:]
    /// Lockers that have assignments from before the ledger.
    private let old: Set<Int>
    private(set) var found: [Counterexample] = []
    /// The state in which the ledger leaves what a decision made; nothing when an operator had the last word.
    private(set) var lastWord: [Int: Assignment.State] = [:]
    /// Assignments that ended outside the ledger.
    private(set) var removed = 0

    init(judge: LedgerJudge) {
        self.judge = judge
        old = Set(judge.record.assignments.filter { $0.decisionID == nil }.map(\.lockerID))
    }

    mutating func take(_ decision: Decision) {
        guard Self.changes(decision) else { return }
        if !decision.isGuarded { find(.unguardedChange, decision) }
        let holding = lockers[decision.lockerID] ?? (old.contains(decision.lockerID) ? .unknown : .nobody)
        switch decision.act {
        case .hold: hold(decision, holding)
        case .confirm: confirm(decision, holding)
        case .releaseHold, .release, .expire: end(decision, holding)
        case .byOperator:
            if case .student(let made, _, _, _) = holding { lastWord[made] = nil }
            lockers[decision.lockerID] = .unknown
        }
    }

    /// Whether a decision changed anything, or was a mere refusal.
    private static func changes(_ decision: Decision) -> Bool {
        switch decision.act {
        case .hold: decision.outcome == "held"
        case .confirm: decision.outcome == "confirmed"
        case .releaseHold, .release: decision.outcome == "released"
        case .expire, .byOperator: true
        }
    }

    /// Whether a decision is the one's who has the locker. A 학번 that was corrected in between is another in the ledger,
    /// and the earlier one does not exist any more.
    private func isSame(_ studentID: String?, _ decision: Decision) -> Bool {
        studentID == decision.studentID || studentID.map { judge.record.students[$0] == nil } ?? false
    }

    private mutating func hold(_ decision: Decision, _ holding: Holding) {
        if case .student(let made, _, _, _) = holding {
            if judge.madeBy[made] == nil {
                removed += 1
            } else {
                find(.wonWhileActive, decision, made)
            }
        }
        lastWord[decision.id] = .hold
        lockers[decision.lockerID] = .student(
            made: decision.id, assignmentID: decision.assignmentID, studentID: decision.studentID, isConfirmed: false)
    }

    private mutating func confirm(_ decision: Decision, _ holding: Holding) {
        switch holding {
        case .unknown: return
        case .student(let made, let assignmentID, let studentID, false)
        where isSame(studentID, decision) && assignmentID == decision.assignmentID:
            if let expiry = judge.madeBy[made]?.holdExpiresAt, decision.decidedAt > expiry + LedgerJudge.slack {
                find(.confirmedWithoutHold, decision, made)
            }
            lastWord[made] = .confirmed
            lockers[decision.lockerID] = .student(
                made: made, assignmentID: assignmentID, studentID: studentID, isConfirmed: true)
        case .student(let made, _, _, _): find(.confirmedWithoutHold, decision, made)
        case .nobody: find(.confirmedWithoutHold, decision)
        }
    }

    private mutating func end(_ decision: Decision, _ holding: Holding) {
        // An owner typed by hand has no assignment to end.
        if decision.act == .release, decision.assignmentID == nil { return }
        switch holding {
        case .unknown: lockers[decision.lockerID] = .nobody
        case .student(let made, let assignmentID, let studentID, let isConfirmed)
        where isSame(studentID, decision) && assignmentID == decision.assignmentID
            && isConfirmed == (decision.act == .release):
            if decision.act == .expire, let expiry = judge.madeBy[made]?.holdExpiresAt, decision.decidedAt < expiry {
                find(.expiredEarly, decision, made)
            }
            lastWord[made] = decision.act == .expire ? .expired : .cancelled
            lockers[decision.lockerID] = .nobody
        case .student(let made, _, _, _): find(.endedWithoutBeginning, decision, made)
        case .nobody: find(.endedWithoutBeginning, decision)
        }
    }

    private mutating func find(_ rule: Rule, _ decision: Decision, _ earlier: Int? = nil) {
        found.append(
            Counterexample(
                rule, lockerID: decision.lockerID, studentID: decision.studentID, at: decision.decidedAt,
                decisions: [earlier, decision.id].compactMap { $0 },
                assignments: [decision.assignmentID].compactMap { $0 }))
    }
}
