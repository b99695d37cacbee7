/// Replays the guarded decisions in the order of their numbers and keeps, for each locker, who has it.
struct LockerReplay {
    private enum Holding {
        case nobody
        /// Before the ledger begins.
        case unknown
        case student(made: Int, assignmentID: Int?, studentID: String?, isConfirmed: Bool)
    }

    /// From when to when a confirmed locker was a student's.
    struct Tenure {
        let assignmentID: Int
        let lockerID: Int
        let studentID: String?
        let from: Int64
        var to: Int64
    }

    private let judge: LedgerJudge
    private var lockers: [Int: Holding] = [:]
    /// The locker that a student has.
    private var lockerOf: [String: Int] = [:]
    /// Lockers that have assignments from before the ledger.
    private let old: Set<Int>
    /// The decision that made an assignment.
    private var makers: [Int: Int] = [:]
    private var ended: [Int: Int64] = [:]
    private(set) var found: [Counterexample] = []
    /// The state in which the ledger leaves what a decision made.
    private(set) var lastWord: [Int: Assignment.State] = [:]
    /// The same for assignments from before the ledger, by their own number.
    private(set) var lastWordOfOld: [Int: Assignment.State] = [:]
    /// When an assignment that an undo gave back was nobody's.
    private(set) var gaps: [Int: [Range<Int64>]] = [:]
    private(set) var tenures: [Tenure] = []
    private var openTenures: [Int: Int] = [:]
    /// Whether a locker is out of service, where the ledger says anything of it.
    private(set) var outOfService: [Int: Bool] = [:]
    /// Assignments that ended outside the ledger.
    private(set) var removed = 0

    init(judge: LedgerJudge) {
        self.judge = judge
        old = Set(judge.record.assignments.filter { $0.decisionID == nil }.map(\.lockerID))
    }

