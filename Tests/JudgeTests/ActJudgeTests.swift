import Testing

@testable import Judge

/// What operators do, all in order: 101 is assigned, moved to 102, and moved back by an undo; 103 is held and then assigned
/// to who holds it; 104 goes out of service; a semester's end frees what is left.
private struct GoodActs {
    static let second: Int64 = 1_000_000
    static let a = "2023321234"
    static let b = "2023325678"

    static func row(
        _ id: Int, _ studentID: String?, _ lockerID: Int, _ outcome: String, _ assignmentID: Int?, act: Int
    ) -> Decision {
        Decision(
            id: id, decidedAt: Int64(id) * 10 * second, studentID: studentID, lockerID: lockerID, act: .byOperator,
            outcome: outcome, assignmentID: assignmentID, auditID: act)
    }

    static func act(
        _ id: Int, at row: Int, isUndo: Bool = false, _ assignments: [AssignmentChange], _ lockers: [LockerChange] = []
    ) -> OperatorAct {
        var act = OperatorAct(id: id, at: Int64(row) * 10 * second - 1, isUndo: isUndo)
        for change in assignments { act.add(change) }
        for change in lockers { act.add(change) }
        return act
    }

    static func owner(_ lockerID: Int, _ before: String?, _ after: String?) -> LockerChange {
        LockerChange(
            lockerID: lockerID, before: LockerChange.State(owner: before), after: LockerChange.State(owner: after))
    }

    static func change(
        _ id: Int, _ lockerID: Int, _ studentID: String, made: Int?, _ before: Assignment.State?,
        _ after: Assignment.State?
    ) -> AssignmentChange {
        AssignmentChange(
            assignmentID: id, lockerID: lockerID, studentID: studentID, decisionID: made, before: before, after: after)
    }

    static let record = Record(
        decisions: [
            row(1, a, 101, "assigned", 1, act: 1),
            row(2, a, 101, "released", 1, act: 2),
            row(3, a, 102, "assigned", 2, act: 2),
            row(4, a, 102, "released", 2, act: 3),
            row(5, a, 101, "assigned", 1, act: 3),
            Decision(
                id: 6, decidedAt: 60 * second, studentID: b, lockerID: 103, act: .hold, outcome: "held",
                assignmentID: 3),
            row(7, b, 103, "assigned", 3, act: 4),
            row(8, nil, 104, "disabled", nil, act: 5),
            row(9, b, 103, "released", 3, act: 6),
        ],
        assignments: [
            Assignment(
                id: 1, lockerID: 101, studentID: a, state: .confirmed, createdAt: 10 * second,
                confirmedAt: 10 * second, decisionID: 1),
            Assignment(
                id: 2, lockerID: 102, studentID: a, state: .cancelled, createdAt: 30 * second,
                confirmedAt: 30 * second, releasedAt: 40 * second, decisionID: 3),
            Assignment(
                id: 3, lockerID: 103, studentID: b, state: .cancelled, createdAt: 60 * second,
                holdExpiresAt: 120 * second, confirmedAt: 70 * second, releasedAt: 90 * second, decisionID: 6),
        ],
        owners: [101: a], students: [a: 0, b: 0], disabled: [101: false, 102: false, 103: false, 104: true],
        acts: [
            1: act(1, at: 1, [change(1, 101, a, made: 1, nil, .confirmed)], [owner(101, nil, a)]),
            2: act(
                2, at: 2,
                [change(1, 101, a, made: 1, .confirmed, .cancelled), change(2, 102, a, made: 3, nil, .confirmed)],
                [owner(101, a, nil), owner(102, nil, a)]),
            3: act(
                3, at: 4, isUndo: true,
                [
                    change(2, 102, a, made: 3, .confirmed, .cancelled),
                    change(1, 101, a, made: 1, .cancelled, .confirmed),
                ],
                [owner(102, a, nil), owner(101, nil, a)]),
            4: act(4, at: 7, [change(3, 103, b, made: 6, .hold, .confirmed)], [owner(103, nil, b)]),
            5: act(
                5, at: 8, [],
                [
                    LockerChange(
                        lockerID: 104, before: LockerChange.State(), after: LockerChange.State(isDisabled: true))
                ]),
            6: act(6, at: 9, [change(3, 103, b, made: 6, .confirmed, .cancelled)], [owner(103, b, nil)]),
        ])

