internal import Curl
internal import JSON
internal import Linux
internal import Synchronization

/// Signs everybody in, waits for the opening, and storms.
struct Storm: Sendable {
    let cohort: Cohort
    let plan: StormPlan
    let http: HTTPClient.Settings
    let gate: Gate
    let watch: Stopwatch
    let seed: UInt64

    /// How everybody got in.
    struct SignIns {
        /// The tokens of both devices of each student; fewer than two where it failed.
        var tokens: [[String]]
        var attempts: [Attempt]

        var failures: Int { tokens.count { $0.count < 2 } }
    }

    func signIn() throws -> SignIns {
        let tokens = Mutex([[String]](repeating: [], count: cohort.students))
        let attempts = try Crew.run(plan.concurrency) { [self] thread -> [Attempt] in
            let caller = Caller(http, watch)
            for student in stride(from: thread, to: cohort.students, by: plan.concurrency) {
                for _ in 0..<2 where !gate.isStopped {
                    var tries = 0
                    while tries < 10, !gate.isStopped {
                        tries += 1
                        let reply = caller.send(.signIn, student: student, body: cohort.credentials(student))
                        if let token = reply.json["access_token"]?.string {
                            tokens.withLock { $0[student].append(token) }
                            break
                        }
                        guard reply.status == 429 || reply.status == 503 else { break }
                        Pause.milliseconds(min(reply.retryAfter ?? 1, 5) * 1000)
                    }
                }
            }
            return caller.attempts
        } watch: {
            gate.watch()
        }
        return SignIns(tokens: tokens.withLock { $0 }, attempts: attempts.flatMap { $0 })
    }

    /// The storm itself.
    /// - Parameters:
    ///   - tokens: two of each student
    ///   - opening: when the gate opens, by the stopwatch
    func rage(_ tokens: [[String]], opening: Int64) throws -> [Attempt] {
        var chance = Chance(seed: seed)
        let queue = JobQueue(students: Array(0..<cohort.students).shuffled(using: &chance))
        let end = plan.seconds.map { opening + Int64($0) * 1_000_000 }
        let attempts = try Crew.run(plan.concurrency) { [self] thread -> [Attempt] in
            var chance = Chance(seed: seed &+ UInt64(thread) &+ 1)
            let caller = Caller(http, watch)
            caller.warmUp()
            pressTooEarly(caller, tokens, thread, opening)
            while !gate.isStopped {
                if let end, watch.microseconds >= end { break }
                guard let job = queue.take() else {
                    if queue.isOver { break }
                    Pause.milliseconds(1)
                    continue
                }
                perform(job, queue, tokens, caller, &chance)
                queue.done()
            }
            return caller.attempts
        } watch: {
            gate.watch()
            if let end, watch.microseconds >= end { gate.stop() }
        }
        return attempts.flatMap { $0 }
    }

    private func perform(
        _ job: JobQueue.Job, _ queue: JobQueue, _ tokens: [[String]], _ caller: Caller, _ chance: inout Chance
    ) {
        func student(_ index: Int) -> VirtualStudent {
            VirtualStudent(index: index, tokens: tokens[index], plan: plan, queue: queue, gate: gate)
        }
        switch job {
        case .secondClick(let index, let lockerID): student(index).clickAgain(lockerID, caller)
        case .student(let index):
            if plan.isByTime { student(index).giveBack(caller) }
            student(index).run(caller, &chance)
            if plan.isByTime { queue.again(index) }
        }
    }

    /// One impatient student for each thread, and then everybody waits for the second.
    private func pressTooEarly(_ caller: Caller, _ tokens: [[String]], _ thread: Int, _ opening: Int64) {
        if thread < tokens.count, watch.microseconds < opening - 100_000, let locker = plan.lockers.first {
            caller.send(.hold, student: thread, lockerID: locker, token: tokens[thread][0])
        }
        while !gate.isStopped, case let left = opening - watch.microseconds, left > 0 {
            Pause.milliseconds(Int(max(1, min(20, left / 1000))))
        }
    }
}