    mutating func take(_ decision: Decision) {
        guard Self.changes(decision) else { return }
        if !decision.isGuarded { find(.unguardedChange, decision) }
        let holding = lockers[decision.lockerID] ?? beginning(decision)
        switch (decision.act, decision.outcome) {
        case (.hold, _): hold(decision, holding)
        case (.confirm, _): confirm(decision, holding)
        case (.releaseHold, _), (.release, _), (.expire, _): end(decision, holding)
        case (.byOperator, "assigned"): assigned(decision, holding)
        case (.byOperator, "released"): released(decision, holding)
        case (.byOperator, "disabled"): outOfService[decision.lockerID] = true
        case (.byOperator, "enabled"): outOfService[decision.lockerID] = false
        case (.byOperator, "removed"): outOfService[decision.lockerID] = nil
        // Nothing is known of the locker after an act that is not known.
        case (.byOperator, _): lockers[decision.lockerID] = .unknown
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

    /// Who had a locker before the ledger's first word about it. It may be the end of something from before the ledger
    /// that went from the table since, with its student or with everything of its time.
    private func beginning(_ decision: Decision) -> Holding {
        if old.contains(decision.lockerID) { return .unknown }
        guard let assignmentID = decision.assignmentID, decision.act != .hold, decision.outcome != "assigned" else {
            return .nobody
        }
        let isGone = !judge.assignmentIDs.contains(assignmentID)
        let isEarly = judge.firstAssignmentID.map { assignmentID < $0 } ?? true
        let hasLeft = decision.studentID.map { judge.record.students[$0] == nil } ?? true
        return isGone && (isEarly || hasLeft) ? .unknown : .nobody
    }

    /// Whether a decision is the one's who has the locker. A 학번 that was corrected in between is another in the ledger,
    /// and the earlier one does not exist any more.
    private func isSame(_ studentID: String?, _ decision: Decision) -> Bool {
        studentID == decision.studentID || studentID.map { judge.record.students[$0] == nil } ?? false
    }

    /// Whether an assignment went from the table by hand, or with its student, or with a semester.
    private func isGone(_ made: Int, _ assignmentID: Int?) -> Bool {
        judge.madeBy[made] == nil && !(assignmentID.map { judge.oldAssignments.contains($0) } ?? false)
    }

    /// Whether a decision made an assignment, and was not one about another's.
    func isMaker(_ decision: Decision) -> Bool {
        switch (decision.act, decision.outcome) {
        case (.hold, "held"): true
        case (.byOperator, "assigned"):
            decision.assignmentID.map { makers[$0] == decision.id && !judge.oldAssignments.contains($0) } ?? false
        default: false
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

// MARK: - What students do

extension LockerReplay {
    private mutating func hold(_ decision: Decision, _ holding: Holding) {
        wantsNobody(decision, holding, .wonWhileActive)
        if outOfService[decision.lockerID] == true { find(.givenOutOfService, decision) }
        lastWord[decision.id] = .hold
        if let assignmentID = decision.assignmentID {
            makers[assignmentID] = decision.id
            ended[assignmentID] = nil
        }
        give(decision, made: decision.id, isConfirmed: false)
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
            give(decision, made: made, isConfirmed: true)
        case .student(let made, _, _, _): find(.confirmedWithoutHold, decision, made)
        case .nobody: find(.confirmedWithoutHold, decision)
        }
    }

    private mutating func end(_ decision: Decision, _ holding: Holding) {
        // An owner typed by hand has no assignment to end.
        if decision.act == .release, decision.assignmentID == nil { return }
        let state: Assignment.State = decision.act == .expire ? .expired : .cancelled
        switch holding {
        case .unknown: vacate(decision, holding, state)
        case .student(let made, let assignmentID, let studentID, let isConfirmed)
        where isSame(studentID, decision) && assignmentID == decision.assignmentID
            && isConfirmed == (decision.act == .release):
            if decision.act == .expire, let expiry = judge.madeBy[made]?.holdExpiresAt, decision.decidedAt < expiry {
                find(.expiredEarly, decision, made)
            }
            vacate(decision, holding, state)
        case .student(let made, _, _, _): find(.endedWithoutBeginning, decision, made)
        case .nobody: find(.endedWithoutBeginning, decision)
        }
    }
}

// MARK: - What operators do

extension LockerReplay {
    private mutating func assigned(_ decision: Decision, _ holding: Holding) {
        // The student's own hold becomes his locker.
        if case .student(let made, let assignmentID, let studentID, false) = holding,
            assignmentID == decision.assignmentID, isSame(studentID, decision)
        {
            lastWord[made] = .confirmed
            return give(decision, made: made, isConfirmed: true)
        }
        wantsNobody(decision, holding, .assignedWhileActive)
        // Who gets back what he had keeps it, even if it broke meanwhile.
        let isUndo = decision.auditID.map { judge.record.acts[$0]?.isUndo ?? true } ?? true
        if outOfService[decision.lockerID] == true, !isUndo { find(.givenOutOfService, decision) }
        let isNew = judge.madeBy[decision.id] != nil
        let made = isNew ? decision.id : decision.assignmentID.flatMap { makers[$0] } ?? decision.id
        if let assignmentID = decision.assignmentID {
            if let end = ended.removeValue(forKey: assignmentID), !isNew {
                gaps[assignmentID, default: []].append(end..<max(end, decision.decidedAt))
            }
            makers[assignmentID] = made
            if judge.oldAssignments.contains(assignmentID) { lastWordOfOld[assignmentID] = .confirmed }
        }
        lastWord[made] = .confirmed
        give(decision, made: made, isConfirmed: true)
    }

    private mutating func released(_ decision: Decision, _ holding: Holding) {
        // An owner typed by hand has no assignment to end.
        guard let assignmentID = decision.assignmentID else { return }
        switch holding {
        case .unknown: vacate(decision, holding, .cancelled)
        case .student(_, assignmentID, let studentID, _) where isSame(studentID, decision):
            vacate(decision, holding, .cancelled)
        case .student(let made, _, _, _): find(.endedWithoutBeginning, decision, made)
        case .nobody: find(.endedWithoutBeginning, decision)
        }
    }
}

// MARK: - Who has what

extension LockerReplay {
    /// A locker that is given is nobody's, and its student has none.
    private mutating func wantsNobody(_ decision: Decision, _ holding: Holding, _ rule: Rule) {
        if case .student(let made, let assignmentID, _, _) = holding {
            if isGone(made, assignmentID) {
                removed += 1
                forget(decision.lockerID)
            } else {
                find(rule, decision, made)
            }
        }
        guard let studentID = decision.studentID, let other = lockerOf[studentID], other != decision.lockerID,
            case .student(let made, let assignmentID, studentID, _)? = lockers[other]
        else { return }
        if isGone(made, assignmentID) {
            removed += 1
            forget(other)
        } else {
            find(rule == .assignedWhileActive ? rule : .studentHasTwo, decision, made)
        }
    }

    private mutating func give(_ decision: Decision, made: Int, isConfirmed: Bool) {
        lockers[decision.lockerID] = .student(
            made: made, assignmentID: decision.assignmentID, studentID: decision.studentID, isConfirmed: isConfirmed)
        if let studentID = decision.studentID { lockerOf[studentID] = decision.lockerID }
        guard isConfirmed, let assignmentID = decision.assignmentID else { return }
        openTenures[assignmentID] = tenures.count
        tenures.append(
            Tenure(
                assignmentID: assignmentID, lockerID: decision.lockerID, studentID: decision.studentID,
                from: decision.decidedAt, to: .max))
    }

    /// Ends what somebody has of a locker.
    private mutating func vacate(_ decision: Decision, _ holding: Holding, _ state: Assignment.State) {
        if case .student(let made, _, _, _) = holding { lastWord[made] = state }
        forget(decision.lockerID)
        guard let assignmentID = decision.assignmentID else { return }
        if judge.oldAssignments.contains(assignmentID) { lastWordOfOld[assignmentID] = state }
        ended[assignmentID] = decision.decidedAt
        if let tenure = openTenures.removeValue(forKey: assignmentID) { tenures[tenure].to = decision.decidedAt }
    }

    private mutating func forget(_ lockerID: Int) {
        if case .student(_, _, let studentID?, _)? = lockers[lockerID], lockerOf[studentID] == lockerID {
            lockerOf[studentID] = nil
        }
        lockers[lockerID] = .nobody
    }
}