    /// The rules that a spoilt copy breaks.
    static func broken(_ spoil: (inout Record) -> Void = { _ in }) -> Set<Rule> {
        var record = record
        spoil(&record)
        record.decisions.sort { $0.id < $1.id }
        return Set(LedgerJudge(record).judge().counterexamples.map(\.rule))
    }

    /// The same for an act by itself: only its images are other than they were.
    static func broken(_ id: Int, _ lockers: LockerChange..., assignments: [AssignmentChange]? = nil) -> Set<Rule> {
        broken { record in
            guard let old = record.acts[id] else { return }
            var act = OperatorAct(id: id, at: old.at, isUndo: old.isUndo)
            for change in assignments ?? Array(old.assignments.values) { act.add(change) }
            let replaced = Set(lockers.map(\.lockerID))
            for change in old.lockers.values where !replaced.contains(change.lockerID) { act.add(change) }
            for change in lockers { act.add(change) }
            record.acts[id] = act
        }
    }
}

@Suite struct ActJudgeTests {
    private typealias Acts = GoodActs
    private let a = GoodActs.a
    private let b = GoodActs.b
    private let second = GoodActs.second

    @Test func goodActsHaveNoCounterexample() { #expect(Acts.broken() == []) }

    @Test func anAssignmentOfWhatAnotherHas() {
        let broken = Acts.broken {
            $0.decisions.append(Acts.row(10, b, 101, "assigned", 4, act: 7))
            $0.acts[7] = Acts.act(7, at: 10, [Acts.change(4, 101, b, made: 10, nil, .confirmed)])
            $0.assignments.append(
                Assignment(
                    id: 4, lockerID: 101, studentID: b, state: .confirmed, createdAt: 100 * second, decisionID: 10))
        }
        #expect(broken == [.assignedWhileActive, .lockerGivenTwice, .ownerDisagrees])
    }

    @Test func anAssignmentToWhoHasOne() {
        let broken = Acts.broken {
            $0.decisions.append(Acts.row(10, a, 102, "assigned", 4, act: 7))
            $0.acts[7] = Acts.act(7, at: 10, [Acts.change(4, 102, a, made: 10, nil, .confirmed)])
            $0.assignments.append(
                Assignment(
                    id: 4, lockerID: 102, studentID: a, state: .confirmed, createdAt: 100 * second, decisionID: 10))
            $0.owners[102] = a
        }
        #expect(broken == [.assignedWhileActive, .studentHasTwo])
    }

    @Test func anUndoOfWhatSomebodyElseHasByNow() {
        let broken = Acts.broken { record in
            // Another held 101 before the move away from it was taken back, and did not give it up.
            record.decisions[4].id = 20
            record.decisions[4].decidedAt = 200 * second
            record.acts[3]?.at = 199 * second
            record.decisions.append(
                Decision(
                    id: 10, decidedAt: 100 * second, studentID: b, lockerID: 101, act: .hold, outcome: "held",
                    assignmentID: 4))
            record.assignments.append(
                Assignment(
                    id: 4, lockerID: 101, studentID: b, state: .hold, createdAt: 100 * second,
                    holdExpiresAt: 900 * second, decisionID: 10))
        }
        #expect(broken == [.assignedWhileActive, .lockerGivenTwice])
    }

    /// But when the other has given it up before, each had his time.
    @Test func anUndoAfterSomebodyElse() {
        let broken = Acts.broken { record in
            for (index, id) in [(4, 20), (7, 21), (8, 22)] {
                record.decisions[index].id = id
                record.decisions[index].decidedAt = Int64(id) * 10 * second
            }
            record.acts[6]?.at = 219 * second
            record.assignments[2].releasedAt = 220 * second
            for (id, act) in [(10, Decision.Act.hold), (11, .releaseHold)] {
                record.decisions.append(
                    Decision(
                        id: id, decidedAt: Int64(id) * 10 * second, studentID: "2023320003", lockerID: 101, act: act,
                        outcome: act == .hold ? "held" : "released", assignmentID: 4))
            }
            record.students["2023320003"] = 0
            record.assignments.append(
                Assignment(
                    id: 4, lockerID: 101, studentID: "2023320003", state: .cancelled, createdAt: 100 * second,
                    holdExpiresAt: 160 * second, releasedAt: 110 * second, decisionID: 10))
        }
        #expect(broken == [])
    }

    @Test func aReleaseOfWhatNobodyHas() {
        #expect(
            Acts.broken {
                $0.decisions.append(Acts.row(10, a, 102, "released", 2, act: 7))
                $0.acts[7] = Acts.act(7, at: 10, [Acts.change(2, 102, a, made: 3, .confirmed, .cancelled)])
            } == [.endedWithoutBeginning])
        // Another's.
        #expect(
            Acts.broken {
                $0.decisions.append(Acts.row(10, b, 101, "released", 3, act: 7))
                $0.acts[7] = Acts.act(7, at: 10, [Acts.change(3, 101, b, made: 6, .confirmed, .cancelled)])
            }.contains(.endedWithoutBeginning))
    }

    @Test func aRowThatTheActDoesNotBearOut() {
        #expect(Acts.broken { $0.decisions[0].studentID = b }.contains(.actDisagrees))
        #expect(Acts.broken { $0.decisions[2].lockerID = 105 }.contains(.actDisagrees))
        #expect(Acts.broken { $0.decisions[7].lockerID = 102 }.contains(.actDisagrees))
        #expect(Acts.broken { $0.decisions[8].auditID = 4711 }.contains(.actDisagrees))
        #expect(Acts.broken { $0.decisions[8].assignmentID = nil }.isSuperset(of: [.actNotInLedger, .stateDisagrees]))
    }

    @Test(arguments: [0, 1, 2, 3, 4, 6, 7, 8])
    func anActThatIsNotInTheLedger(_ row: Int) {
        #expect(Acts.broken { $0.decisions.remove(at: row) }.contains(.actNotInLedger))
    }

    @Test func anOwnerWhoIsNotTheAssignments() {
        // Given to another than the assignment.
        #expect(Acts.broken(1, Acts.owner(101, nil, b)) == [.actDisagrees])
        // Given without an owner.
        #expect(Acts.broken(4, Acts.owner(103, nil, nil)) == [.actDisagrees])
        // Taken, and still the owner.
        #expect(Acts.broken(6, Acts.owner(103, nil, b)) == [.actDisagrees])
    }

    /// What an undo once did to a locker that was assigned to the student who held it. All is well at the end.
    @Test func anOwnerTakenAwayWhoKeptHisAssignment() {
        let broken = Acts.broken {
            $0.acts[7] = Acts.act(7, at: 8, [], [Acts.owner(103, b, nil)])
            $0.acts[8] = Acts.act(8, at: 8, [], [Acts.owner(103, nil, b)])
        }
        #expect(broken == [.actDisagrees])
    }

    @Test func aTableThatContradictsTheLastAct() {
        #expect(Acts.broken { $0.assignments[2].state = .confirmed }.contains(.stateDisagrees))
        #expect(Acts.broken { $0.assignments[0].state = .cancelled }.contains(.stateDisagrees))
        #expect(Acts.broken { $0.owners = [:] } == [.ownerDisagrees])
        #expect(Acts.broken { $0.disabled[104] = false } == [.stateDisagrees])
    }

    @Test func anAssignmentThatVanishedAfterAnAct() {
        #expect(Acts.broken { $0.assignments.remove(at: 1) } == [.assignmentMissing])
    }

    @Test func aLockerOutOfServiceThatIsGiven() {
        let hold = Decision(
            id: 10, decidedAt: 100 * second, studentID: b, lockerID: 104, act: .hold, outcome: "held", assignmentID: 4)
        let row = Assignment(
            id: 4, lockerID: 104, studentID: b, state: .hold, createdAt: 100 * second, holdExpiresAt: 160 * second,
            decisionID: 10)
        #expect(
            Acts.broken {
                $0.decisions.append(hold)
                $0.assignments.append(row)
            } == [.givenOutOfService])
        #expect(
            Acts.broken {
                $0.decisions.append(Acts.row(10, b, 104, "assigned", 4, act: 7))
                $0.acts[7] = Acts.act(
                    7, at: 10, [Acts.change(4, 104, b, made: 10, nil, .confirmed)], [Acts.owner(104, nil, b)])
                $0.assignments.append(row)
                $0.assignments[3].state = .confirmed
                $0.owners[104] = b
            } == [.givenOutOfService])
    }

    @Test func anActWithoutTheGuard() {
        #expect(Acts.broken { $0.decisions[7].isGuarded = false } == [.unguardedChange])
    }
}

