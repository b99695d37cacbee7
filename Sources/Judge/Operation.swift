/// One request of a client about a locker, and what came of it.
public struct Operation: Equatable, Sendable {
    public enum Act: String, Sendable {
        case hold, confirm, release
        case releaseHold = "release-hold"

        /// What the ledger calls it.
        var ledgerName: String { self == .releaseHold ? Decision.Act.releaseHold.rawValue : rawValue }
    }

    public enum Answer: Equatable, Sendable {
        /// Yes, and done now: 201 of a hold, 200 of the others.
        case done
        /// 200 of a hold: the caller had it already.
        case replayed
        /// No, with the error's code.
        case refused(String)
        /// No answer, or one from which nothing follows (a timeout, a lost connection, 5xx): it may have taken effect at
        /// any time, or never.
        case unknown
    }

    public let id: Int
    public let studentID: String
    public let lockerID: Int
    public let act: Act
    public let answer: Answer
    /// When the request began and when its answer was read: microseconds of one monotonic clock.
    public let start: Int64
    public let end: Int64
    /// The server's name for it, if it came.
    public let requestID: String?

    public init(
        id: Int, studentID: String, lockerID: Int, act: Act, answer: Answer, start: Int64, end: Int64,
        requestID: String? = nil
    ) {
        self.id = id
        self.studentID = studentID
        self.lockerID = lockerID
        self.act = act
        self.answer = answer
        self.start = start
        self.end = end
        self.requestID = requestID
    }
}

extension Operation: CustomStringConvertible {
    /// For a person: who asked what, when, and what the answer was.
    public var description: String {
        let outcome =
            switch answer {
            case .done: "ok"
            case .replayed: "replayed"
            case .refused(let code): code
            case .unknown: "unknown"
            }
        return "\(studentID) \(act.rawValue) \(lockerID) → \(outcome) [\(start)…\(end) µs]"
    }
}
