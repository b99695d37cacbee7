public import Postgres

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

/// How an attempt to hold ended.
public enum HoldOutcome: Equatable, Sendable {
    case held(Hold)
    /// The caller held it already; the expiry is the first one.
    case replayed(Hold)
    /// The period that is next, or was last; nil when none was ever set.
    case applicationClosed(opensAt: Timestamp?, closesAt: Timestamp?)
    case lockerNotFound
    case lockerTaken
    /// It is out of service.
    case lockerDisabled
    case alreadyHolding
    case alreadyAssigned
    /// Too many attempts of this student within a minute: seconds until the next is looked at.
    case tooManyRequests(retryAfter: Int)
}

public enum ConfirmOutcome: Equatable, Sendable {
    /// Confirmed now or before.
    case confirmed(Locker)
    case lockerNotFound
    case holdNotFound
    /// Too many attempts within a minute, of which this one would have changed nothing: seconds until the next is looked at.
    case tooManyRequests(retryAfter: Int)
}

public enum ReleaseOutcome: Equatable, Sendable {
    case released
    /// The caller has no such hold, or no such locker.
    case notFound
    /// As in `ConfirmOutcome`.
    case tooManyRequests(retryAfter: Int)
}

/// Who makes an attempt, and what the ledger keeps of where it came from.
public struct Attempt: Sendable {
    /// 학번 of the caller.
    public let studentID: String
    /// The `jti` of the access token that the caller showed: a UUID. Without a live session nothing is attempted.
    public let sessionID: String
    /// The id that stands in the answer and the logs.
    public let requestID: String
    /// When nginx had the request: seconds since 1970 with a fraction, `1772420400.123`; nil when unknown.
    public let receivedAt: String?

    public init(studentID: String, sessionID: String, requestID: String, receivedAt: String?) {
        self.studentID = studentID
        self.sessionID = sessionID
        self.requestID = requestID
        self.receivedAt = receivedAt
    }
}
