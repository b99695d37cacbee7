/// Replays the ledger and the assignments, and names every counterexample to the guarantee.
public struct LedgerJudge {
    /// A decision is dated a moment after the check it rests on. More than this between a hold's expiry and its confirm
    /// is no such moment. One second, in microseconds.
    public static let slack: Int64 = 1_000_000

    public struct Figures: Equatable, Sendable {
        public var decisions = 0
        /// Holds that were won.
        public var winners = 0
        /// Holds that were refused.
        public var losers = 0
        public var confirmed = 0
        /// The longest time between nginx and the decision, in microseconds.
        public var longestWait: Int64 = 0
        /// Assignments that the ledger gave and somebody removed by hand (a closed semester, a deleted student).
        public var removed = 0
        /// Owners that stand without an assignment: typed by hand.
        public var ownersByHand = 0

        public init() {}
    }

    public struct Judgement: Sendable {
        public let counterexamples: [Counterexample]
        public let figures: Figures
    }

    let record: Record
    let byID: [Int: Decision]
    /// The assignment that a decision made.
    let madeBy: [Int: Assignment]
    /// Numbers of the assignments in the table, and the lowest.
    let assignmentIDs: Set<Int>
    let firstAssignmentID: Int?
    /// Those of them that are from before the ledger.
    let oldAssignments: Set<Int>

    public init(_ record: Record) {
        self.record = record
        byID = Dictionary(record.decisions.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        madeBy = Dictionary(
            record.assignments.compactMap { row in row.decisionID.map { ($0, row) } },
            uniquingKeysWith: { first, _ in first })
        assignmentIDs = Set(record.assignments.map(\.id))
        firstAssignmentID = assignmentIDs.min()
        oldAssignments = Set(record.assignments.filter { $0.decisionID == nil }.map(\.id))
    }

    /// Judges the whole record, and tells of the part between two instants: what came before must be known to judge it.
    public func judge(since: Int64 = .min, until: Int64 = .max) -> Judgement {
        var replay = LockerReplay(judge: self)
        for decision in record.decisions { replay.take(decision) }
        let found =
            overlaps(replay) + replay.found + clocks() + losses() + agreement(replay) + service(replay) + owners()
            + acts(replay)
        let within = { (instant: Int64?) in instant.map { $0 >= since && $0 < until } ?? true }
        return Judgement(
            counterexamples: found.filter { within($0.at) }, figures: figures(removed: replay.removed, within: within))
    }

    private func figures(removed: Int, within: (Int64?) -> Bool) -> Figures {
        var figures = Figures()
        for decision in record.decisions where within(decision.decidedAt) {
            figures.decisions += 1
            switch (decision.act, decision.outcome) {
            case (.hold, "held"): figures.winners += 1
            case (.hold, "replayed"): break
            case (.hold, _): figures.losers += 1
            case (.confirm, "confirmed"): figures.confirmed += 1
            default: break
            }
            // An expiry carries the request of whoever came next.
            if let receivedAt = decision.receivedAt, decision.act != .expire {
                figures.longestWait = max(figures.longestWait, decision.decidedAt - receivedAt)
            }
        }
        figures.removed = removed
        let confirmed = Set(record.assignments.filter { $0.state == .confirmed }.map(\.lockerID))
        figures.ownersByHand = record.owners.keys.count { !confirmed.contains($0) }
        return figures
    }
}

// MARK: - Rules that look at the tables

extension LedgerJudge {
    /// From when to when an assignment was active.
    func span(of assignment: Assignment) -> Range<Int64> {
        let begin = assignment.decisionID.flatMap { byID[$0]?.decidedAt } ?? assignment.createdAt
        let end: Int64 =
            switch assignment.state {
            case .hold: assignment.holdExpiresAt ?? .max
            // An old server did not always write down when one ended.
            case .expired: assignment.holdExpiresAt ?? begin
            case .confirmed: .max
            case .cancelled: assignment.releasedAt ?? begin
            }
        return begin..<max(begin, end)
    }

    /// The same without the time between an end and the undo that took it back: meanwhile the locker was free.
    private func pieces(of assignment: Assignment, _ replay: LockerReplay) -> [Range<Int64>] {
        let whole = span(of: assignment)
        var (spans, begin) = ([Range<Int64>](), whole.lowerBound)
        for gap in replay.gaps[assignment.id] ?? [] where gap.lowerBound >= begin && gap.upperBound <= whole.upperBound
        {
            spans.append(begin..<gap.lowerBound)
            begin = gap.upperBound
        }
        return spans + [begin..<whole.upperBound]
    }

    /// No two assignments of one locker, nor of one student, at any instant.
    private func overlaps(_ replay: LockerReplay) -> [Counterexample] {
        let spans = record.assignments.flatMap { row in pieces(of: row, replay).map { (row: row, span: $0) } }.sorted {
            ($0.span.lowerBound, $0.row.id) < ($1.span.lowerBound, $1.row.id)
        }
        var found: [Counterexample] = []
        var lastOfLocker: [Int: (row: Assignment, span: Range<Int64>)] = [:]
        var lastOfStudent: [String: (row: Assignment, span: Range<Int64>)] = [:]
        for next in spans {
            if let last = lastOfLocker[next.row.lockerID], last.span.overlaps(next.span) {
                found.append(overlap(.lockerGivenTwice, last.row, next.row, at: next.span.lowerBound))
            }
            if let last = lastOfStudent[next.row.studentID], last.span.overlaps(next.span) {
                found.append(overlap(.studentHasTwo, last.row, next.row, at: next.span.lowerBound))
            }
            // Of two that overlap the one that lasts longer is the one that the next can run into.
            if next.span.upperBound >= lastOfLocker[next.row.lockerID]?.span.upperBound ?? .min {
                lastOfLocker[next.row.lockerID] = next
            }
            if next.span.upperBound >= lastOfStudent[next.row.studentID]?.span.upperBound ?? .min {
                lastOfStudent[next.row.studentID] = next
            }
        }
        return found
    }

