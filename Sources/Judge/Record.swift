/// One row of the ledger. Instants here and everywhere in the judge are microseconds since 1970 by the database's clock.
public struct Decision: Equatable, Sendable {
    public enum Act: String, Sendable {
        case hold, confirm, release, expire
        case releaseHold = "release_hold"
        case byOperator = "operator"
    }

    /// The sequence number, drawn under the guard where there was one.
    public var id: Int
    public var decidedAt: Int64
    /// When nginx had the request; nil for the sweeper and the operator.
    public var receivedAt: Int64?
    public var requestID: String?
    public var studentID: String?
    public var lockerID: Int
    public var act: Act
    public var outcome: String
    public var isGuarded: Bool
    public var assignmentID: Int?
    /// The decision that this one lost to.
    public var lostTo: Int?
    /// The operator's act that it belongs to.
    public var auditID: Int?

    public init(
        id: Int, decidedAt: Int64, receivedAt: Int64? = nil, requestID: String? = nil, studentID: String?,
        lockerID: Int,
        act: Act, outcome: String, isGuarded: Bool = true, assignmentID: Int? = nil, lostTo: Int? = nil,
        auditID: Int? = nil
    ) {
        self.id = id
        self.decidedAt = decidedAt
        self.receivedAt = receivedAt
        self.requestID = requestID
        self.studentID = studentID
        self.lockerID = lockerID
        self.act = act
        self.outcome = outcome
        self.isGuarded = isGuarded
        self.assignmentID = assignmentID
        self.lostTo = lostTo
        self.auditID = auditID
    }
}

/// One row of `locker_assignments`.
public struct Assignment: Equatable, Sendable {
    public enum State: String, Sendable {
        case hold, confirmed, cancelled, expired
    }

    public var id: Int
    public var lockerID: Int
    public var studentID: String
    public var state: State
    public var createdAt: Int64
    public var holdExpiresAt: Int64?
    public var confirmedAt: Int64?
    public var releasedAt: Int64?
    /// The decision that made it; nil for a row typed by hand.
    public var decisionID: Int?

    public init(
        id: Int, lockerID: Int, studentID: String, state: State, createdAt: Int64, holdExpiresAt: Int64? = nil,
        confirmedAt: Int64? = nil, releasedAt: Int64? = nil, decisionID: Int?
    ) {
        self.id = id
        self.lockerID = lockerID
        self.studentID = studentID
        self.state = state
        self.createdAt = createdAt
        self.holdExpiresAt = holdExpiresAt
        self.confirmedAt = confirmedAt
        self.releasedAt = releasedAt
        self.decisionID = decisionID
    }
}

/// Everything that `LedgerJudge` looks at, read in one snapshot of the database.
public struct Record: Sendable {
    /// Ordered by number.
    public var decisions: [Decision]
    public var assignments: [Assignment]
    /// `locker_info.owner` of the lockers that have one.
    public var owners: [Int: String]
    /// The students who exist, and since when.
    public var students: [String: Int64]
    /// Of every locker whether it is out of service.
    public var disabled: [Int: Bool]
    /// Operators' acts by their numbers.
    public var acts: [Int: OperatorAct]

    public init(
        decisions: [Decision], assignments: [Assignment], owners: [Int: String], students: [String: Int64],
        disabled: [Int: Bool] = [:], acts: [Int: OperatorAct] = [:]
    ) {
        self.decisions = decisions
        self.assignments = assignments
        self.owners = owners
        self.students = students
        self.disabled = disabled
        self.acts = acts
    }
}
