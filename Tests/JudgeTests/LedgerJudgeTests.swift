import Testing

@testable import Judge

/// Two students, one locker each, all in order: what every bad history below is made from.
private struct Good {
    static let second: Int64 = 1_000_000
    static let a = "2023321234"
    static let b = "2023325678"

    var record = Record(
        decisions: [
            Decision(
                id: 1, decidedAt: 10 * second, receivedAt: 9 * second, studentID: a, lockerID: 101, act: .hold,
                outcome: "held", assignmentID: 1),
            Decision(
                id: 2, decidedAt: 11 * second, studentID: b, lockerID: 101, act: .hold, outcome: "locker_taken",
                isGuarded: false, lostTo: 1),
            Decision(
                id: 3, decidedAt: 12 * second, studentID: a, lockerID: 101, act: .confirm, outcome: "confirmed",
                assignmentID: 1),
            Decision(
                id: 4, decidedAt: 13 * second, studentID: b, lockerID: 102, act: .hold, outcome: "held",
                assignmentID: 2),
            Decision(
                id: 5, decidedAt: 80 * second, studentID: b, lockerID: 102, act: .expire, outcome: "expired",
                assignmentID: 2),
            Decision(
                id: 6, decidedAt: 81 * second, studentID: b, lockerID: 103, act: .hold, outcome: "held",
                assignmentID: 3),
            Decision(
                id: 7, decidedAt: 82 * second, studentID: b, lockerID: 103, act: .releaseHold, outcome: "released",
                assignmentID: 3),
        ],
        assignments: [
            Assignment(
                id: 1, lockerID: 101, studentID: a, state: .confirmed, createdAt: 10 * second,
                holdExpiresAt: 70 * second, confirmedAt: 12 * second, decisionID: 1),
            Assignment(
                id: 2, lockerID: 102, studentID: b, state: .expired, createdAt: 13 * second,
                holdExpiresAt: 73 * second, decisionID: 4),
            Assignment(
                id: 3, lockerID: 103, studentID: b, state: .cancelled, createdAt: 81 * second,
                holdExpiresAt: 141 * second, releasedAt: 82 * second, decisionID: 6),
        ],
        owners: [101: a], students: [a: 0, b: 0])

    /// The rules that a spoilt copy breaks.
    static func broken(_ spoil: (inout Record) -> Void) -> Set<Rule> {
        var record = Good().record
        spoil(&record)
        return Set(LedgerJudge(record).judge().counterexamples.map(\.rule))
    }
}

@Suite struct LedgerJudgeTests {
    private let second = Good.second

    @Test func aGoodHistoryHasNoCounterexample() {
        let judgement = LedgerJudge(Good().record).judge()
        #expect(judgement.counterexamples == [])
        var figures = LedgerJudge.Figures()
        figures.decisions = 7
        figures.winners = 3
        figures.losers = 1
        figures.confirmed = 1
        figures.longestWait = second
        #expect(judgement.figures == figures)
    }

