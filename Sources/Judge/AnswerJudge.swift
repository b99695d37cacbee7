/// Judges the answers that clients had: among themselves, and against the ledger.
public struct AnswerJudge {
    private let operations: [Operation]
    /// Without those of unknown outcome of which the ledger proves that they never took effect.
    private let effective: [Operation]
    private let holdSeconds: Int64
    private let budget: Int
    private let byRequest: [String: Operation]

    /// - Parameters:
    ///   - operations: every request about a locker, from when all lockers were free and no student had any.
    ///   - holdSeconds: how long a hold lasts.
    ///   - ledger: the rows about these students, to tell which of the unanswered requests took effect: what changes
    ///     something is in the ledger, or it never was. Nil when there are only the answers to go by.
    ///   - budget: how many steps the search for an order may take for one locker or student.
    public init(_ operations: [Operation], holdSeconds: Int, ledger: [Decision]? = nil, budget: Int = 200_000) {
        self.operations = operations
        self.holdSeconds = Int64(holdSeconds)
        self.budget = budget
        byRequest = Dictionary(
            operations.compactMap { operation in operation.requestID.map { ($0, operation) } },
            uniquingKeysWith: { first, _ in first })
        effective = ledger.map { Self.effective(operations, $0) } ?? operations
    }

    private static func effective(_ operations: [Operation], _ ledger: [Decision]) -> [Operation] {
        let answered = Set(operations.filter { $0.answer != .unknown }.compactMap(\.requestID))
        var byRequest: Set<String> = []
        var byWords: Set<String> = []
        for row in ledger where ["held", "confirmed", "released"].contains(row.outcome) {
            if let requestID = row.requestID {
                if answered.contains(requestID) { continue }
                byRequest.insert(requestID)
            }
            byWords.insert(words(row.studentID, row.lockerID, row.act.rawValue))
        }
        return operations.filter { operation in
            guard operation.answer == .unknown else { return true }
            if let requestID = operation.requestID { return byRequest.contains(requestID) }
            return byWords.contains(words(operation.studentID, operation.lockerID, operation.act.ledgerName))
        }
    }

    private static func words(_ studentID: String?, _ lockerID: Int, _ act: String) -> String {
        "\(studentID ?? "") \(lockerID) \(act)"
    }

    /// Whether the answers about each locker, and those that each student had, fit into one order.
    public func linearizability() -> [Counterexample] {
        var found: [Counterexample] = []
        for (lockerID, history) in Dictionary(grouping: effective, by: \.lockerID).sorted(by: { $0.key < $1.key }) {
            switch Linearizer(LockerModel(holdSeconds: holdSeconds), history, budget: budget).search() {
            case .possible: continue
            case .impossible(let next):
                found.append(
                    Counterexample(.lockerNotLinearizable, lockerID: lockerID, evidence: next.map(\.description)))
            case .undecided: found.append(Counterexample(.undecided, lockerID: lockerID))
            }
        }
        for (studentID, history) in Dictionary(grouping: effective, by: \.studentID).sorted(by: { $0.key < $1.key }) {
            switch Linearizer(StudentModel(holdSeconds: holdSeconds), history, budget: budget).search() {
            case .possible: continue
            case .impossible(let next):
                found.append(
                    Counterexample(.studentNotLinearizable, studentID: studentID, evidence: next.map(\.description)))
            case .undecided: found.append(Counterexample(.undecided, studentID: studentID))
            }
        }
        return found
    }