@Suite struct ActsThatLiveTests {
    private typealias Acts = GoodActs
    private let a = GoodActs.a
    private let b = GoodActs.b
    private let second = GoodActs.second

    /// A semester's end frees what is left, and takes the rows with it.
    @Test func aSemestersEnd() {
        let broken = Acts.broken {
            $0.decisions.append(Acts.row(10, a, 101, "released", 1, act: 7))
            $0.acts[7] = Acts.act(
                7, at: 10,
                [
                    Acts.change(1, 101, a, made: 1, .confirmed, nil), Acts.change(2, 102, a, made: 3, .cancelled, nil),
                    Acts.change(3, 103, b, made: 6, .cancelled, nil),
                ], [Acts.owner(101, a, nil)])
            $0.assignments = []
            $0.owners = [:]
            $0.students = [:]
        }
        #expect(broken == [])
    }

    /// One that leaves a locker out does not.
    @Test func aSemestersEndThatForgotOne() {
        let broken = Acts.broken {
            $0.acts[7] = Acts.act(
                7, at: 10, [Acts.change(1, 101, a, made: 1, .confirmed, nil)], [Acts.owner(101, a, nil)])
            $0.assignments = []
            $0.owners = [:]
            $0.students = [:]
        }
        #expect(broken == [.actNotInLedger])
    }

