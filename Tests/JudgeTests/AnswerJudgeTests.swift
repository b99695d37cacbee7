import Testing

@testable import Judge

/// Writes a history down as rows: student, act, locker, answer, start and end in milliseconds.
private func history(
    _ rows: (String, Operation.Act, Int, Operation.Answer, Int64, Int64)...
) -> [Operation] {
    rows.enumerated().map { index, row in
        Operation(
            id: index, studentID: row.0, lockerID: row.2, act: row.1, answer: row.3, start: row.4 * 1000,
            end: row.5 * 1000, requestID: "r\(index)")
    }
}

private func rules(_ operations: [Operation]) -> [Rule] {
    AnswerJudge(operations, holdSeconds: 60).linearizability().map(\.rule)
}

private let taken = Operation.Answer.refused("locker_taken")
private let gone = Operation.Answer.refused("hold_not_found")

@Suite struct LinearizabilityTests {
    @Test func ordersThatExist() {
        // One after the other.
        #expect(
            rules(
                history(
                    ("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, taken, 6, 8), ("a", .hold, 1, .replayed, 9, 10),
                    ("a", .confirm, 1, .done, 11, 12), ("a", .confirm, 1, .done, 13, 14),
                    ("b", .hold, 1, taken, 15, 16), ("a", .release, 1, .done, 17, 18), ("b", .hold, 1, .done, 19, 20)))
                == [])
        // The loser was answered first: the winner's request was under way already.
        #expect(rules(history(("a", .hold, 1, .done, 0, 50), ("b", .hold, 1, taken, 10, 20))) == [])
        // A hold that ran out goes to another, and its first owner is told so.
        #expect(
            rules(
                history(
                    ("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, .done, 60_100, 60_110),
                    ("a", .confirm, 1, gone, 60_120, 60_130))) == [])
        // A request without an answer explains a locker that is taken, or one that is free.
        #expect(rules(history(("a", .hold, 1, .unknown, 0, 5), ("b", .hold, 1, taken, 6, 8))) == [])
        #expect(rules(history(("a", .hold, 1, .unknown, 0, 5), ("b", .hold, 1, .done, 6, 8))) == [])
        // It may take effect long after its client gave up.
        #expect(
            rules(
                history(
                    ("a", .hold, 1, .unknown, 0, 5), ("b", .hold, 1, .done, 6, 8), ("b", .releaseHold, 1, .done, 9, 10),
                    ("c", .hold, 1, taken, 20, 21))) == [])
        // A double click: one of the two is told that the student holds it already.
        #expect(rules(history(("a", .hold, 1, .done, 0, 10), ("a", .hold, 1, .replayed, 1, 9))) == [])
    }

    @Test func twoWinners() {
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, .done, 1, 6))) == [.lockerNotLinearizable])
        #expect(
            rules(
                history(
                    ("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, .done, 60_100, 60_105),
                    ("a", .confirm, 1, .done, 60_106, 60_107), ("b", .confirm, 1, .done, 60_108, 60_109))
            )
            .contains(.lockerNotLinearizable))
    }

    @Test func aWinnerWhoCannotConfirm() {
        // What the old server did: its loser's clean-up threw out the winner's fresh hold.
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("a", .confirm, 1, gone, 10, 12)))
                == [.lockerNotLinearizable, .studentNotLinearizable])
    }

    @Test func aLockerThatIsTakenByNobody() {
        #expect(rules(history(("a", .hold, 1, taken, 0, 5))) == [.lockerNotLinearizable])
        // Taken only by oneself.
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("a", .hold, 1, taken, 6, 7)))
                == [.lockerNotLinearizable, .studentNotLinearizable])
        // The request that would explain it began too late.
        #expect(
            rules(history(("b", .hold, 1, taken, 0, 5), ("a", .hold, 1, .unknown, 6, 9))) == [.lockerNotLinearizable])
    }

    @Test func aYesThatWasLost() {
        #expect(
            rules(
                history(
                    ("a", .hold, 1, .done, 0, 5), ("a", .confirm, 1, .done, 6, 8), ("b", .hold, 1, .done, 10, 12)))
                == [.lockerNotLinearizable])
    }

    @Test func aHoldThatEndsTooEarlyOrTooLate() {
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, .done, 30_000, 30_005)))
                == [.lockerNotLinearizable])
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("a", .confirm, 1, .done, 60_200, 60_205)))
                == [.lockerNotLinearizable, .studentNotLinearizable])
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, taken, 60_200, 60_205)))
                == [.lockerNotLinearizable])
    }

    @Test func oneStudentWithTwoLockers() {
        #expect(
            rules(history(("a", .hold, 1, .done, 0, 5), ("a", .hold, 2, .done, 1, 6))) == [.studentNotLinearizable])
        #expect(
            rules(
                history(
                    ("a", .hold, 1, .done, 0, 5), ("a", .confirm, 1, .done, 6, 7), ("a", .hold, 2, .done, 8, 9)))
                == [.studentNotLinearizable])
        // "You hold one already", though there is none.
        #expect(
            rules(history(("a", .hold, 1, .refused("already_holding"), 0, 5))) == [.studentNotLinearizable])
        #expect(
            rules(history(("a", .hold, 1, .refused("already_assigned"), 0, 5))) == [.studentNotLinearizable])
    }

    @Test func aSearchThatIsGivenUpSaysSo() {
        let many = (0..<12).map { n in
            Operation(
                id: n, studentID: "s\(n)", lockerID: 1, act: .hold, answer: .unknown, start: 0, end: 1)
        }
        let bad = Operation(id: 99, studentID: "x", lockerID: 1, act: .confirm, answer: .done, start: 5, end: 6)
        let found = AnswerJudge(many + [bad], holdSeconds: 60, budget: 5).linearizability()
        #expect(found.contains { $0.rule == .undecided })
    }

    @Test func theLedgerTellsWhichUnansweredRequestsTookEffect() {
        let unanswered = [
            Operation(id: 0, studentID: "a", lockerID: 1, act: .hold, answer: .unknown, start: 0, end: 5),
            Operation(id: 1, studentID: "b", lockerID: 1, act: .hold, answer: taken, start: 6, end: 7, requestID: "r1"),
        ]
        let won = Decision(
            id: 1, decidedAt: 0, requestID: "x", studentID: "a", lockerID: 1, act: .hold, outcome: "held")
        #expect(AnswerJudge(unanswered, holdSeconds: 60, ledger: [won]).linearizability() == [])
        // Nothing was ever given to the one whom the answer was kept from: then what was the locker taken by?
        #expect(
            AnswerJudge(unanswered, holdSeconds: 60, ledger: []).linearizability().map(\.rule) == [
                .lockerNotLinearizable
            ])
    }

    @Test func aLongHistoryOnOneHotLocker() {
        var rows: [Operation] = []
        for n in 0..<3000 {
            let start = Int64(n / 64 * 1000)
            rows.append(
                Operation(
                    id: n, studentID: "s\(n)", lockerID: 1, act: .hold, answer: n == 40 ? .done : taken, start: start,
                    end: start + 1500 + Int64(n % 64)))
        }
        #expect(rules(rows) == [])
        rows.append(Operation(id: 9999, studentID: "z", lockerID: 1, act: .hold, answer: .done, start: 0, end: 9000))
        #expect(rules(rows) == [.lockerNotLinearizable])
    }
}

