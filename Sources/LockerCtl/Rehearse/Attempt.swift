internal import Judge

/// One request of the storm, whatever it was about.
struct Attempt: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case signIn = "sign-in"
        case hold, confirm, release
        case releaseHold = "release-hold"
        case list, own

        /// Nil for what decides nothing.
        var act: Operation.Act? {
            switch self {
            case .hold: .hold
            case .confirm: .confirm
            case .releaseHold: .releaseHold
            case .release: .release
            case .signIn, .list, .own: nil
            }
        }
    }

    let kind: Kind
    let student: Int
    /// 0 when no locker is meant.
    let lockerID: Int
    let start: Int64
    let end: Int64
    /// 0 when no answer came.
    let status: Int
    /// The error's code, or why no answer came.
    let code: String?
    let requestID: String?
    let mayHaveBeenSentTwice: Bool
    /// When to come again, in seconds, where the answer says so.
    let retryAfter: Int?

    /// Every 429 and 503 is to say when to come again.
    var lacksRetryAfter: Bool { [429, 503].contains(status) && retryAfter == nil }

    /// The answer as the judge knows it. From 5xx nothing follows: a connection may have been lost behind the decision.
    var answer: Operation.Answer {
        switch status {
        case 201: .done
        case 200: kind == .hold ? .replayed : .done
        case 400..<500: .refused(code ?? "?")
        default: .unknown
        }
    }
}

extension [Attempt] {
    /// What the judge looks at. A request that may have reached the server twice is two.
    func operations(_ cohort: Cohort) -> [Operation] {
        var operations: [Operation] = []
        for attempt in self {
            guard let act = attempt.kind.act else { continue }
            operations.append(
                Operation(
                    id: operations.count, studentID: cohort.studentID(attempt.student), lockerID: attempt.lockerID,
                    act: act, answer: attempt.answer, start: attempt.start, end: attempt.end,
                    requestID: attempt.requestID))
            if attempt.mayHaveBeenSentTwice {
                operations.append(
                    Operation(
                        id: operations.count, studentID: cohort.studentID(attempt.student), lockerID: attempt.lockerID,
                        act: act, answer: .unknown, start: attempt.start, end: attempt.end))
            }
        }
        return operations
    }
}
