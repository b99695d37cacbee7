/// When a hold runs out, as far as a client can know: at the earliest so long after its request began, at the latest so
/// long after its answer came.
struct Expiry: Hashable {
    let earliest: Int64
    let latest: Int64

    /// The two clocks that are compared (the client's and the database's) may drift apart: 50 ms.
    private static let slack: Int64 = 50_000
    /// How long a request of unknown outcome may go on inside the server before it is decided: 30 s.
    private static let longestEffect: Int64 = 30_000_000

    init(of hold: Operation, seconds: Int64) {
        let lifetime = seconds * 1_000_000
        earliest = hold.start + lifetime - Self.slack
        latest = (hold.answer == .unknown ? hold.start + Self.longestEffect : hold.end) + lifetime + Self.slack
    }

    func canBeOver(at operation: Operation) -> Bool { operation.answer == .unknown || operation.end >= earliest }
    func canBeLive(at operation: Operation) -> Bool { operation.start <= latest }
}

/// One locker.
struct LockerModel: SequentialModel {
    enum State: Hashable {
        case free
        case held(by: String, Expiry)
        case confirmed(by: String)
    }

    let holdSeconds: Int64
    var initial: State { .free }

    func step(_ state: State, _ operation: Operation) -> State? {
        switch (operation.act, operation.answer) {
        case (_, .unknown): return effect(state, operation)
        case (_, .done): return effect(state, operation) ?? confirmedAgain(state, operation)
        case (.hold, .replayed):
            guard case .held(operation.studentID, let expiry) = state, expiry.canBeLive(at: operation) else {
                return nil
            }
            return state
        case (_, .replayed): return nil
        case (.hold, .refused("locker_taken")):
            switch state {
            case .free: return nil
            case .held(let holder, let expiry):
                return holder != operation.studentID && expiry.canBeLive(at: operation) ? state : nil
            case .confirmed(let owner): return owner != operation.studentID ? state : nil
            }
        // These speak of the student or of the time, not of this locker.
        case (.hold, .refused): return state
        case (.confirm, .refused("hold_not_found")), (.releaseHold, .refused("hold_not_found")):
            switch state {
            case .held(operation.studentID, let expiry): return expiry.canBeOver(at: operation) ? .free : nil
            case .confirmed(operation.studentID): return operation.act == .confirm ? nil : state
            default: return state
            }
        case (.release, .refused("assignment_not_found")):
            return state == .confirmed(by: operation.studentID) ? nil : state
        case (_, .refused): return state
        }
    }

    func effect(_ state: State, _ operation: Operation) -> State? {
        switch (operation.act, state) {
        case (.hold, .free): return .held(by: operation.studentID, Expiry(of: operation, seconds: holdSeconds))
        case (.hold, .held(_, let expiry)) where expiry.canBeOver(at: operation):
            return .held(by: operation.studentID, Expiry(of: operation, seconds: holdSeconds))
        case (.confirm, .held(operation.studentID, let expiry)) where expiry.canBeLive(at: operation):
            return .confirmed(by: operation.studentID)
        case (.releaseHold, .held(operation.studentID, let expiry)) where expiry.canBeLive(at: operation): return .free
        case (.release, .confirmed(operation.studentID)): return .free
        default: return nil
        }
    }

    private func confirmedAgain(_ state: State, _ operation: Operation) -> State? {
        operation.act == .confirm && state == .confirmed(by: operation.studentID) ? state : nil
    }
}

/// One student, over all lockers.
struct StudentModel: SequentialModel {
    enum State: Hashable {
        case nothing
        case holding(Int, Expiry)
        case assigned(Int)
    }

    let holdSeconds: Int64
    var initial: State { .nothing }

    func step(_ state: State, _ operation: Operation) -> State? {
        switch (operation.act, operation.answer) {
        case (_, .unknown): return effect(state, operation)
        case (_, .done): return effect(state, operation) ?? confirmedAgain(state, operation)
        case (.hold, .replayed):
            guard case .holding(operation.lockerID, let expiry) = state, expiry.canBeLive(at: operation) else {
                return nil
            }
            return state
        case (_, .replayed): return nil
        case (.hold, .refused("locker_taken")):
            switch state {
            case .nothing: return state
            case .holding(_, let expiry): return expiry.canBeOver(at: operation) ? .nothing : nil
            case .assigned: return nil
            }
        case (.hold, .refused("already_holding")):
            guard case .holding(let locker, let expiry) = state, locker != operation.lockerID,
                expiry.canBeLive(at: operation)
            else { return nil }
            return state
        case (.hold, .refused("already_assigned")):
            if case .assigned = state { return state }
            return nil
        case (.confirm, .refused("hold_not_found")), (.releaseHold, .refused("hold_not_found")):
            switch state {
            case .holding(operation.lockerID, let expiry): return expiry.canBeOver(at: operation) ? .nothing : nil
            case .assigned(operation.lockerID): return operation.act == .confirm ? nil : state
            default: return state
            }
        case (.release, .refused("assignment_not_found")): return state == .assigned(operation.lockerID) ? nil : state
        case (_, .refused): return state
        }
    }

    func effect(_ state: State, _ operation: Operation) -> State? {
        switch (operation.act, state) {
        case (.hold, .nothing): return .holding(operation.lockerID, Expiry(of: operation, seconds: holdSeconds))
        case (.hold, .holding(_, let expiry)) where expiry.canBeOver(at: operation):
            return .holding(operation.lockerID, Expiry(of: operation, seconds: holdSeconds))
        case (.confirm, .holding(operation.lockerID, let expiry)) where expiry.canBeLive(at: operation):
            return .assigned(operation.lockerID)
        case (.releaseHold, .holding(operation.lockerID, let expiry)) where expiry.canBeLive(at: operation):
            return .nothing
        case (.release, .assigned(operation.lockerID)): return .nothing
        default: return nil
        }
    }

    private func confirmedAgain(_ state: State, _ operation: Operation) -> State? {
        operation.act == .confirm && state == .assigned(operation.lockerID) ? state : nil
    }
}