@Suite struct LedgerAgreementTests {
    private let answers = history(
        ("a", .hold, 1, .done, 0, 5), ("b", .hold, 1, taken, 6, 8), ("a", .confirm, 1, .done, 9, 10),
        ("b", .hold, 2, .unknown, 11, 12))
    private let ledger = [
        Decision(id: 1, decidedAt: 100, requestID: "r0", studentID: "a", lockerID: 1, act: .hold, outcome: "held"),
        Decision(
            id: 2, decidedAt: 101, requestID: "r1", studentID: "b", lockerID: 1, act: .hold, outcome: "locker_taken"),
        Decision(
            id: 3, decidedAt: 102, requestID: "r2", studentID: "a", lockerID: 1, act: .confirm, outcome: "confirmed"),
        Decision(id: 4, decidedAt: 103, requestID: "other", studentID: "b", lockerID: 2, act: .hold, outcome: "held"),
    ]

    private func broken(losersMayBeMissing: Bool = false, opensAt: Int64 = 100, _ spoil: (inout [Decision]) -> Void)
        -> [Rule]
    {
        var rows = ledger
        spoil(&rows)
        return AnswerJudge(answers, holdSeconds: 60)
            .agreement(with: rows, opensAt: opensAt, losersMayBeMissing: losersMayBeMissing).map(\.rule)
    }

