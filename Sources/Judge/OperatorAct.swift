/// An operator's act as the audit keeps it: what lockers and assignments were before it and after it.
public struct OperatorAct: Equatable, Sendable {
    public let id: Int
    /// When it was begun: before it had any guard.
    public var at: Int64
    /// It took another act back.
    public var isUndo: Bool
    /// Whether the ledger's rows name it, and its images are all there: not of an act from before the ledger had a column
    /// for it, nor of one whose images were forgotten.
    public var isTold: Bool
    public private(set) var lockers: [Int: LockerChange] = [:]
    public private(set) var assignments: [Int: AssignmentChange] = [:]

    public init(id: Int, at: Int64, isUndo: Bool = false, isTold: Bool = true) {
        self.id = id
        self.at = at
        self.isUndo = isUndo
        self.isTold = isTold
    }

    /// Adds the next change of a locker. Of several only the first state and the last remain.
    public mutating func add(_ change: LockerChange) {
        if lockers[change.lockerID] == nil {
            lockers[change.lockerID] = change
        } else {
            lockers[change.lockerID]?.after = change.after
        }
    }

    /// The same for an assignment.
    public mutating func add(_ change: AssignmentChange) {
        if assignments[change.assignmentID] == nil {
            assignments[change.assignmentID] = change
        } else {
            assignments[change.assignmentID]?.after = change.after
            assignments[change.assignmentID]?.studentID = change.studentID
        }
    }
}

/// What became of a row of `locker_info`.
public struct LockerChange: Equatable, Sendable {
    /// A locker without a row is nobody's and not out of service.
    public struct State: Equatable, Sendable {
        public var owner: String?
        public var isDisabled: Bool

        public init(owner: String? = nil, isDisabled: Bool = false) {
            self.owner = owner
            self.isDisabled = isDisabled
        }
    }

    public let lockerID: Int
    public var before: State
    public var after: State

    public init(lockerID: Int, before: State = State(), after: State = State()) {
        self.lockerID = lockerID
        self.before = before
        self.after = after
    }
}

/// What became of a row of `locker_assignments`; nil where there was none.
public struct AssignmentChange: Equatable, Sendable {
    public let assignmentID: Int
    public let lockerID: Int
    public var studentID: String
    /// The decision that made it; nil for one from before the ledger.
    public let decisionID: Int?
    public let before: Assignment.State?
    public var after: Assignment.State?

    public init(
        assignmentID: Int, lockerID: Int, studentID: String, decisionID: Int?, before: Assignment.State?,
        after: Assignment.State?
    ) {
        self.assignmentID = assignmentID
        self.lockerID = lockerID
        self.studentID = studentID
        self.decisionID = decisionID
        self.before = before
        self.after = after
    }
}

extension Assignment.State? {
    /// Whether the locker is the student's.
    var isActive: Bool { self == .hold || self == .confirmed }
}
