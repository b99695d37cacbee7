/// Operators' acts: ledger, owners and assignments agree after each of them, whatever came later.
extension LedgerJudge {
    func acts(_ replay: LockerReplay) -> [Counterexample] {
        let rows = Dictionary(
            grouping: record.decisions.filter { $0.act == .byOperator && $0.auditID != nil }, by: \.auditID)
        var found: [Counterexample] = []
        for (id, rows) in rows where id.map({ record.acts[$0] == nil }) ?? false {
            found += rows.map { Self.about(.actDisagrees, row: $0, "no act \(id ?? 0)") }
        }
        for act in record.acts.values.sorted(by: { $0.id < $1.id }) where act.isTold {
            let rows = rows[act.id] ?? []
            found += rows.compactMap { row in
                bears(act, out: row) ? nil : Self.about(.actDisagrees, row: row, "act \(act.id)")
            }
            found += untold(act, rows) + owners(act, replay)
        }
        return found
    }

    /// Whether the rows that an act changed are what this row of the ledger tells of it.
    private func bears(_ act: OperatorAct, out row: Decision) -> Bool {
        let locker = act.lockers[row.lockerID]
        switch row.outcome {
        case "disabled": return locker.map { !$0.before.isDisabled && $0.after.isDisabled } ?? false
        case "enabled", "removed": return locker.map { $0.before.isDisabled && !$0.after.isDisabled } ?? false
        case "released" where row.assignmentID == nil:
            return locker.map { isSame($0.before.owner, row.studentID) && $0.after.owner != $0.before.owner } ?? false
        default: break
        }
        guard let assignment = row.assignmentID.flatMap({ act.assignments[$0] }),
            assignment.lockerID == row.lockerID, isSame(assignment.studentID, row.studentID)
        else { return false }
        if row.outcome == "assigned" {
            return assignment.before != .confirmed && assignment.after == .confirmed
                && locker.map { isSame($0.after.owner, assignment.studentID) } ?? true
        }
        return assignment.before.isActive && !assignment.after.isActive
            && locker.map { $0.after.owner != assignment.studentID } ?? true
    }

    /// What the act changed without a row of the ledger.
    private func untold(_ act: OperatorAct, _ rows: [Decision]) -> [Counterexample] {
        var found: [Counterexample] = []
        for change in act.assignments.values.sorted(by: { $0.assignmentID < $1.assignmentID }) {
            let (had, has) = (change.before == .confirmed, change.after == .confirmed)
            // What an old server left was given before there was a ledger.
            let isAdopted = change.before == nil && change.decisionID == nil
            guard had != has, !isAdopted else { continue }
            let outcome = has ? "assigned" : "released"
            if !rows.contains(where: { $0.assignmentID == change.assignmentID && $0.outcome == outcome }) {
                found.append(
                    Counterexample(
                        .actNotInLedger, lockerID: change.lockerID, studentID: change.studentID, at: act.at,
                        assignments: [change.assignmentID], evidence: ["act \(act.id): \(outcome)"]))
            }
        }
        for change in act.lockers.values.sorted(by: { $0.lockerID < $1.lockerID })
        where change.before.isDisabled != change.after.isDisabled {
            let outcomes = change.after.isDisabled ? ["disabled"] : ["enabled", "removed"]
            if !rows.contains(where: { $0.lockerID == change.lockerID && outcomes.contains($0.outcome) }) {
                found.append(
                    Counterexample(
                        .actNotInLedger, lockerID: change.lockerID, at: act.at,
                        evidence: ["act \(act.id): \(outcomes[0])"]))
            }
        }
        return found
    }

    /// Who owns a locker after the act has its confirmed assignment, and who does not has none.
    private func owners(_ act: OperatorAct, _ replay: LockerReplay) -> [Counterexample] {
        act.lockers.values.sorted { $0.lockerID < $1.lockerID }.compactMap { locker in
            let here = act.assignments.values.filter { $0.lockerID == locker.lockerID }
            if let given = here.first(where: {
                $0.after == .confirmed && !isSame(locker.after.owner, $0.studentID)
            }) {
                return Self.disagreement(act, locker, assignment: given.assignmentID)
            }
            guard let owner = locker.before.owner, owner != locker.after.owner,
                !here.contains(where: { $0.before.isActive }),
                let tenure = replay.tenures.first(where: {
                    // The act was begun before it had the guard: only what surely lasted over it.
                    $0.lockerID == locker.lockerID && $0.studentID == owner && $0.from < act.at && $0.to > act.at
                })
            else { return nil }
            return Self.disagreement(act, locker, assignment: tenure.assignmentID)
        }
    }

    private static func disagreement(_ act: OperatorAct, _ locker: LockerChange, assignment: Int?) -> Counterexample {
        Counterexample(
            .actDisagrees, lockerID: locker.lockerID, studentID: locker.after.owner ?? locker.before.owner, at: act.at,
            assignments: [assignment].compactMap { $0 }, evidence: ["act \(act.id)"])
    }

    private static func about(_ rule: Rule, row: Decision, _ evidence: String) -> Counterexample {
        Counterexample(
            rule, lockerID: row.lockerID, studentID: row.studentID, at: row.decidedAt, decisions: [row.id],
            assignments: [row.assignmentID].compactMap { $0 }, evidence: ["\(evidence): \(row.outcome)"])
    }

    /// A 학번 that was corrected or forgotten since is another there.
    private func isSame(_ one: String?, _ other: String?) -> Bool {
        if one == other { return true }
        guard let one, let other else { return false }
        return record.students[one] == nil || record.students[other] == nil
    }
}