    @Test func twoActiveAssignmentsOfOneLocker() {
        #expect(
            Good.broken {
                $0.assignments.append(
                    Assignment(
                        id: 9, lockerID: 101, studentID: Good.b, state: .cancelled, createdAt: 20 * second,
                        releasedAt: 21 * second, decisionID: nil))
            }.contains(.lockerGivenTwice))
    }

    @Test func anAssignmentThatOutlastsTheNextIsStillInTheWay() {
        // The short one in between must not hide the long one.
        let broken = Good.broken {
            $0.assignments += [
                Assignment(
                    id: 8, lockerID: 103, studentID: "x", state: .cancelled, createdAt: 1, releasedAt: 2,
                    decisionID: nil),
                Assignment(
                    id: 9, lockerID: 101, studentID: "x", state: .cancelled, createdAt: 300 * second,
                    releasedAt: 301 * second, decisionID: nil),
            ]
        }
        #expect(broken == [.lockerGivenTwice])
    }

    @Test func twoActiveAssignmentsOfOneStudent() {
        let broken = Good.broken {
            $0.assignments.append(
                Assignment(
                    id: 9, lockerID: 104, studentID: Good.a, state: .hold, createdAt: 20 * second,
                    holdExpiresAt: 80 * second, decisionID: nil))
        }
        #expect(broken == [.studentHasTwo])
    }

    @Test func aHoldWonWhileAnotherWasActive() {
        let broken = Good.broken {
            $0.decisions.append(
                Decision(
                    id: 9, decidedAt: 90 * second, studentID: Good.b, lockerID: 101, act: .hold, outcome: "held",
                    assignmentID: 9))
            $0.assignments.append(
                Assignment(
                    id: 9, lockerID: 101, studentID: Good.b, state: .hold, createdAt: 90 * second,
                    holdExpiresAt: 150 * second, decisionID: 9))
        }
        #expect(broken == [.wonWhileActive, .lockerGivenTwice])
    }

    @Test(arguments: [
        // Nobody holds it.
        Decision(
            id: 9, decidedAt: 90_000_000, studentID: Good.b, lockerID: 104, act: .confirm, outcome: "confirmed",
            assignmentID: 9),
        // Another has it.
        Decision(
            id: 9, decidedAt: 90_000_000, studentID: Good.b, lockerID: 101, act: .confirm, outcome: "confirmed",
            assignmentID: 1),
        // It ran out before.
        Decision(
            id: 9, decidedAt: 90_000_000, studentID: Good.b, lockerID: 102, act: .confirm, outcome: "confirmed",
            assignmentID: 2),
    ])
    func aConfirmWithoutAHold(_ decision: Decision) {
        #expect(Good.broken { $0.decisions.append(decision) } == [.confirmedWithoutHold])
    }

    @Test func aConfirmAfterTheExpiry() {
        #expect(Good.broken { $0.assignments[0].holdExpiresAt = 10_500_000 } == [.confirmedWithoutHold])
    }

    @Test func anEndOfWhatHasNotBegun() {
        let broken = Good.broken {
            $0.decisions.append(
                Decision(
                    id: 9, decidedAt: 90 * second, studentID: Good.b, lockerID: 101, act: .release,
                    outcome: "released", assignmentID: 1))
        }
        #expect(broken == [.endedWithoutBeginning])
    }

    @Test func anExpiryTooEarly() {
        #expect(Good.broken { $0.decisions[4].decidedAt = 60 * second }.contains(.expiredEarly))
    }

    @Test func aChangeWithoutTheGuard() {
        #expect(Good.broken { $0.decisions[3].isGuarded = false } == [.unguardedChange])
    }

    @Test func aStateThatTheLedgerDoesNotKnow() {
        #expect(Good.broken { $0.assignments[2].state = .expired } == [.stateDisagrees])
        #expect(Good.broken { $0.assignments[2].studentID = Good.a }.contains(.stateDisagrees))
        #expect(Good.broken { $0.assignments[2].lockerID = 104 } == [.stateDisagrees])
    }

    @Test func anOwnerThatIsNotTheAssignments() {
        #expect(Good.broken { $0.owners[101] = Good.b } == [.ownerDisagrees])
        #expect(Good.broken { $0.owners[101] = nil } == [.ownerDisagrees])
    }

    @Test func anAssignmentThatVanished() {
        #expect(Good.broken { $0.assignments.remove(at: 1) } == [.assignmentMissing])
    }

    @Test func anAssignmentThatNobodyDecided() {
        #expect(Good.broken { $0.decisions.removeAll { $0.id == 6 || $0.id == 7 } } == [.decisionMissing])
    }

    @Test func aClockThatContradictsTheSequence() {
        #expect(Good.broken { $0.decisions[2].decidedAt = 9 * second } == [.clockContradictsSequence])
        // Of one student on two lockers.
        #expect(Good.broken { $0.decisions[6].decidedAt = 12 * second }.contains(.clockContradictsSequence))
    }

    @Test(arguments: [99, 4, 3])
    func aLossWithoutAWinner(_ lostTo: Int) {
        // No such row; another locker; a later decision.
        #expect(Good.broken { $0.decisions[1].lostTo = lostTo } == [.lossWithoutWinner])
    }
}

@Suite struct LedgerThatLivesTests {
    /// What councils do by hand is no counterexample.
    @Test func aClosedSemester() {
        #expect(
            Good.broken {
                $0.assignments = []
                $0.owners = [:]
            } == [])
    }

    @Test func aStudentWhoLeftAndTheNextOnTheLocker() {
        let broken = Good.broken {
            $0.students[Good.a] = nil
            $0.assignments.remove(at: 0)
            $0.owners = [:]
            $0.decisions.append(
                Decision(
                    id: 9, decidedAt: 90_000_000, studentID: Good.b, lockerID: 101, act: .hold, outcome: "held",
                    assignmentID: 9))
            $0.assignments.append(
                Assignment(
                    id: 9, lockerID: 101, studentID: Good.b, state: .hold, createdAt: 90_000_000,
                    holdExpiresAt: 150_000_000, decisionID: 9))
        }
        #expect(broken == [])
    }

    @Test func aCorrectedStudentNumber() {
        let broken = Good.broken {
            $0.students = ["2023321235": 0, Good.b: 0]
            $0.assignments[0].studentID = "2023321235"
            $0.owners = [101: "2023321235"]
            $0.decisions.append(
                Decision(
                    id: 9, decidedAt: 90_000_000, studentID: "2023321235", lockerID: 101, act: .release,
                    outcome: "released", assignmentID: 1))
            $0.assignments[0].state = .cancelled
            $0.assignments[0].releasedAt = 90_000_000
            $0.owners = [:]
        }
        #expect(broken == [])
    }

    @Test func anOwnerTypedByHandIsCounted() {
        var record = Good().record
        record.owners[104] = Good.b
        let judgement = LedgerJudge(record).judge()
        #expect(judgement.counterexamples == [])
        #expect(judgement.figures.ownersByHand == 1)
    }

    @Test func onlyTheSpanThatWasAskedFor() {
        var record = Good().record
        record.decisions[3].isGuarded = false
        #expect(LedgerJudge(record).judge(since: 13_000_000, until: 13_000_001).counterexamples.count == 1)
        #expect(LedgerJudge(record).judge(since: 13_000_001).counterexamples == [])
        #expect(LedgerJudge(record).judge(until: 13_000_000).figures.decisions == 3)
    }
}
