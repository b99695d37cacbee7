internal import JSON

/// What one student does in the storm: presses, is refused, presses another, changes his mind, presses twice, and at
/// last confirms. Decided by chance, so that all of it happens somewhere at every moment.
struct VirtualStudent {
    let index: Int
    /// The access tokens of the two devices.
    let tokens: [String]
    let plan: StormPlan
    let queue: JobQueue
    let gate: Gate

    /// Goes through it once.
    func run(_ caller: Caller, _ chance: inout Chance) {
        var lost: Set<Int> = []
        var wanted: Int?
        var presses = 0
        // Nobody presses for ever; a server that answers nonsense must not keep the storm from ending.
        while !gate.isStopped, presses < plan.mostPresses {
            presses += 1
            let lockerID = wanted ?? pick(lost, &chance)
            wanted = nil
            if chance.percent(plan.doubleClicks) { queue.add(.secondClick(student: index, lockerID: lockerID)) }
            let reply = send(.hold, lockerID, caller)
            switch (reply.status, reply.code) {
            case (200, _), (201, _):
                switch decide(lockerID, caller, &chance) {
                case .satisfied: return
                case .again: continue
                }
            case (409, "locker_taken"):
                lost.insert(lockerID)
                // After a few losses a person looks at the list, and goes when nothing is free.
                if lost.count >= plan.patience {
                    guard let free = freeLocker(caller, &chance) else { return }
                    wanted = free
                }
            case (409, "already_holding"):
                // The other device was faster.
                guard let held = ownHold(caller) else { continue }
                send(.confirm, held, caller)
            case (409, _): return
            case (403, "application_closed"):
                // A moment too early by the server's clock.
                Pause.milliseconds(5)
                wanted = lockerID
            case (429, _): Pause.milliseconds(min(reply.retryAfter ?? 1, 2) * 1000)
            case (0, _), (500..., _):
                // The page says that there was no answer, and the student presses again.
                Pause.milliseconds(50)
                wanted = lockerID
            default: return
            }
        }
    }

    /// The second device: one click, and that is all.
    func clickAgain(_ lockerID: Int, _ caller: Caller) {
        send(.hold, lockerID, caller, device: 1)
    }

    private enum Next {
        case satisfied, again
    }

    /// With a hold in hand.
    private func decide(_ lockerID: Int, _ caller: Caller, _ chance: inout Chance) -> Next {
        if chance.percent(5) { send(.hold, lockerID, caller) }
        if chance.percent(10) {
            send(.releaseHold, lockerID, caller)
            return .again
        }
        // Goes away and lets it run out. Not in a storm by the clock: there its lockers would be missing for the rest.
        if !plan.isByTime && chance.percent(2) { return .satisfied }
        let reply = send(.confirm, lockerID, caller)
        guard reply.status == 200 else { return reply.status == 409 ? .again : .satisfied }
        if chance.percent(10) { send(.confirm, lockerID, caller, device: 1) }
        if chance.percent(plan.isByTime ? 20 : 3) {
            send(.release, lockerID, caller)
            return plan.isByTime ? .satisfied : .again
        }
        return .satisfied
    }

    /// In a storm by the clock nobody is ever done: who comes again gives back what he has from the last time.
    func giveBack(_ caller: Caller) {
        let own = send(.own, 0, caller).json
        if let confirmed = Self.lockerID(own["locker"]) { send(.release, confirmed, caller) }
        if let held = Self.lockerID(own["hold"]?.object?["locker"]) { send(.releaseHold, held, caller) }
    }

    private func pick(_ lost: Set<Int>, _ chance: inout Chance) -> Int {
        if lost.isEmpty, chance.percent(plan.hotPercent), let hot = plan.hotLockers.randomElement(using: &chance) {
            return hot
        }
        return plan.lockers.randomElement(using: &chance) ?? 0
    }

    private func ownHold(_ caller: Caller) -> Int? {
        Self.lockerID(send(.own, 0, caller).json["hold"]?.object?["locker"])
    }

    private func freeLocker(_ caller: Caller, _ chance: inout Chance) -> Int? {
        guard case .array(let lockers)? = send(.list, 0, caller).json["lockers"] else { return nil }
        return lockers.filter { $0.object?["state"]?.string == "available" }.compactMap { Self.lockerID($0) }
            .randomElement(using: &chance)
    }

    private static func lockerID(_ locker: JSONValue?) -> Int? { locker?.object?["locker_id"]?.integer.map(Int.init) }

    @discardableResult
    private func send(_ kind: Attempt.Kind, _ lockerID: Int, _ caller: Caller, device: Int = 0) -> Caller.Reply {
        caller.send(kind, student: index, lockerID: lockerID, token: tokens[device])
    }
}

/// What a storm is made of.
struct StormPlan: Sendable {
    let lockers: [Int]
    /// The few that everybody wants.
    let hotLockers: [Int]
    /// So many of a hundred first clicks go to them.
    let hotPercent: Int
    /// So many of a hundred holds are pressed on two devices at once.
    let doubleClicks = 10
    /// How many lockers a student loses before looking at the list.
    let patience = 4
    /// How many times a student presses at most.
    let mostPresses = 200
    /// How long it goes on; nil for once through for everybody.
    let seconds: Int?
    let concurrency: Int

    var isByTime: Bool { seconds != nil }
}