    @Test func agreement() {
        #expect(broken { _ in } == [])
        // What was not answered need not have happened.
        #expect(broken { $0.removeLast() } == [])
    }

    @Test func aYesThatIsNotInTheLedger() {
        #expect(broken { $0.remove(at: 0) } == [.yesNotInLedger])
        #expect(broken(losersMayBeMissing: true) { $0.remove(at: 2) } == [.yesNotInLedger])
    }

    @Test func aLoserMayBeMissingAfterACrash() {
        #expect(broken { $0.remove(at: 1) } == [.yesNotInLedger])
        #expect(broken(losersMayBeMissing: true) { $0.remove(at: 1) } == [])
    }

    /// The same yes twice: the second changes nothing, and its row may be missing, but never the first one's.
    @Test func aSecondYesMayBeMissing() {
        func decision(_ id: Int, _ act: Decision.Act, _ outcome: String) -> Decision {
            Decision(
                id: id, decidedAt: 100 + Int64(id), requestID: "r\(id)", studentID: "a", lockerID: 1, act: act,
                outcome: outcome)
        }
        let answers = history(
            ("a", .hold, 1, .done, 0, 5), ("a", .confirm, 1, .done, 9, 10), ("a", .confirm, 1, .done, 11, 12),
            ("a", .release, 1, .done, 13, 14), ("a", .hold, 1, .done, 15, 16), ("a", .confirm, 1, .done, 17, 18))
        let ledger = [
            decision(0, .hold, "held"), decision(1, .confirm, "confirmed"), decision(2, .confirm, "replayed"),
            decision(3, .release, "released"), decision(4, .hold, "held"), decision(5, .confirm, "confirmed"),
        ]
        func broken(without missing: Int...) -> Int {
            let rows = ledger.filter { !missing.contains($0.id) }
            return AnswerJudge(answers, holdSeconds: 60)
                .agreement(with: rows, opensAt: 100, losersMayBeMissing: false).count
        }
        #expect(broken() == 0)
        #expect(broken(without: 2) == 0)
        // Neither an earlier one that was given back nor a later one stands for it.
        #expect(broken(without: 5) == 1)
        #expect(broken(without: 1, 2) == 2)
    }

    @Test func aLedgerThatSaysSomethingElse() {
        #expect(broken { $0[0].outcome = "locker_taken" } == [.answerContradictsLedger])
        #expect(broken { $0[1].outcome = "already_holding" } == [.answerContradictsLedger])
        #expect(broken { $0[2].studentID = "b" } == [.answerContradictsLedger])
        #expect(broken { $0.append($0[0]) } == [.answerContradictsLedger])
    }

    @Test func aWinThatNobodyAskedFor() {
        #expect(broken { $0[3].lockerID = 3 } == [.winWithoutRequest])
        #expect(broken { $0.append($0[3]) } == [.winWithoutRequest])
    }

    @Test func aWinBeforeTheOpening() {
        #expect(broken(opensAt: 102) { _ in } == [.wonBeforeOpening])
    }
}
