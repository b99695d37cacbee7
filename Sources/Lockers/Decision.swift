public import Postgres

/// What a student may do to a locker; the raw value is the ledger's.
public enum Act: String, Sendable {
    case hold, confirm, release
    case releaseHold = "release_hold"
}

/// A live hold.
public struct Hold: Equatable, Sendable {
    public let locker: Locker
    public let expiresAt: Timestamp
    /// Whole seconds until then, rounded up, by the database's clock.
    public let secondsLeft: Int

    public init(locker: Locker, expiresAt: Timestamp, secondsLeft: Int) {
        self.locker = locker
        self.expiresAt = expiresAt
        self.secondsLeft = secondsLeft
    }
}

/// How an attempt ended. Which act can end how: sql/decisions.sql.
public enum Outcome: Equatable, Sendable {
    case held(Hold)
    /// The caller held it already; the expiry is the first one.
    case heldBefore(Hold)
    /// Confirmed now or before.
    case confirmed(Locker)
    case released
    /// The period that is next, or was last; nil when none was ever set.
    case applicationClosed(opensAt: Timestamp?, closesAt: Timestamp?)
    case lockerNotFound
    case lockerTaken
    /// It is out of service.
    case lockerDisabled
    case alreadyHolding
    case alreadyAssigned
    /// The caller has no such hold.
    case holdNotFound
    /// The caller has no such locker.
    case assignmentNotFound
    /// Too many attempts of this student: seconds until the next is looked at.
    case tooManyRequests(retryAfter: Int)
    /// The session has ended; nothing was attempted.
    case sessionEnded
}

/// What a student attempts, and what the ledger keeps of where it came from.
public struct Attempt: Sendable {
    public let act: Act
    public let lockerID: Int
    /// 학번 of the caller.
    public let studentID: String
    /// The `jti` of the access token that the caller showed: a UUID. Without a live session nothing is attempted.
    public let tokenID: String
    /// The id that stands in the answer and the logs.
    public let requestID: String
    /// When nginx had the request: seconds since 1970 with a fraction, `1772420400.123`; nil when unknown.
    public let receivedAt: String?

    public init(
        _ act: Act, of lockerID: Int, studentID: String, tokenID: String, requestID: String, receivedAt: String?
    ) {
        self.act = act
        self.lockerID = lockerID
        self.studentID = studentID
        self.tokenID = tokenID
        self.requestID = requestID
        self.receivedAt = receivedAt
    }
}