    private func overlap(_ rule: Rule, _ first: Assignment, _ second: Assignment, at: Int64) -> Counterexample {
        Counterexample(
            rule, lockerID: second.lockerID, studentID: second.studentID, at: at,
            decisions: [first.decisionID, second.decisionID].compactMap { $0 }, assignments: [first.id, second.id])
    }

    /// What stands in the table is what the ledger's last word on it was.
    private func agreement(_ replay: LockerReplay) -> [Counterexample] {
        let oldest = record.assignments.compactMap(\.decisionID).min()
        var found: [Counterexample] = []
        for assignment in record.assignments {
            guard let made = assignment.decisionID else {
                if let expected = replay.lastWordOfOld[assignment.id], expected != assignment.state {
                    found.append(
                        Counterexample(
                            .stateDisagrees, lockerID: assignment.lockerID, studentID: assignment.studentID,
                            assignments: [assignment.id],
                            evidence: ["\(expected.rawValue) ≠ \(assignment.state.rawValue)"]))
                }
                continue
            }
            guard let decision = byID[made] else {
                found.append(
                    Counterexample(
                        .decisionMissing, lockerID: assignment.lockerID, studentID: assignment.studentID,
                        at: assignment.createdAt, decisions: [made], assignments: [assignment.id]))
                continue
            }
            let expected = replay.lastWord[made]
            // A 학번 that was corrected afterwards is another in the ledger.
            let sameStudent =
                decision.studentID == assignment.studentID
                || decision.studentID.map { record.students[$0] == nil } ?? true
            if decision.lockerID != assignment.lockerID || !sameStudent
                || expected.map({ $0 != assignment.state }) ?? false
            {
                found.append(
                    Counterexample(
                        .stateDisagrees, lockerID: assignment.lockerID, studentID: assignment.studentID,
                        at: decision.decidedAt, decisions: [made], assignments: [assignment.id],
                        evidence: ["\(expected?.rawValue ?? "?") ≠ \(assignment.state.rawValue)"]))
            }
        }
        for decision in record.decisions
        where madeBy[decision.id] == nil && replay.isMaker(decision) {
            // A student who left took it along; a closed semester took everything of its time.
            guard let oldest, oldest <= decision.id, let studentID = decision.studentID,
                let since = record.students[studentID], since <= decision.decidedAt
            else { continue }
            found.append(
                Counterexample(
                    .assignmentMissing, lockerID: decision.lockerID, studentID: studentID, at: decision.decidedAt,
                    decisions: [decision.id], assignments: [decision.assignmentID].compactMap { $0 }))
        }
        return found
    }

    /// A locker is out of service when the ledger's last word says so. One that does not exist any more is neither.
    private func service(_ replay: LockerReplay) -> [Counterexample] {
        replay.outOfService.sorted { $0.key < $1.key }.compactMap { lockerID, isDisabled in
            guard let now = record.disabled[lockerID], now != isDisabled else { return nil }
            return Counterexample(
                .stateDisagrees, lockerID: lockerID,
                evidence: isDisabled ? ["disabled ≠ in service"] : ["in service ≠ disabled"])
        }
    }

    /// A confirmed locker belongs to the student of its assignment.
    private func owners() -> [Counterexample] {
        record.assignments.compactMap { assignment in
            guard assignment.state == .confirmed, record.owners[assignment.lockerID] != assignment.studentID else {
                return nil
            }
            return Counterexample(
                .ownerDisagrees, lockerID: assignment.lockerID, studentID: assignment.studentID,
                at: assignment.confirmedAt, decisions: [assignment.decisionID].compactMap { $0 },
                assignments: [assignment.id])
        }
    }
}

// MARK: - Rules that look at the ledger's rows

extension LedgerJudge {
    /// Among guarded decisions of one locker, and of one student, number and clock tell the same order.
    private func clocks() -> [Counterexample] {
        var lastOfLocker: [Int: Decision] = [:]
        var lastOfStudent: [String: Decision] = [:]
        var found: [Counterexample] = []
        // An expiry has one of the two guards and does not say which: whoever claims a locker lets the stale holds of the
        // locker, and of himself, run out.
        for decision in record.decisions where decision.isGuarded && decision.act != .expire {
            var before = [lastOfLocker[decision.lockerID]]
            lastOfLocker[decision.lockerID] = decision
            if let studentID = decision.studentID, decision.act != .byOperator {
                before.append(lastOfStudent[studentID])
                lastOfStudent[studentID] = decision
            }
            for case let last? in before where last.decidedAt > decision.decidedAt {
                found.append(
                    Counterexample(
                        .clockContradictsSequence, lockerID: decision.lockerID, studentID: decision.studentID,
                        at: decision.decidedAt, decisions: [last.id, decision.id]))
            }
        }
        return found
    }

    /// A loser of a locker points at the decision that gave it away.
    private func losses() -> [Counterexample] {
        record.decisions.compactMap { decision in
            // Without a number the locker was given by hand.
            guard decision.act == .hold, decision.outcome == "locker_taken", let lostTo = decision.lostTo else {
                return nil
            }
            if let winner = byID[lostTo], winner.lockerID == decision.lockerID, winner.id < decision.id,
                winner.studentID != decision.studentID,
                ["held", "confirmed", "assigned"].contains(winner.outcome)
            {
                return nil
            }
            return Counterexample(
                .lossWithoutWinner, lockerID: decision.lockerID, studentID: decision.studentID, at: decision.decidedAt,
                decisions: [lostTo, decision.id])
        }
    }
}