    /// Whether the ledger says what the clients were told.
    /// - Parameters:
    ///   - decisions: the ledger's rows about these students.
    ///   - opensAt: the opening, by the database's clock.
    ///   - losersMayBeMissing: true after a crash of the database: what changed nothing is not flushed before it is
    ///     answered.
    public func agreement(
        with decisions: [Decision], opensAt: Int64, losersMayBeMissing: Bool
    ) -> [Counterexample] {
        var found: [Counterexample] = []
        // An expiry carries the request of whoever came next.
        var rows = Dictionary(grouping: decisions.filter { $0.act != .expire && $0.requestID != nil }) {
            $0.requestID ?? ""
        }
        let changes = Dictionary(
            grouping: decisions.filter { ["confirmed", "released"].contains($0.outcome) }.sorted { $0.id < $1.id }
        ) { Self.words($0.studentID, $0.lockerID, "") }
        for operation in operations {
            guard let requestID = operation.requestID else { continue }
            let mine = rows.removeValue(forKey: requestID) ?? []
            if mine.isEmpty {
                let mayBeMissing = operation.answer == .done ? repeats(operation, changes) : losersMayBeMissing
                if Self.mustBeRecorded(operation.answer) && !mayBeMissing {
                    found.append(Self.about(.yesNotInLedger, operation, mine))
                }
            } else if mine.count > 1 || !Self.agrees(operation, mine[0]) {
                found.append(Self.about(.answerContradictsLedger, operation, mine))
            }
        }
        found += unasked(rows.values.flatMap { $0 })
        for decision in decisions
        where decision.act == .hold && decision.outcome == "held" && decision.decidedAt < opensAt {
            found.append(
                Counterexample(
                    .wonBeforeOpening, lockerID: decision.lockerID, studentID: decision.studentID,
                    at: decision.decidedAt,
                    decisions: [decision.id]))
        }
        return found
    }

    /// Whether a yes to a confirmation can have been a second one: a confirmation that the ledger has may lie before it
    /// and what gave the locker back behind it. Both are answered alike, but a second one changed nothing: a crash may
    /// take its row, and whoever decides too often in a minute leaves none.
    /// - Parameter changes: the ledger's confirmations and releases in their order, by student and locker.
    private func repeats(_ operation: Operation, _ changes: [String: [Decision]]) -> Bool {
        guard operation.act == .confirm else { return false }
        let mine = changes[Self.words(operation.studentID, operation.lockerID, "")] ?? []
        return mine.indices.contains { index in
            guard mine[index].outcome == "confirmed" else { return false }
            // What was never answered may have been at any time.
            guard asked(mine[index])?.start ?? .min <= operation.end else { return false }
            guard mine.indices.contains(index + 1) else { return true }
            return asked(mine[index + 1])?.end ?? .max >= operation.start
        }
    }

    private func asked(_ row: Decision) -> Operation? { row.requestID.flatMap { byRequest[$0] } }

    /// Rows that no answered request explains: as many as there are unanswered ones of the same student, locker and act.
    private func unasked(_ rows: [Decision]) -> [Counterexample] {
        var unanswered: [String: Int] = [:]
        for operation in operations where operation.answer == .unknown {
            unanswered[Self.words(operation.studentID, operation.lockerID, operation.act.ledgerName), default: 0] += 1
        }
        return rows.sorted { $0.id < $1.id }.compactMap { row in
            let key = Self.words(row.studentID, row.lockerID, row.act.rawValue)
            if let left = unanswered[key], left > 0 {
                unanswered[key] = left - 1
                return nil
            }
            return Counterexample(
                .winWithoutRequest, lockerID: row.lockerID, studentID: row.studentID, at: row.decidedAt,
                decisions: [row.id], evidence: [row.outcome])
        }
    }

    private static let unrecorded: Set<String> = [
        "too_many_requests", "unauthorized", "invalid_request", "invalid_locker_id", "locker_disabled",
    ]

    private static func mustBeRecorded(_ answer: Operation.Answer) -> Bool {
        switch answer {
        case .done, .replayed: true
        case .refused(let code): !unrecorded.contains(code)
        case .unknown: false
        }
    }

    private static func agrees(_ operation: Operation, _ row: Decision) -> Bool {
        guard row.studentID == operation.studentID, row.lockerID == operation.lockerID else { return false }
        switch (operation.act, operation.answer) {
        case (_, .unknown): return true
        case (.hold, .done): return row.act == .hold && row.outcome == "held"
        case (.hold, .replayed): return row.act == .hold && row.outcome == "replayed"
        case (.confirm, .done): return row.act == .confirm && ["confirmed", "replayed"].contains(row.outcome)
        case (.releaseHold, .done): return row.act == .releaseHold && row.outcome == "released"
        case (.release, .done): return row.act == .release && row.outcome == "released"
        case (_, .replayed): return false
        case (_, .refused(let code)): return row.outcome == code
        }
    }

    private static func about(_ rule: Rule, _ operation: Operation, _ rows: [Decision]) -> Counterexample {
        Counterexample(
            rule, lockerID: operation.lockerID, studentID: operation.studentID, at: rows.first?.decidedAt,
            decisions: rows.map(\.id), evidence: [operation.description] + rows.map(\.outcome))
    }
}