    @Test func anActWhoseImagesWereForgotten() {
        #expect(
            Acts.broken {
                $0.acts[1] = OperatorAct(id: 1, at: 1, isTold: false)
                $0.decisions[0].studentID = "x0123456789abcdef"
                $0.decisions[1].studentID = "x0123456789abcdef"
                $0.acts[2] = OperatorAct(id: 2, at: 1, isTold: false)
            } == [])
    }

    @Test func whatWasThereBeforeTheLedger() {
        // Adopted from an old server, then released by an operator, and that taken back.
        var record = Record(
            decisions: [
                Acts.row(1, a, 101, "released", 7, act: 2), Acts.row(2, a, 101, "assigned", 7, act: 3),
            ],
            assignments: [
                Assignment(id: 7, lockerID: 101, studentID: a, state: .confirmed, createdAt: 1, decisionID: nil)
            ],
            owners: [101: a], students: [a: 0],
            acts: [
                1: Acts.act(1, at: 0, [Acts.change(7, 101, a, made: nil, nil, .confirmed)], [Acts.owner(101, nil, a)]),
                2: Acts.act(2, at: 1, [Acts.change(7, 101, a, made: nil, .confirmed, .cancelled)]),
                3: Acts.act(3, at: 2, isUndo: true, [Acts.change(7, 101, a, made: nil, .cancelled, .confirmed)]),
            ])
        #expect(LedgerJudge(record).judge().counterexamples == [])
        record.assignments[0].state = .cancelled
        record.owners = [:]
        #expect(LedgerJudge(record).judge().counterexamples.map(\.rule) == [.stateDisagrees])
    }
}
