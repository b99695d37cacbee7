/// What must hold of every history. The raw value is what machines read.
public enum Rule: String, CaseIterable, Sendable {
    // Of the ledger and the tables.
    /// At no instant two active assignments of one locker.
    case lockerGivenTwice = "locker_given_twice"
    /// At no instant two active assignments of one student.
    case studentHasTwo = "student_has_two"
    /// No hold is won while another is active, by the order of decisions.
    case wonWhileActive = "won_while_active"
    /// Every confirm rests on a live hold of the same student.
    case confirmedWithoutHold = "confirmed_without_hold"
    /// Only what is active is given back or runs out.
    case endedWithoutBeginning = "ended_without_beginning"
    /// A hold runs out at its expiry and not before.
    case expiredEarly = "expired_early"
    /// What changed something was decided under the guard.
    case unguardedChange = "unguarded_change"
    /// The tables say what the ledger says.
    case stateDisagrees = "state_disagrees"
    /// `owner` is the student of the confirmed assignment.
    case ownerDisagrees = "owner_disagrees"
    /// What the ledger gave is in the table.
    case assignmentMissing = "assignment_missing"
    /// What is in the table was given by the ledger.
    case decisionMissing = "decision_missing"
    /// On one locker, and for one student, a later number has no earlier instant.
    case clockContradictsSequence = "clock_contradicts_sequence"
    /// Who lost a locker lost it to a decision that gave it away before.
    case lossWithoutWinner = "loss_without_winner"
    /// An operator gives no locker that somebody has, and none to a student who has one.
    case assignedWhileActive = "assigned_while_active"
    /// A locker that is out of service is given to nobody.
    case givenOutOfService = "given_out_of_service"
    /// What an operator's act changed hands of stands in the ledger.
    case actNotInLedger = "act_not_in_ledger"
    /// After each act of an operator, its rows in the ledger, the owners and the assignments say the same.
    case actDisagrees = "act_disagrees"

    // Of the answers that clients had.
    /// Every "yes" stands in the ledger.
    case yesNotInLedger = "yes_not_in_ledger"
    /// The ledger says what the client was told.
    case answerContradictsLedger = "answer_contradicts_ledger"
    /// Every win in the ledger was asked for.
    case winWithoutRequest = "win_without_request"
    /// Nobody wins before the gate opens.
    case wonBeforeOpening = "won_before_opening"
    /// The answers about one locker fit into one order that respects time.
    case lockerNotLinearizable = "locker_not_linearizable"
    /// So do the answers that one student had.
    case studentNotLinearizable = "student_not_linearizable"
    /// The search for such an order was given up: nothing is proven.
    case undecided
}

/// One place where a rule is broken.
public struct Counterexample: Equatable, Sendable {
    public let rule: Rule
    public let lockerID: Int?
    public let studentID: String?
    /// When it came about; nil when no single instant can be named.
    public let at: Int64?
    /// Numbers of the decisions that show it.
    public let decisions: [Int]
    /// Numbers of the assignments that show it.
    public let assignments: [Int]
    /// More, for a person: the answers in question.
    public let evidence: [String]

    public init(
        _ rule: Rule, lockerID: Int? = nil, studentID: String? = nil, at: Int64? = nil, decisions: [Int] = [],
        assignments: [Int] = [], evidence: [String] = []
    ) {
        self.rule = rule
        self.lockerID = lockerID
        self.studentID = studentID
        self.at = at
        self.decisions = decisions
        self.assignments = assignments
        self.evidence = evidence
    }
}
